"""Alarm conditions as predicates over one tick, gathered into bits.

Nothing is remembered here but what a bounded debounce needs.
"""

from pumpcore import alarms, force, limits, panel, units
from pumpcore._compat import const
from pumpcore.clock_check import ClockCheck
from pumpcore.interlock import HELD, INFUSING, NO_JOB, PAUSED, STAGED
from pumpcore.motion import Motion
from pumpcore.profile import Profile
from pumpcore.programme import Programme
from pumpcore.tick_io import Inputs

_ADC_FULL_SCALE = const(65_535)
# The carriage potentiometer must read empty this often in a row.
_EMPTY_TICKS = const(3)


class Conditions:
    """Thresholds of the programme at hand, in sensor units, and the predicates over them."""

    def __init__(self, profile: Profile) -> None:
        """No programme yet: pressure and residual volume are not judged."""
        self.occlusion_mn = 0
        self.release_mn = 0
        self._area_um2 = 0
        self._tolerance_nl = 0
        self._empty_raw = 0
        self._near_end_steps = 0
        self._target_steps = 0
        self._empty_ticks = 0
        self._silent_ms = 0
        self._is_host_known = False
        self._travel_um = profile["position.travel_um"]
        self._clock_check = ClockCheck()

    def adopt(self, programme: Programme) -> None:
        """Take the thresholds of a staged programme."""
        self.occlusion_mn = force.threshold_mn(programme.occlusion_mmhg, programme.area_um2)
        # Requirement OCC-08: no resume while the pressure is above half the limit.
        self.release_mn = self.occlusion_mn // 2
        self._area_um2 = programme.area_um2
        # Requirement SYR-05: the residual is known to 1 mL; less for a small syringe.
        self._tolerance_nl = min(limits.FILL_TOLERANCE_NL, programme.fill_nl // 10)
        self._empty_raw = self._raw_position(limits.EMPTY_RESIDUAL_NL)
        nl_per_h = programme.rate_ul_per_h * units.NL_PER_UL
        near_nl = nl_per_h * programme.near_end_ms // units.MS_PER_H
        self._near_end_steps = near_nl * units.FL_PER_NL // programme.femtolitres_per_microstep
        self._target_steps = programme.microsteps
        self._empty_ticks = 0

    def is_plausible(self, raw_position: int, residual_nl: int) -> bool:
        """Whether the carriage stands where the syringe would hold so much."""
        low = self._raw_position(max(residual_nl - self._tolerance_nl, 0))
        high = self._raw_position(residual_nl + self._tolerance_nl)
        return low <= raw_position <= high

    def _raw_position(self, residual_nl: int) -> int:
        position_um = residual_nl * units.FL_PER_NL // self._area_um2
        return position_um * _ADC_FULL_SCALE // self._travel_um

    def evaluate(
        self,
        inputs: Inputs,
        state: int,
        switches: int,
        motion: Motion,
        load: force.Force,
        active: int,
        elapsed_ms: int,
    ) -> int:
        """Bits of the conditions that are true in this tick."""
        bits = 0
        is_moving = motion.job != NO_JOB
        if is_moving or state == PAUSED or state == HELD:
            above_mn = load.filtered_mn - load.baseline_mn
            bits = self._seat(switches)
            bits |= self._pressure(
                above_mn, motion.friction_allowance_mn(), load.is_at_rail(), active
            )
        if is_moving:
            bits |= self._while_moving(inputs, motion)
        if state == INFUSING:
            bits |= self._towards_the_end(inputs.raw_position, motion)
        self._clock_check.tick(inputs.reference_count, elapsed_ms)
        if STAGED <= state <= HELD:
            if load.is_faulty():
                bits |= alarms.SENSOR_FORCE
            if self._clock_check.is_mismatched:
                bits |= alarms.CLOCK_MISMATCH
        if motion.is_overrunning():
            bits |= alarms.OVER_DELIVERY
        return bits | self._link(inputs.link_frame_count, state, elapsed_ms)

    def _seat(self, switches: int) -> int:
        bits = 0
        if not switches & panel.PLUNGER_SEATED:
            bits |= alarms.PLUNGER_UNSEATED
        if not switches & panel.BARREL_CLOSED:
            bits |= alarms.BARREL_OPEN
        return bits

    def _while_moving(self, inputs: Inputs, motion: Motion) -> int:
        bits = 0
        if motion.is_slipping():
            bits |= alarms.MOTOR_STALL
        if motion.is_lagging():
            bits |= alarms.MOTOR_FAULT
        if motion.is_gated() and not inputs.switches & panel.GATE_INTACT:
            bits |= alarms.OVER_DELIVERY
        if inputs.elapsed_us > limits.MAX_TICK_US or motion.pacer.has_starved:
            bits |= alarms.TICK_OVERRUN
        return bits

    def _pressure(
        self, above_friction_mn: int, allowance_mn: int, is_at_rail: bool, active: int
    ) -> int:
        if self.occlusion_mn == 0 or is_at_rail:
            return 0
        limit_mn = self.occlusion_mn + allowance_mn
        if active & alarms.OCCLUSION_DOWNSTREAM:
            limit_mn = self.release_mn
        return alarms.OCCLUSION_DOWNSTREAM if above_friction_mn >= limit_mn else 0

    def _towards_the_end(self, raw_position: int, motion: Motion) -> int:
        bits = 0
        if raw_position > self._empty_raw:
            self._empty_ticks = 0
        elif self._empty_ticks < _EMPTY_TICKS:
            self._empty_ticks += 1
        if self._empty_ticks == _EMPTY_TICKS:
            bits |= alarms.SYRINGE_EMPTY
        if self._target_steps - motion.delivered_steps <= self._near_end_steps:
            bits |= alarms.NEAR_END
        return bits

    def _link(self, frame_count: int, state: int, elapsed_ms: int) -> int:
        if frame_count:
            self._silent_ms = 0
            self._is_host_known = True
        elif self._silent_ms <= limits.LINK_SILENCE_MS:
            self._silent_ms += elapsed_ms
        if not self._is_host_known or self._silent_ms <= limits.LINK_SILENCE_MS:
            return 0
        # staged, confirmed, infusing, paused, held: the states with a programme at hand
        return alarms.LINK_LOST if STAGED <= state <= HELD else 0
