"""What a person does at the panel before START: purge to waste, hear the alarm, connect the line.

A purge takes two actions: PRIME arms, PRIME again and held moves. When it is released the plunger
goes on for five seconds near the programme's rate; that takes up slack and teaches the running
friction. Then CHECK confirms, one press each: purged, alarm test heard, patient connected.
"""

from pumpcore import limits, panel, units
from pumpcore._compat import const
from pumpcore.force import Force
from pumpcore.interlock import CONFIRMED, PURGE, STAGED, TAKE_UP
from pumpcore.motion import Motion
from pumpcore.profile import Profile
from pumpcore.programme import Programme
from pumpcore.refusals import code

# Friction is learnt just before the take-up ends; late ticks must not leave it incomplete.
_LEARN_MS = const(1_200)
# The alarm test must have sounded for this long before it can have been heard.
_HEARABLE_TICKS = const(50)

_DONE = code("none")
_WRONG_STATE = code("wrong_state")
_NOT_SEATED = code("not_seated")
_CONNECTED = code("patient_connected")
_PURGE_LIMIT = code("purge_limit")
_PURGE_FIRST = code("purge_first")
_CHECKLIST = code("checklist")
_BUSY = code("busy")
_FRICTION = code("friction")
_PRESS_AGAIN = code("press_again")
_ALARM_ACTIVE = code("alarm_active")
_SOUNDER = code("sounder")


class Preparation:
    """The checklist and the purge; owns no output but the jobs it begins on `motion`."""

    def __init__(self, profile: Profile, motion: Motion, load: Force) -> None:
        """Nothing checked."""
        self.checklist = 0
        self._backlash_um = profile["plunger.backlash_um"]
        self._max_step_rate_hz = profile["plunger.max_step_rate_hz"]
        self._motion = motion
        self._load = load
        self._armed_left_ms = 0
        self._take_up_left_ms = 0
        self._is_take_up_due = False
        self._is_taken_up = False
        self._test_ticks = 0
        self._slack_steps = 0
        self._purge_steps = 0
        self._purged_before_steps = 0
        self._purge_rate_ul_per_h = 0
        self._take_up_rate_ul_per_h = 0
        self._take_up_steps = 0
        self._fl_per_step = 0

    def adopt(self, programme: Programme) -> None:
        """Take rate and slack of a staged programme; what was checked stays checked."""
        fl = programme.femtolitres_per_microstep
        # uL/h = steps/s * 3600 s/h * fL/step / 10^9 fL/uL
        highest = self._max_step_rate_hz * units.S_PER_H * fl // 1_000_000_000
        self._purge_rate_ul_per_h = min(limits.PURGE_RATE_UL_PER_H, highest)
        # Waste, not dose: any rate in this span takes up the slack; nearest to the dose is best.
        rate = max(programme.rate_ul_per_h, limits.TAKE_UP_MIN_RATE_UL_PER_H)
        rate = min(rate, limits.TAKE_UP_MAX_RATE_UL_PER_H, highest)
        self._take_up_rate_ul_per_h = rate
        take_up_nl = rate * units.NL_PER_UL * limits.TAKE_UP_MS // units.MS_PER_H
        self._take_up_steps = take_up_nl * units.FL_PER_NL // fl + 2
        # 1 um^3 is 1 fL: backlash times area is its volume.
        self._slack_steps = self._backlash_um * programme.area_um2 // fl
        # Purge and take-up must leave the dose and what a syringe holds that counts as empty.
        spare_nl = programme.fill_nl - programme.volume_nl - limits.EMPTY_RESIDUAL_NL - take_up_nl
        purge_nl = min(limits.MAX_PURGE_NL, max(spare_nl, 0))
        self._purge_steps = purge_nl * units.FL_PER_NL // fl
        self._fl_per_step = fl

    def forget(self) -> None:
        """Line and syringe must be prepared anew; the alarm test counts for the power cycle."""
        self.checklist &= panel.HEARD
        self._is_taken_up = False
        self._purged_before_steps = self._motion.purged_steps
        self.interrupt()

    def interrupt(self) -> None:
        """Nothing moves by itself any more, and PRIME takes two presses again."""
        self._is_take_up_due = False
        self._armed_left_ms = 0

    def needs_test_sound(self) -> bool:
        """The alarm test sounds from the purge on until it was heard."""
        return self.checklist & (panel.PURGED | panel.HEARD) == panel.PURGED

    def tick(self, switches: int, elapsed_ms: int) -> None:
        """Advance purge, take-up and the time that PRIME stays armed."""
        if self._armed_left_ms > 0:
            self._armed_left_ms -= elapsed_ms
        if self.needs_test_sound() and self._test_ticks < _HEARABLE_TICKS:
            self._test_ticks += 1
        if not switches & panel.PLUNGER_SEATED or not switches & panel.BARREL_CLOSED:
            self.forget()
        if self._motion.job == PURGE and not switches & panel.KEY_PRIME:
            self._motion.end()
            self._is_take_up_due = True
        elif self._is_take_up_due and self._motion.is_settled():
            self._begin_take_up()
        elif self._motion.job == TAKE_UP:
            self._take_up(elapsed_ms)

    def press_prime(self, state: int, switches: int, is_stopping: bool) -> int:
        """PRIME was pressed; a refusal code, 0 when the plunger now moves."""
        if state != STAGED and state != CONFIRMED:
            return _WRONG_STATE
        if self.checklist & panel.CONNECTED:
            return _CONNECTED
        if is_stopping:
            return _ALARM_ACTIVE
        if not switches & panel.PLUNGER_SEATED or not switches & panel.BARREL_CLOSED:
            return _NOT_SEATED
        if not self._motion.is_settled():
            return _BUSY
        left = self._purge_steps - self._motion.purged_steps
        if left <= 0:
            return _PURGE_LIMIT
        if self._armed_left_ms <= 0:
            self._armed_left_ms = limits.SECOND_PRESS_MS
            return _PRESS_AGAIN
        self._armed_left_ms = 0
        self._is_taken_up = False
        self.checklist &= panel.HEARD
        self._motion.begin(PURGE, self._purge_rate_ul_per_h, self._fl_per_step, left)
        return _DONE

    def press_check(self, state: int, *, is_heard: bool) -> int:
        """CHECK was pressed; a refusal code, 0 when the next item is checked.

        `is_heard` tells whether the pump itself hears its sounder (requirement ALM-14).
        """
        if state != STAGED and state != CONFIRMED:
            return _WRONG_STATE
        if not self._motion.is_settled():
            return _BUSY
        if not self.checklist & panel.PURGED:
            purged_steps = self._motion.purged_steps - self._purged_before_steps
            if not self._is_taken_up or purged_steps <= self._slack_steps:
                return _PURGE_FIRST
            if not limits.MIN_FRICTION_MN <= self._load.baseline_mn <= limits.MAX_FRICTION_MN:
                return _FRICTION
            self.checklist |= panel.PURGED
        elif not self.checklist & panel.HEARD:
            if self._test_ticks < _HEARABLE_TICKS:
                return _CHECKLIST
            if not is_heard:
                return _SOUNDER
            self.checklist |= panel.HEARD
        elif not self.checklist & panel.CONNECTED:
            self.checklist |= panel.CONNECTED
        else:
            return _WRONG_STATE
        return _DONE

    def _begin_take_up(self) -> None:
        self._is_take_up_due = False
        self._load.begin_learning()
        self._take_up_left_ms = limits.TAKE_UP_MS
        self._motion.begin(
            TAKE_UP, self._take_up_rate_ul_per_h, self._fl_per_step, self._take_up_steps
        )

    def _take_up(self, elapsed_ms: int) -> None:
        self._take_up_left_ms -= elapsed_ms
        if self._take_up_left_ms <= _LEARN_MS:
            self._load.learn()
        if self._take_up_left_ms <= 0:
            self._motion.end()
            self._is_taken_up = self._load.has_learnt()
