"""A person at the pump: keys pressed by contact, one thing after the other.

STOP, ACKNOWLEDGE and the other keys of an emergency are pressed at once. What answers the pump's
checklist waits for the pump to ask, as a person does; what is begun later waits its turn.
"""

from collections import deque
from collections.abc import Callable, Generator
from typing import NamedTuple

from evenflow.emulator.plant import Plant
from evenflow.scenario.device_view import DeviceView
from evenflow.scenario.log import Log
from pumpcore.panel import CONNECTED, HEARD, PURGED
from pumpcore.report import MOTION_PURGE, MOTION_TAKE_UP

PRESS_MS = 200
BETWEEN_MS = 500  # from press to press
SETTLE_MS = 300  # from the press to the pump's answer, and a look at it
LISTEN_MS = 1_500
BOUNCE_MS = 1
PATIENCE_MS = 60_000
_US_PER_MS = 1_000
_BUSY = MOTION_PURGE | MOTION_TAKE_UP


class Press(NamedTuple):
    """A key that went down: when, what for, and whether another press of it belongs to that."""

    at_us: int
    key: str
    what: str
    is_first: bool


# A task yields how many ms it waits, or what it waits for.
Task = Generator[int | Callable[[], bool], None, None]


class Operator:
    """Presses keys of one plant; looks at the device's display, which is the view."""

    def __init__(
        self, plant: Plant, view: DeviceView, log: Log, stopping: Callable[[], None]
    ) -> None:
        """`stopping` is called when STOP goes down."""
        self._plant = plant
        self._view = view
        self._log = log
        self._stopping = stopping
        self._tasks: deque[Task] = deque()
        self._waits_until_us: int | None = None
        self._waits_for: Callable[[], bool] | None = None
        self._gives_up_us = 0
        self.presses: list[Press] = []

    @property
    def now_us(self) -> int:
        """Virtual time."""
        return self._plant.now_ns // 1_000

    @property
    def is_busy(self) -> bool:
        """Whether anything is still to be done."""
        return bool(self._tasks)

    # ---- at once -----------------------------------------------------------------------------

    def press(self, key: str, what: str | None = None, *, is_first: bool = False) -> None:
        """Press a key for 200 ms."""
        self._note(key, what or f"operator.{key}", is_first=is_first)
        self._plant.press(key, PRESS_MS)

    def stop(self) -> None:
        """The key STOP."""
        self.press("stop")

    def hold(self, key: str, s: float) -> None:
        """Press a key and hold it for so long."""
        self._note(key, f"operator.hold_{key}")
        self._plant.press(key, s * 1_000)

    def resume(self) -> None:
        """START, and START again."""
        self.press("start", "operator.resume", is_first=True)
        self._plant.after_ms(BETWEEN_MS, lambda: self.press("start", "operator.resume"))

    def bounce(self, key: str, ms: float) -> None:
        """Press a key whose contact bounces every ms at first."""
        self._note(key, "operator.press")
        for bounce in range(round(ms / (2 * BOUNCE_MS))):
            at_ms = 2 * bounce * BOUNCE_MS
            self._plant.after_ms(at_ms, lambda: self._plant.hold(key))
            self._plant.after_ms(at_ms + BOUNCE_MS, lambda: self._plant.release(key))
        self._plant.after_ms(ms, lambda: self._plant.press(key, PRESS_MS))

    def presence(self) -> None:
        """CHECK, where it says that somebody is there."""
        if self._view.is_giving:
            self.press("check", "operator.presence")
        else:
            self._refuse("operator.presence", "the pump gives nothing now")

    # ---- in turn -----------------------------------------------------------------------------

    def start(self) -> None:
        """The key START, after what was begun before."""
        self._begin(self._start())

    def prime(self, s: float) -> None:
        """PRIME, and PRIME again held for so long."""
        self._begin(self._prime(s))

    def confirm_purge(self) -> None:
        """CHECK, when the purge has ended."""
        self._begin(self._confirm_purge())

    def confirm_test(self) -> None:
        """CHECK, after listening to the alarm test."""
        self._begin(self._confirm_test())

    def connect(self, *, yes: bool) -> None:
        """Connect the line to the patient and press CHECK, or take it off."""
        if yes:
            self._begin(self._connect())
        else:
            self._plant.disconnect_patient()

    def tick(self) -> None:
        """Go on with what waits, if its time or its sight has come."""
        while self._tasks and self._is_ready():
            self._waits_until_us = None
            self._waits_for = None
            try:
                wait = next(self._tasks[0])
            except StopIteration:
                self._tasks.popleft()
                continue
            if isinstance(wait, int):
                self._waits_until_us = self.now_us + wait * _US_PER_MS
            else:
                self._waits_for = wait
                self._gives_up_us = self.now_us + PATIENCE_MS * _US_PER_MS

    def _begin(self, task: Task) -> None:
        self._tasks.append(task)
        if len(self._tasks) == 1:
            self.tick()

    def _is_ready(self) -> bool:
        if self._waits_until_us is not None:
            return self.now_us >= self._waits_until_us
        if self._waits_for is not None:
            return self._waits_for() or self.now_us >= self._gives_up_us
        return True

    # ---- tasks -------------------------------------------------------------------------------

    def _start(self) -> Task:
        self.press("start")
        yield SETTLE_MS

    def _prime(self, s: float) -> Task:
        self.press("prime", "operator.prime_hold", is_first=True)
        yield BETWEEN_MS
        self._note("prime", "operator.prime_hold")
        self._plant.press("prime", s * 1_000)
        yield round(s * 1_000) + SETTLE_MS

    def _confirm_purge(self) -> Task:
        what = "operator.purge_confirm"
        yield self._is_still
        if self._view.checklist & PURGED:
            self._refuse(what, "the purge is confirmed already")
            return
        self.press("check", what)
        yield SETTLE_MS

    def _confirm_test(self) -> Task:
        what = "operator.test_heard"
        if self._view.checklist & (PURGED | HEARD) != PURGED:
            self._refuse(what, "the pump does not ask for the alarm test now")
            return
        yield self._is_sounding
        yield LISTEN_MS
        self.press("check", what)
        yield SETTLE_MS

    def _connect(self) -> Task:
        what = "operator.patient_connected"
        yield self._is_still
        if self._view.checklist & (PURGED | HEARD) == PURGED:
            yield from self._confirm_test()
        self._plant.connect_patient()
        if self._view.checklist & (PURGED | HEARD | CONNECTED) != PURGED | HEARD:
            self._refuse(what, "the pump does not ask for the connection now")
            return
        self.press("check", what)
        yield SETTLE_MS

    def _is_still(self) -> bool:
        return not self._view.motion & _BUSY and not self._plant.switches.is_closed("prime")

    def _is_sounding(self) -> bool:
        return self._view.sounder == "test"

    def _note(self, key: str, what: str, *, is_first: bool = False) -> None:
        self.presses.append(Press(self.now_us, key, what, is_first))
        if key == "stop":
            self._stopping()

    def _refuse(self, what: str, reason: str) -> None:
        self._log.refusal(self.now_us, what, "not_asked", reason)
