"""The pump's mind: one pure function of its inputs, 20 ms at a time.

`tick(inputs)` accounts what moved, listens to keys, judges the alarm conditions, asks the gate
whether the plunger may move, and says what to do. Commands of the host come between ticks as
methods that answer a refusal code. Nothing here knows the time, the board or the host.
"""

from pumpcore import alarms, interlock, keys, limits, panel, stop_reason, units
from pumpcore.annunciator import Annunciator
from pumpcore.attendance import Attendance
from pumpcore.back_off import BackOff
from pumpcore.conditions import Conditions
from pumpcore.debounce import Debounce
from pumpcore.force import Force
from pumpcore.gate import drive
from pumpcore.interlock import (
    BOOT,
    COMPLETE,
    CONFIRMED,
    FAULT,
    GIVING,
    HELD,
    INFUSING,
    KVO,
    NO_JOB,
    PAUSED,
    PURGE,
    SELF_TEST,
    STAGED,
)
from pumpcore.keep_open import KeepOpen
from pumpcore.key_events import KeyEvents
from pumpcore.motion import Motion
from pumpcore.occurrence import Occurrences
from pumpcore.preparation import Preparation
from pumpcore.profile import Profile
from pumpcore.programme import Programme
from pumpcore.refusals import code
from pumpcore.report import report
from pumpcore.self_test import SelfTest
from pumpcore.soundness import Soundness
from pumpcore.start_gate import StartGate
from pumpcore.supervision import Supervision
from pumpcore.surroundings import Surroundings
from pumpcore.tick_io import Inputs, Outputs

_DONE = code("none")
_WRONG_STATE = code("wrong_state")
_WRONG_NUMBER = code("wrong_number")
_WRONG_DIGEST = code("wrong_digest")
_NOT_CONFIRMED = code("not_confirmed")
_PRESS_AGAIN = code("press_again")
_BUSY = code("busy")
_STOP_HELD = code("stop_held")
_PAUSE_TOO_LONG = code("pause_too_long")


class Kernel:
    """State, programme and everything that must survive from tick to tick."""

    def __init__(self, profile: Profile) -> None:
        """Take the board's facts; the state is `boot` and nothing moves."""
        self.state = BOOT
        self._inverse_state = ~BOOT
        self.stop_reason = 0
        self.self_test_failures = 0
        self.programme = Programme()
        self.outputs = Outputs()
        self.motion = Motion(profile)
        self.force = Force(profile["force.zero_count"], profile["force.counts_per_n"])
        self.occurrences = Occurrences()
        self.conditions = Conditions(profile, self.motion, self.force, self.occurrences.lower)
        self.surroundings = Surroundings(profile, self.motion)
        self.preparation = Preparation(profile, self.motion, self.force)
        self.back_off = BackOff(profile, self.motion, self.force)
        self.keep_open = KeepOpen(self.motion)
        self.attendance = Attendance()
        self.events = KeyEvents()
        self._switches = Debounce()
        self._annunciator = Annunciator()
        self._self_test = SelfTest()
        self._supervision = Supervision()
        self._start_gate = StartGate(
            self.conditions, self.occurrences, self.preparation, self.motion, self.attendance
        )
        self._soundness = Soundness(
            self.motion, self.occurrences, self.force, self.conditions, self.keep_open
        )
        # Conditions for one tick, and for good; the latter of both words.
        self._pulses = 0
        self._pulses_upper = 0
        self._lasting = 0
        self._lasting_upper = 0
        self._spare_us = 0
        self.resume_left_ms = 0

    # Commands: between ticks, each answers a code of REFUSALS.

    def boot(self, failures: int, was_watchdog_reset: bool, lasting_upper: int = 0) -> None:
        """Begin the self-test with what boot found: bits of SELF_TESTS, and alarms for good."""
        self._lasting_upper |= lasting_upper
        self.self_test_failures = failures
        self._move(interlock.POWER_ON)
        if was_watchdog_reset:
            self._pulses |= alarms.WATCHDOG_RESET

    def tell_cut_short(self) -> None:
        """Power or a reset has cut a programme short; the board's memory knows."""
        self._pulses_upper |= alarms.SUPPLY_DIP_UPPER

    def stage(self, programme: Programme) -> int:
        """Hold a programme for confirmation; the same one again changes nothing."""
        held = self.programme
        if programme.number == held.number and self.state != FAULT:
            if programme.digest == held.digest:
                return _DONE
            if self.state != STAGED:
                return _WRONG_STATE
        before = self.state
        if interlock.next_state(before, interlock.STAGE) < 0:
            return _WRONG_STATE
        if not self.motion.is_settled():
            return _BUSY
        self._move(interlock.STAGE)
        # Another syringe or fill, or the next patient: purge and line are not what was checked.
        is_other_fill = programme.fill_nl != held.fill_nl
        if before == interlock.COMPLETE or is_other_fill or programme.area_um2 != held.area_um2:
            self.motion.forget()
            self.preparation.forget()
        self.programme = programme
        self.stop_reason = 0
        self.conditions.adopt(programme)
        self.surroundings.adopt(programme)
        self._supervision.forget()
        self.preparation.adopt(programme)
        self.keep_open.forget()
        self.attendance.adopt(programme)
        self.back_off.adopt(programme)
        self.occurrences.lower.also_stopping(
            alarms.LINK_LOST if programme.stop_on_link_loss else 0
        )
        return _DONE

    def confirm(self, number: int, digest: bytes) -> int:
        """A person agrees to the programme by its digest."""
        if number != self.programme.number:
            return _WRONG_NUMBER
        if digest != self.programme.digest:
            return _WRONG_DIGEST
        if self.state == STAGED:
            self._move(interlock.CONFIRM)
            self._supervision.touch()
            return _DONE
        return _DONE if CONFIRMED <= self.state <= KVO else _WRONG_STATE

    def cancel(self, number: int) -> int:
        """Drop a programme that is not running."""
        if self.state == interlock.IDLE:
            return _DONE
        if number != self.programme.number:
            return _WRONG_NUMBER
        if not self._move(interlock.CANCEL):
            return _WRONG_STATE
        self._stand_still()
        self.preparation.forget()
        if self.stop_reason == 0:
            self.stop_reason = stop_reason.CANCELLED
        self.programme = Programme()
        return _DONE

    def stop(self) -> int:
        """The link's STOP; always done."""
        self._stop(stop_reason.STOP_LINK)
        return _DONE

    def acknowledge(self) -> int:
        """A person has seen the active alarms."""
        self.occurrences.acknowledge()
        return _DONE

    def audio_pause(self) -> int:
        """Silence for a bounded time."""
        self.occurrences.pause_audio()
        return _DONE

    def trust_library(self) -> None:
        """A library was installed: what boot found missing or spoilt is there again."""
        self._lasting_upper &= ~alarms.LIBRARY_INVALID_UPPER

    def fail(self) -> None:
        """The software around the kernel broke: fault, for good."""
        self._lasting |= alarms.SOFTWARE_FAULT
        if self.state in GIVING:
            self.stop_reason = stop_reason.of_alarms(alarms.SOFTWARE_FAULT, 0)
        self._stand_still()
        self._move(interlock.FAILED)

    def fail_memory(self) -> None:
        """Whatever the state or a file says, it is not to be believed: fault, for good."""
        self._lasting_upper |= alarms.MEMORY_FAULT_UPPER
        if self.stop_reason == 0:
            self.stop_reason = stop_reason.of_alarms(0, alarms.MEMORY_FAULT_UPPER)
        self._stand_still()
        self.state = FAULT
        self._inverse_state = ~FAULT

    # The tick.

    def tick(self, inputs: Inputs) -> Outputs:
        """Decide this tick. The same inputs in the same order give the same outputs, anywhere."""
        elapsed_ms = self._whole_ms(inputs.elapsed_us)
        if self._inverse_state != ~self.state or not self._soundness.holds(self.programme):
            self.fail_memory()
        self.motion.observe(inputs.step_count, inputs.encoder_count, inputs.elapsed_us)
        self.force.update(inputs.raw_force)
        self.force.watch(inputs.raw_force, elapsed_ms)
        switches = self._switches
        switches.update(inputs.switches)
        if self.state == SELF_TEST:
            self._test(inputs, switches.stable)
        self._keys(switches.pressed, switches.stable, inputs)
        self.preparation.tick(switches.stable, elapsed_ms)
        self.back_off.tick(elapsed_ms)
        if self.resume_left_ms > 0:
            self.resume_left_ms -= elapsed_ms
        self._judge(inputs, switches.stable, elapsed_ms)
        self._conclude(elapsed_ms)
        drive(self, inputs.elapsed_us)
        self._annunciator.signal(
            self.outputs, self.occurrences, self.state, self.preparation.needs_test_sound()
        )
        self.outputs.second_tone_on = self.surroundings.sounder.is_faulty and self.outputs.tone_on
        report(self)
        return self.outputs

    def _whole_ms(self, elapsed_us: int) -> int:
        self._spare_us += elapsed_us
        elapsed_ms = self._spare_us // units.US_PER_MS
        self._spare_us -= elapsed_ms * units.US_PER_MS
        return elapsed_ms

    def _test(self, inputs: Inputs, stable: int) -> None:
        self._self_test.tick(inputs, stable, self.motion.moved_steps)
        if not self._self_test.is_done:
            return
        self.self_test_failures |= self._self_test.failures
        if self.self_test_failures:
            self._lasting |= alarms.SELF_TEST_FAILED
            self._move(interlock.SELF_TEST_FAILED)
        else:
            self._move(interlock.SELF_TEST_PASSED)

    def _keys(self, pressed: int, stable: int, inputs: Inputs) -> None:
        if stable & panel.KEY_STOP:
            self._stop(stop_reason.STOP_KEY)
        if pressed & panel.KEYS and self.state != SELF_TEST:
            self._supervision.touch()
            keys.answer(self, pressed, stable, inputs.raw_position)

    def start(self, stable: int, raw_position: int) -> int:
        """The key START: begins the dose, or goes on with it; a refusal code."""
        if stable & panel.KEY_STOP:
            return _STOP_HELD
        is_resume = self.state == PAUSED or self.state == HELD
        if not is_resume and self.state != CONFIRMED:
            return _NOT_CONFIRMED if self.state == STAGED else _WRONG_STATE
        refusal = self._start_gate.refusal(self.state, self.programme, stable, raw_position)
        if refusal:
            return refusal
        if is_resume and self._supervision.is_interrupted_for_long():
            return _PAUSE_TOO_LONG
        if is_resume and self.resume_left_ms <= 0:
            self.resume_left_ms = limits.SECOND_PRESS_MS
            return _PRESS_AGAIN
        self.resume_left_ms = 0
        self.attendance.begin(is_resume=is_resume)
        if self.keep_open.has_begun:
            # The dose is over, whatever was drawn back since.
            self._keep_vein_open()
        else:
            self._infuse(interlock.RESUME if is_resume else interlock.START)
        return _DONE

    def _infuse(self, event: int) -> None:
        self._move(event)
        self.stop_reason = 0
        programme = self.programme
        left = programme.microsteps - self.motion.delivered_steps
        self.motion.begin_dose(programme, left)

    def _keep_vein_open(self) -> None:
        self._move(interlock.KEEP_OPEN)
        self.stop_reason = stop_reason.VOLUME_REACHED
        self.keep_open.begin(self.programme)

    def _stop(self, reason: int) -> None:
        self._stand_still()
        if self.state in GIVING:
            # The dose is given in `kvo`: there is nothing to pause.
            self._move(interlock.PAUSE if self.state == INFUSING else interlock.COMPLETED)
            self.stop_reason = reason

    def _stand_still(self) -> None:
        # A key that waits for its second press, or a take-up that is due, would move again later.
        self.motion.end()
        self.back_off.cancel()
        self.preparation.interrupt()
        self.resume_left_ms = 0

    def _judge(self, inputs: Inputs, stable: int, elapsed_ms: int) -> None:
        self.conditions.evaluate(inputs, self.state, stable, elapsed_ms)
        self.surroundings.is_sounding = self.outputs.tone_on
        self.surroundings.tick(inputs, self.state, stable, elapsed_ms)
        begun = self.occurrences.update(
            self._lower_bits(stable, elapsed_ms), self._upper_bits(elapsed_ms), elapsed_ms
        )
        self._pulses = 0
        self._pulses_upper = 0
        self._supervision.begun(begun)

    def _lower_bits(self, stable: int, elapsed_ms: int) -> int:
        bits = self._pulses | self._lasting | self.conditions.lower | self.surroundings.lower
        is_sounding = self.occurrences.stops_unseen()
        bits |= self._supervision.evaluate(self.state, is_sounding, elapsed_ms)
        if self.motion.job != PURGE:
            bits |= self._supervision.watch_keys(stable, elapsed_ms)
        return bits

    def _upper_bits(self, elapsed_ms: int) -> int:
        bits = self._pulses_upper | self._lasting_upper
        # the states with a programme at hand, and the observation after it
        if STAGED <= self.state <= COMPLETE:
            bits |= self.attendance.watch(elapsed_ms, is_giving=self.state in GIVING)
        return bits | self.conditions.upper | self.surroundings.upper

    def _conclude(self, elapsed_ms: int) -> None:
        """Stop for an alarm, at the volume, or for a programme that nobody starts."""
        supervision = self._supervision
        if self.occurrences.is_stopping():
            self._stop_for_alarm()
        elif self.state == INFUSING and self.motion.delivered_steps >= self.programme.microsteps:
            self._pulses |= alarms.END_OF_INFUSION
            if self.keep_open.is_due(self.programme):
                self._keep_vein_open()
            else:
                self._complete()
        elif self.state == KVO and self.keep_open.is_over(elapsed_ms):
            # Whoever has acknowledged the end of the dose does not know of this one.
            self._pulses |= alarms.END_OF_INFUSION
            self._complete()
        elif supervision.has_waited_for_long() and self.motion.job == NO_JOB:
            supervision.touch()
            self.stop_reason = stop_reason.WAITED_TOO_LONG
            self.cancel(self.programme.number)

    def _complete(self) -> None:
        self._move(interlock.COMPLETED)
        self.motion.end()
        self.stop_reason = stop_reason.VOLUME_REACHED
        if self.motion.delivered_steps < self.programme.microsteps:
            # What a back-off drew out of the dose, its flow afterwards had no time to give again.
            self._pulses |= alarms.UNDER_DELIVERY
            self.stop_reason = stop_reason.of_alarms(alarms.UNDER_DELIVERY, 0)

    def _stop_for_alarm(self) -> None:
        lower = self.occurrences.lower.stopping
        upper = self.occurrences.upper.stopping
        may_back_off = interlock.may_back_off(lower, upper)
        is_giving = self.state in GIVING
        if is_giving:
            self.stop_reason = stop_reason.of_alarms(lower, upper)
            self._stand_still()
            if may_back_off:
                self.back_off.request()
        if is_giving or self.state == PAUSED:
            self._move(interlock.ALARM)
        # A press from before the alarm is no half of the resume after it.
        self.resume_left_ms = 0
        if self.state != HELD or not may_back_off:
            self._stand_still()

    def _move(self, event: int) -> bool:
        if self._inverse_state != ~self.state:
            self.fail_memory()
            return False
        after = interlock.next_state(self.state, event)
        if after < 0:
            return False
        self.state = after
        self._inverse_state = ~after
        return True
