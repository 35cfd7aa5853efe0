"""What people did to the small pump, kept apart from the kernel, and what may move after it.

Nothing goes forward but a confirmed programme that START was pressed for, or a bounded purge that
PRIME was pressed for twice, before the patient is connected; a stop and a stopping alarm take all
of that back. After the dose comes the flow that its programme asks for, and no way back into the
dose. Nothing goes back but in `held`, for an occlusion alone, for a bounded time.
"""

from core.small_pump import DOSE_STEPS, KVO_STEPS, PURGE_STEPS, SmallPump, stopping_alarms

from pumpcore import alarms, panel
from pumpcore.interlock import (
    BACK_OFF,
    COMPLETE,
    CONFIRMED,
    FAULT,
    HELD,
    INFUSE,
    INFUSING,
    KEPT_OPEN,
    KVO,
    PAUSED,
    STAGED,
    STATES,
)
from pumpcore.kernel import Kernel
from pumpcore.refusals import code

# States in which a patient is given something.
GIVING = (INFUSING, KVO)
_DONE = code("none")
_PRESS_AGAIN = code("press_again")
_BACK_OFF_TICKS = 5
# A take-up that lasts four ticks: two to enable, one to fill, one with a step.
_TAKE_UP_STEPS = 1
# From the tick that accepts the release: to come to rest, and those four.
_TAKE_UP_TICKS = 7


class Broken(AssertionError):
    """A rule that does not hold."""


class Rules:
    """What people have done, as far as it lets the plunger move; checked after every tick."""

    def __init__(self) -> None:
        """Nothing was done."""
        self.is_confirmed = False
        # Stopping alarms that nobody has acknowledged, the upper word above the lower one.
        self.unseen = 0
        # START since the last stop: none, once where twice is asked for, enough.
        self.is_armed = False
        self.may_infuse = False
        self.has_failed = False
        # PRIME likewise, and for how long what its second press began may go on.
        self.is_primed = False
        self.prime_ticks = 0
        self.given_steps = 0
        # The last programme there was, and whether it came to the flow after its dose.
        self.number = 0
        self.has_kept_open = False
        self.wasted_steps = 0
        self.back_ticks = 0
        self.alarms_before = (0, 0)

    def key(self) -> tuple[object, ...]:
        """What tells this state from others."""
        values = (self.is_confirmed, self.unseen != 0, self.is_armed, self.may_infuse)
        dose = (self.given_steps, self.given_steps and self.number, self.has_kept_open)
        return (*values, self.is_primed, self.prime_ticks, *dose, self.back_ticks)

    def listen(self, kernel: Kernel, state: int, *, is_checked: bool) -> None:
        """Keys of this tick that were not refused, in that state; STOP wins."""
        for index in range(kernel.events.count):
            key = kernel.events.values[index]
            if kernel.events.codes[index] not in (_DONE, _PRESS_AGAIN):
                continue
            if key == panel.KEY_ACKNOWLEDGE:
                self.unseen = 0
            elif key == panel.KEY_PRIME:
                if self.is_primed:
                    self.prime_ticks = _TAKE_UP_TICKS
                self.is_primed = not self.is_primed
            elif key == panel.KEY_START:
                is_resume = state in (PAUSED, HELD)
                if (state == CONFIRMED and is_checked) or (is_resume and self.is_armed):
                    self.may_infuse = True
                self.is_armed = is_resume and not self.is_armed
        if kernel._switches.stable & panel.KEY_STOP:
            self.stop()

    def stop(self) -> None:
        """Nothing moves forward any more."""
        self.is_armed = False
        self.may_infuse = False
        self.is_primed = False
        self.prime_ticks = 0

    def staged(self) -> None:
        """Another programme, nothing of it given; whether silence stops is its own affair."""
        self.stop()
        self.unseen &= ~alarms.LINK_LOST
        self.is_confirmed = False
        self.given_steps = 0
        self.has_kept_open = False

    def check(self, pump: SmallPump) -> None:
        """Compare what moved and what is to move with what was done."""
        outputs = pump.kernel.outputs
        stops = stopping_alarms(
            outputs.alarms_low,
            outputs.alarms_high,
            stops_on_silence=pump.kernel.programme.stop_on_link_loss,
        )
        before = self.alarms_before
        if stops[0] & ~before[0] or stops[1] & ~before[1]:
            self.unseen |= (
                stops[0] & ~before[0] | (stops[1] & ~before[1]) << alarms.IDENTS_PER_WORD
            )
            self.stop()
        self.alarms_before = stops
        if outputs.state == FAULT:
            self.stop()
            self.has_failed = True
        elif self.has_failed:
            raise Broken("a fault was left")
        self._prime(pump)
        self._account(pump.plant.edges, outputs.state, pump.kernel.programme.number)
        moves = pump.kernel.motion
        is_dosing = INFUSING <= outputs.state <= COMPLETE
        if is_dosing and moves.is_settled() and moves.delivered_steps != self.given_steps:
            raise Broken(f"the account says {moves.delivered_steps} steps")
        self._gate(pump)
        if outputs.abort or not outputs.is_forward:
            self._back(pump, stops)
        elif outputs.state in GIVING:
            self._infusing(stops)
        else:
            self._purging(pump, stops)
        is_short = self.given_steps < DOSE_STEPS and not self.has_kept_open
        if outputs.state == COMPLETE and is_short:
            raise Broken(f"complete after {self.given_steps} steps")

    def _prime(self, pump: SmallPump) -> None:
        outputs = pump.kernel.outputs
        stable = pump.kernel._switches.stable
        is_seated = stable & panel.PLUNGER_SEATED and stable & panel.BARREL_CLOSED
        is_connected = outputs.checklist & panel.CONNECTED
        if outputs.state not in (STAGED, CONFIRMED) or is_connected or not is_seated:
            self.is_primed = False
            self.prime_ticks = 0
        elif self.prime_ticks and not stable & panel.KEY_PRIME:
            self.prime_ticks -= 1

    def _account(self, edges: int, state: int, number: int) -> None:
        if state in (STAGED, CONFIRMED):
            self.wasted_steps += edges
        else:
            self.given_steps += edges
        if number:
            # Cancelled, it is still what was given.
            self.number = number
        most = DOSE_STEPS + (KVO_STEPS if self.number == 2 and state != INFUSING else 0)
        if not 0 <= self.given_steps <= most:
            raise Broken(f"{self.given_steps} steps of the dose given")

    def _gate(self, pump: SmallPump) -> None:
        outputs = pump.kernel.outputs
        if outputs.abort:
            if outputs.word_count or outputs.may_enable or outputs.commanded_ul_per_h:
                raise Broken("words or ENABLE with an abort")
        elif not outputs.may_enable or outputs.minimum_interval_us <= 0:
            raise Broken("words with the gate shut")
        if (outputs.state == INFUSING) != (pump.kernel.motion.job == INFUSE):
            raise Broken("infusing without its job, or the job without its state")
        if (outputs.state == KVO) != (pump.kernel.motion.job == KEPT_OPEN):
            raise Broken("kvo without its job, or the job without its state")
        if outputs.state == KVO:
            # What an occlusion drew back of the dose is given in it.
            if self.given_steps < DOSE_STEPS and not self.has_kept_open:
                raise Broken(f"kvo after {self.given_steps} steps of the dose")
            self.has_kept_open = True
        elif outputs.state == INFUSING and self.has_kept_open:
            raise Broken("back to the dose after its end")

    def _infusing(self, stops: tuple[int, int]) -> None:
        if any(stops):
            raise Broken("infusing with a stopping alarm")
        if not self.is_confirmed:
            raise Broken("infusing what nobody confirmed")
        if self.unseen:
            raise Broken("infusing after an alarm that nobody has acknowledged")
        if not self.may_infuse:
            raise Broken("infusing though nobody pressed START often enough")
        self.back_ticks = 0

    def _purging(self, pump: SmallPump, stops: tuple[int, int]) -> None:
        outputs = pump.kernel.outputs
        if outputs.state not in (STAGED, CONFIRMED):
            raise Broken(f"driven forward while {STATES[outputs.state]}")
        if any(stops):
            raise Broken("purging with a stopping alarm")
        if outputs.checklist & panel.CONNECTED:
            raise Broken("purging into the patient")
        if self.unseen or not self.prime_ticks:
            raise Broken("purging though nobody pressed PRIME twice since the last stop")
        if self.wasted_steps > PURGE_STEPS + _TAKE_UP_STEPS:
            raise Broken(f"{self.wasted_steps} steps purged")

    def _back(self, pump: SmallPump, stops: tuple[int, int]) -> None:
        outputs = pump.kernel.outputs
        if outputs.abort:
            self.back_ticks = 0
            return
        lock = alarms.OCCLUSION_DOWNSTREAM | alarms.REPEATED_ALARM_LOCK
        is_alone = stops[1] == 0 and stops[0] != 0 and not stops[0] & ~lock
        if outputs.state != HELD or not is_alone or pump.kernel.motion.job != BACK_OFF:
            raise Broken("drawn back but for an occlusion alone")
        self.back_ticks += 1
        if self.back_ticks > _BACK_OFF_TICKS:
            raise Broken("drawn back for too long")
