"""Conditions around the plunger: power, warmth, contact, air, the syringe's size, the sounder.

Bits of both words are left in `lower` and `upper`, as pumpcore.alarms counts them.
"""

from pumpcore import alarms, panel
from pumpcore._compat import const
from pumpcore.air import Air
from pumpcore.interlock import CONFIRMED, GIVING, KVO, STAGED
from pumpcore.motion import Motion
from pumpcore.power import Power
from pumpcore.profile import Profile
from pumpcore.programme import Programme
from pumpcore.sounder_check import SounderCheck
from pumpcore.tick_io import Inputs

_ADC_FULL_SCALE = const(65_535)
# Five ticks.
_LOOK_MS = const(100)
# The RP2040's own sensor: 0.706 V - 1.721 mV/K (T - 27 degrees), against 3.3 V; it falls as it
# gets warmer. Requirement TST-16: 55 degrees; three less before it counts as cool again.
_HOT_RAW = const(13_063)
_COOL_RAW = const(13_166)
# The contact's line: 1 kOhm closed, 5.7 kOhm open, against 4.7 kOhm. What is neither is a fault.
_SHORTED_RAW = const(5_000)
_OPEN_RAW = const(23_700)
_CONTACT_MS = const(60)
# A clamp that is being shut passes through every diameter.
_BARREL_MS = const(500)
_EXPANDER_MS = const(500)
# Requirement SYR-03: 1 mm, and what the wall of a barrel adds to its bore on both sides.
_BARREL_TOLERANCE_UM = const(1_000)
_WALLS_UM = const(2_400)


class Surroundings:
    """What the kernel is told beyond motion, pressure and seat."""

    def __init__(self, profile: Profile, motion: Motion) -> None:
        """Take from the profile what is fitted."""
        self._motion = motion
        self.lower = 0
        self.upper = 0
        # What was switched on in the tick before.
        self.is_sounding = False
        # Set by whoever keeps the journal.
        self.has_journal_failed = False
        self.power = Power()
        self.sounder = SounderCheck()
        self.air = Air()
        self._has_contact = profile["contact.is_fitted"]
        self._has_air_detector = profile["air.is_fitted"]
        self._full_scale_um = profile["barrel.full_scale_um"]
        self._barrel_raw = 0
        self._barrel_tolerance_raw = 0
        self._waited_ms = 0
        self._is_hot = False
        self._contact_ms = 0
        self._barrel_ms = 0
        self._expander_ms = 0

    def adopt(self, programme: Programme) -> None:
        """Take the syringe's size and the volumes of air for a staged programme."""
        self.air.adopt(programme)
        outer_um = programme.nominal_bore_um + _WALLS_UM
        self._barrel_raw = outer_um * _ADC_FULL_SCALE // self._full_scale_um
        self._barrel_tolerance_raw = _BARREL_TOLERANCE_UM * _ADC_FULL_SCALE // self._full_scale_um

    def tick(self, inputs: Inputs, state: int, stable: int, elapsed_ms: int) -> None:
        """Take one tick; nothing here is judged more often than every fifth, 100 ms."""
        if self.is_sounding:
            self.hear(stable, elapsed_ms, is_on=True)
        self._waited_ms += elapsed_ms
        if self._waited_ms >= _LOOK_MS:
            self.evaluate(inputs, state, stable, self._waited_ms)
            self._waited_ms = 0
        elif self.lower:
            # Air is told once for that air.
            self.lower &= ~alarms.AIR_IN_LINE

    def hear(self, stable: int, elapsed_ms: int, *, is_on: bool) -> None:
        """Compare the tone that was switched on in the tick before with what is heard now."""
        is_heard = stable & panel.SOUNDER_HEARD != 0
        is_watched = stable & panel.EXPANDER_ALIVE != 0
        self.sounder.tick(elapsed_ms, is_on=is_on, is_heard=is_heard, is_watched=is_watched)

    def evaluate(self, inputs: Inputs, state: int, stable: int, elapsed_ms: int) -> None:
        """Leave the conditions of this tick in `lower` and `upper`."""
        self._take_power(inputs.raw_battery, stable, elapsed_ms)
        self.lower = 0
        self.upper = self._supply(stable, state)
        if STAGED <= state <= KVO:
            bits = self._contact(inputs.raw_contact, state, elapsed_ms)
            self.lower = bits | self._warmth(inputs.raw_temperature)
            self._look_at_the_syringe(inputs.raw_barrel, stable, elapsed_ms)
            self._look_for_air(stable, state, elapsed_ms)
            self._look_at_the_port(stable, elapsed_ms)

    def _take_power(self, raw_battery: int, stable: int, elapsed_ms: int) -> None:
        self.power.tick(
            raw_battery,
            has_mains=stable & panel.MAINS_PRESENT != 0,
            is_driving=self._motion.is_enabled,
            elapsed_ms=elapsed_ms,
        )

    def _look_at_the_port(self, stable: int, elapsed_ms: int) -> None:
        if stable & panel.DRIVER_FAULT:
            self.lower |= alarms.MOTOR_FAULT
        if stable & panel.EXPANDER_ALIVE:
            self._expander_ms = 0
        elif self._expander_ms < _EXPANDER_MS:
            self._expander_ms += elapsed_ms
        else:
            self.upper |= alarms.EXPANDER_LOST_UPPER

    def _supply(self, stable: int, state: int) -> int:
        """Bits of power, sounder and journal."""
        power = self.power
        has_mains = stable & panel.MAINS_PRESENT
        bits = 0 if has_mains or state < STAGED else alarms.MAINS_LOST_UPPER
        if power.is_low:
            bits |= alarms.BATTERY_LOW_UPPER
        if power.is_bad:
            bits |= alarms.BATTERY_BAD_UPPER
        if power.is_depleted:
            bits |= alarms.BATTERY_DEPLETED_UPPER
        if self.sounder.is_faulty:
            bits |= alarms.SOUNDER_FAULT_UPPER
        if self.has_journal_failed:
            bits |= alarms.JOURNAL_FAULT_UPPER
        return bits

    def _look_at_the_syringe(self, raw_barrel: int, stable: int, elapsed_ms: int) -> None:
        differs = abs(raw_barrel - self._barrel_raw) > self._barrel_tolerance_raw
        if not differs or not stable & panel.BARREL_CLOSED:
            self._barrel_ms = 0
        elif self._barrel_ms < _BARREL_MS:
            self._barrel_ms += elapsed_ms
        else:
            self.lower |= alarms.SYRINGE_MISMATCH

    def _warmth(self, raw_temperature: int) -> int:
        # Not read yet: the board takes it once a second.
        if raw_temperature:
            limit_raw = _COOL_RAW if self._is_hot else _HOT_RAW
            self._is_hot = raw_temperature < limit_raw
        return alarms.TEMPERATURE_HIGH if self._is_hot else 0

    def _contact(self, raw_contact: int, state: int, elapsed_ms: int) -> int:
        is_closed = _SHORTED_RAW < raw_contact < _OPEN_RAW
        if is_closed or not self._has_contact or state < CONFIRMED:
            self._contact_ms = 0
            return 0
        self._contact_ms += elapsed_ms
        return alarms.CONTACT_OPEN if self._contact_ms >= _CONTACT_MS else 0

    def _look_for_air(self, stable: int, state: int, elapsed_ms: int) -> None:
        if not self._has_air_detector:
            return
        steps = self._motion.delivered_steps
        if state not in GIVING:
            self.air.rest(steps, elapsed_ms)
        elif self.air.tick(steps, elapsed_ms, is_seen=stable & panel.AIR_SEEN != 0):
            self.lower |= alarms.AIR_IN_LINE
