"""Alarm conditions as predicates over one tick, gathered into bits.

Nothing is remembered here but what a bounded debounce needs.
"""

from pumpcore import alarms, limits, panel, units
from pumpcore._compat import const
from pumpcore.clock_check import ClockCheck
from pumpcore.force import Force
from pumpcore.interlock import (
    COMPLETE,
    CONFIRMED,
    GIVING,
    HELD,
    INFUSE,
    INFUSING,
    KEPT_OPEN,
    KVO,
    NO_JOB,
    PAUSED,
    STAGED,
)
from pumpcore.motion import Motion
from pumpcore.occurrence import Word
from pumpcore.pressure import Pressure
from pumpcore.profile import Profile
from pumpcore.programme import Programme
from pumpcore.schedule import near_end_steps
from pumpcore.tick_io import Inputs

_ADC_FULL_SCALE = const(65_535)
# The carriage potentiometer must read empty this often in a row.
_EMPTY_TICKS = const(3)
# Five ticks.
_SLOW_MS = const(100)


class Conditions:
    """Thresholds of the programme at hand, in sensor units, and the predicates over them."""

    def __init__(self, profile: Profile, motion: Motion, load: Force, word: Word) -> None:
        """No programme yet: pressure and residual volume are not judged.

        `word` is the lower one of the alarms: some end at another limit than they began at.
        """
        self.pressure = Pressure()
        self.lower = 0
        self.upper = 0
        self._motion = motion
        self._load = load
        self._word = word
        self._area_um2 = 0
        self._tolerance_nl = 0
        self._empty_raw = 0
        self._low_raw = 0
        self._low_again_raw = 0
        self._is_low = False
        self._near_end_steps = 0
        self._target_steps = 0
        self._empty_ticks = 0
        self._slow_ms = 0
        self._rising_bit = 0
        self._silent_ms = 0
        self._is_host_known = False
        self._travel_um = profile["position.travel_um"]
        self._end_raw = limits.END_OF_TRAVEL_UM * _ADC_FULL_SCALE // self._travel_um
        # Half the travel at which a screw that does not follow is noticed: if the carriage went
        # there all the same, it is the encoder that is broken.
        lead_um = profile["plunger.lead_um"]
        self._most_slip_um = (
            limits.DIVERGENCE_FULL_STEPS * lead_um // profile["plunger.steps_per_turn"]
        )
        self._slip_raw = 0
        self._followed_raw = 0
        self._clock_check = ClockCheck()
        self._sealed = ~self._mixed()

    def adopt(self, programme: Programme) -> None:
        """Take the thresholds of a staged programme."""
        self.pressure.adopt(programme)
        self._area_um2 = programme.area_um2
        # Requirement SYR-05: the residual is known to 1 mL; less for a small syringe.
        self._tolerance_nl = min(limits.FILL_TOLERANCE_NL, programme.fill_nl // 10)
        self._empty_raw = self._raw_position(limits.EMPTY_RESIDUAL_NL)
        self._low_raw = self._raw_position(limits.LOW_RESIDUAL_NL)
        self._low_again_raw = self._raw_position(limits.LOW_AGAIN_NL)
        self._is_low = False
        self._near_end_steps = near_end_steps(programme)
        self._target_steps = programme.microsteps
        self._empty_ticks = 0
        # The most that the audit lets the screw fall behind, halved (see motion).
        slip_um = limits.DIVERGENCE_NL * units.FL_PER_NL // programme.area_um2
        slip_um = min(slip_um, self._most_slip_um)
        self._slip_raw = slip_um * _ADC_FULL_SCALE // (2 * self._travel_um)
        self._sealed = ~self._mixed()

    def is_sound(self) -> bool:
        """Whether the thresholds are those of the programme (requirement TST-05)."""
        return self._sealed == ~self._mixed()

    def _mixed(self) -> int:
        pressure = self.pressure
        mixed = pressure.occlusion_mn ^ (pressure.release_mn << 1)
        return mixed ^ self._empty_raw ^ self._near_end_steps ^ self._target_steps

    def is_plausible(self, raw_position: int, residual_nl: int) -> bool:
        """Whether the carriage stands where the syringe would hold so much."""
        low = self._raw_position(max(residual_nl - self._tolerance_nl, 0))
        high = self._raw_position(residual_nl + self._tolerance_nl)
        return low <= raw_position <= high

    def _raw_position(self, residual_nl: int) -> int:
        position_um = residual_nl * units.FL_PER_NL // self._area_um2
        return position_um * _ADC_FULL_SCALE // self._travel_um

    def evaluate(self, inputs: Inputs, state: int, switches: int, elapsed_ms: int) -> None:
        """Leave the conditions of this tick in `lower` and `upper`."""
        bits = self._at_the_plunger(inputs, state, switches)
        self.upper = 0
        if state in GIVING:
            bits |= self._towards_the_end(inputs.raw_position, state)
        self._slow_ms += elapsed_ms
        if self._slow_ms >= _SLOW_MS:
            self._look_slowly(inputs.reference_count, state)
        self.upper |= self._rising_bit
        self._count_silence(inputs.link_frame_count, elapsed_ms)
        # the states with a programme at hand
        if STAGED <= state <= KVO:
            bits |= self._instruments()
        self.lower = bits

    def _at_the_plunger(self, inputs: Inputs, state: int, switches: int) -> int:
        motion = self._motion
        bits = self._seat(switches, state)
        if motion.job != NO_JOB:
            bits |= self._line(bits)
            bits |= self._while_moving(inputs)
        elif PAUSED <= state <= COMPLETE:
            if state <= HELD:
                bits |= self._line(bits)
            if motion.is_turned_at_rest():
                bits |= alarms.OVER_DELIVERY
        if motion.is_overrunning():
            bits |= alarms.OVER_DELIVERY
        return bits

    def _line(self, unseated: int) -> int:
        """What the force says; a plunger that is out of its grip is no free flow besides."""
        bits = 0
        if self._slow_ms == 0 and not unseated:
            bits = self.pressure.free(self._load, self._motion)
        return bits | self.pressure.occlusion(self._load, self._motion, self._word.active)

    def _look_slowly(self, reference_count: int, state: int) -> None:
        """What changes in seconds: every fifth tick is often enough."""
        is_rising = self.pressure.rising(state, self._load, self._motion, self._slow_ms)
        self._rising_bit = alarms.PRESSURE_RISING_UPPER if is_rising else 0
        self._clock_check.tick(reference_count, self._slow_ms)
        self._slow_ms = 0

    def _instruments(self) -> int:
        bits = alarms.SENSOR_FORCE if self._load.is_faulty() else 0
        if self._clock_check.is_mismatched:
            bits |= alarms.CLOCK_MISMATCH
        if self._is_host_known and self._silent_ms > limits.LINK_SILENCE_MS:
            bits |= alarms.LINK_LOST
        return bits

    def _seat(self, switches: int, state: int) -> int:
        motion = self._motion
        # Requirement OVR-07: from the purge on there is fluid in the line.
        has_fluid = state == PAUSED or state == HELD
        has_fluid |= motion.purged_steps > 0 and STAGED <= state <= CONFIRMED
        if not has_fluid and motion.job == NO_JOB:
            return 0
        bits = 0
        if not switches & panel.PLUNGER_SEATED:
            bits |= alarms.PLUNGER_UNSEATED
        if not switches & panel.BARREL_CLOSED:
            bits |= alarms.BARREL_OPEN
        if bits:
            self.pressure.seated_anew()
            motion.rest_here()
        return bits

    def _while_moving(self, inputs: Inputs) -> int:
        motion = self._motion
        bits = self._against_the_screw(inputs.raw_position, motion)
        if motion.is_lagging():
            bits |= alarms.MOTOR_FAULT
        if motion.is_gated() and not inputs.switches & panel.GATE_INTACT:
            bits |= alarms.OVER_DELIVERY
        if inputs.elapsed_us > limits.MAX_TICK_US or motion.pacer.has_starved:
            bits |= alarms.TICK_OVERRUN
        return bits

    def _against_the_screw(self, raw_position: int, motion: Motion) -> int:
        bits = 0
        if motion.is_slipping():
            has_moved = self._followed_raw - raw_position >= self._slip_raw
            bits |= alarms.SENSOR_ENCODER if has_moved else alarms.MOTOR_STALL
        elif motion.is_following():
            self._followed_raw = raw_position
        if motion.is_reversing():
            bits |= alarms.REVERSE_MOTION
        if motion.job == INFUSE or motion.job == KEPT_OPEN:
            if motion.delivery.is_behind():
                bits |= alarms.UNDER_DELIVERY
            if motion.delivery.is_ahead():
                bits |= alarms.OVER_DELIVERY
        if raw_position <= self._end_raw and motion.is_forward:
            bits |= alarms.END_OF_TRAVEL
        return bits

    def _towards_the_end(self, raw_position: int, state: int) -> int:
        bits = 0
        if raw_position > self._empty_raw:
            self._empty_ticks = 0
        elif self._empty_ticks < _EMPTY_TICKS:
            self._empty_ticks += 1
        if self._empty_ticks == _EMPTY_TICKS:
            bits |= alarms.SYRINGE_EMPTY
        left_steps = self._target_steps - self._motion.delivered_steps
        if state == INFUSING and left_steps <= self._near_end_steps:
            bits |= alarms.NEAR_END
        self._is_low = raw_position < (self._low_again_raw if self._is_low else self._low_raw)
        if self._is_low:
            self.upper = alarms.SYRINGE_LOW_UPPER
        return bits

    def _count_silence(self, frame_count: int, elapsed_ms: int) -> None:
        if frame_count:
            self._silent_ms = 0
            self._is_host_known = True
        elif self._silent_ms <= limits.LINK_SILENCE_MS:
            self._silent_ms += elapsed_ms
