"""A careful person at the panel of an emulated pump: prepares and starts it, once.

The script is a generator that waits in virtual time: purge to waste and let go when fluid comes,
wait until the plunger stands, listen to the alarm test, connect the line, press START. From then
on it says that it is there, by CHECK, when the pump asks, and does nothing else, whatever happens.
"""

from collections.abc import Callable, Generator
from typing import Protocol

from evenflow.emulator.drivable import Drivable
from pumpcore import panel

_NS_PER_MS = 1_000_000
_PRESS_MS = 200
_PAUSE_MS = 300
# Fluid that a person sees leave the line before letting PRIME go; the pump then goes on by itself
# for 5 s at 60 mL/h or less, so that no more than 0.3 mL is purged.
_SEEN_ML = 0.15
_LONGEST_PURGE_MS = 15_000
# No step for this long: the plunger stands.
_STILL_MS = 1_000
_LONGEST_TAKE_UP_MS = 20_000
_LONGEST_LISTENING_MS = 10_000
# Three pulses of the alarm test.
_HEARD_EDGES = 6
_HEARD_MS = 1_500
_LONGEST_ANSWER_MS = 2_000
# A person looks up, and walks to the pump.
_REACTION_MS = 5_000

_Script = Generator[None, None, None]


class PanelView(Protocol):
    """What a person reads from the pump: telemetry has it."""

    @property
    def checklist(self) -> int:
        """Bits of pumpcore.panel.CHECKLIST_ITEMS."""


class AutoOperator:
    """Presses the keys of one board up to the first START; `problem` says why it gave up."""

    def __init__(self, board: Drivable) -> None:
        """Watch that board's plant; nothing is pressed before `step`."""
        self.is_done = False
        self.problem = ""
        self._plant = board.plant
        self._state_name = ""
        self._checklist = 0
        self._script: _Script | None = None
        self._asked_at_ns: int | None = None

    def step(self, state_name: str, telemetry: PanelView) -> None:
        """Look at the pump's state and panel, and do what is due; call it once a tick or so."""
        self._state_name = state_name
        self._checklist = telemetry.checklist
        if self.is_done:
            self._say_that_it_is_there()
            return
        if self._script is None:
            if state_name != "confirmed":
                return
            self._script = self._prepare()
        try:
            next(self._script)
        except StopIteration:
            self.is_done = True

    def _say_that_it_is_there(self) -> None:
        now_ns = self._plant.now_ns
        if not self._checklist & panel.PRESENCE_ASKED:
            self._asked_at_ns = None
        elif self._asked_at_ns is None:
            self._asked_at_ns = now_ns
        elif now_ns - self._asked_at_ns >= _REACTION_MS * _NS_PER_MS:
            self._asked_at_ns = now_ns
            self._plant.press("check", _PRESS_MS)

    def _prepare(self) -> _Script:
        plant = self._plant
        yield from self._wait_ms(_PAUSE_MS)
        if not self._checklist & panel.PURGED:
            yield from self._purge()
            yield from self._check(panel.PURGED, "the purge")
        if not self._checklist & panel.HEARD and not self.problem:
            yield from self._listen()
            yield from self._check(panel.HEARD, "the alarm test")
        if not self.problem:
            plant.connect_patient()
            yield from self._wait_ms(_PAUSE_MS)
            yield from self._check(panel.CONNECTED, "the connected line")
        if not self.problem:
            yield from self._press("start")

    def _purge(self) -> _Script:
        plant = self._plant
        yield from self._press("prime")
        before_ml = plant.waste_volume_ml
        plant.hold("prime")
        yield from self._wait_until(
            lambda: plant.waste_volume_ml - before_ml >= _SEEN_ML, _LONGEST_PURGE_MS
        )
        plant.release("prime")
        began_at_ns = plant.now_ns
        last_steps = plant.step_count
        still_since_ns = plant.now_ns
        while plant.now_ns - still_since_ns < _STILL_MS * _NS_PER_MS:
            yield
            if plant.step_count != last_steps:
                last_steps = plant.step_count
                still_since_ns = plant.now_ns
            if plant.now_ns - began_at_ns > _LONGEST_TAKE_UP_MS * _NS_PER_MS:
                self.problem = "the plunger did not come to rest after the purge"
                return

    def _listen(self) -> _Script:
        edges_at_ns = self._plant.buzzer.edges_at_ns
        before = len(edges_at_ns)
        yield from self._wait_until(
            lambda: len(edges_at_ns) - before >= _HEARD_EDGES, _LONGEST_LISTENING_MS
        )
        yield from self._wait_ms(_HEARD_MS)

    def _check(self, item: int, what: str) -> _Script:
        if self.problem:
            return
        yield from self._press("check")
        yield from self._wait_until(lambda: bool(self._checklist & item), _LONGEST_ANSWER_MS)
        if not self._checklist & item:
            self.problem = f"the pump did not accept {what} (state {self._state_name})"

    def _press(self, key: str) -> _Script:
        self._plant.press(key, _PRESS_MS)
        yield from self._wait_ms(_PRESS_MS + _PAUSE_MS)

    def _wait_ms(self, span_ms: int) -> _Script:
        until_ns = self._plant.now_ns + span_ms * _NS_PER_MS
        while self._plant.now_ns < until_ns:
            yield

    def _wait_until(self, is_true: Callable[[], bool], longest_ms: int) -> _Script:
        until_ns = self._plant.now_ns + longest_ms * _NS_PER_MS
        while not is_true() and self._plant.now_ns < until_ns:
            yield
