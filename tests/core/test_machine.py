"""People, plant and host act at random on the bench; each rule is what may happen to a pump."""

from copy import deepcopy

import pytest
from core.bench_trace import KEYS, SAID, SPOILT, TOGGLED, VERBS, Player
from core.test_kernel_safety import STARTS, Watched, prepared
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

pytestmark = pytest.mark.requirement("OVR-09", "OVR-11", "LIB-16", "DES-06")

SPANS = st.integers(0, 59)


class WatchedPlayer(Player):
    """A player whose every tick is checked."""

    def __init__(self, watched: Watched) -> None:
        """Take over a watched bench."""
        super().__init__(watched.bench)
        self.watched = watched

    def tick(self, count: int, elapsed_us: int = 20_000) -> None:
        """Let so many ticks pass under the rules."""
        self.watched.tick(count, elapsed_us)

    def say(self, name: str, span: int) -> None:
        """A command of the host."""
        if name == "stop":
            self.watched.disarm()
        super().say(name, span)


class PumpMachine(RuleBasedStateMachine):
    """Every tick: the gate shut or open for a reason, START pressed, never more than ordered."""

    @initialize(start=STARTS)
    def begin(self, start: str) -> None:
        """From wherever a person may have brought it."""
        self.player = WatchedPlayer(Watched(deepcopy(prepared(start))))

    def _do(self, name: str, choice: int, span: int) -> None:
        self.player.do(VERBS.index(name), choice, span)

    @rule(choice=st.integers(0, len(KEYS) - 1), span=SPANS)
    def press(self, choice: int, span: int) -> None:
        self._do("press", choice, span)

    @rule(choice=st.integers(0, len(KEYS) - 1), span=SPANS)
    def hold(self, choice: int, span: int) -> None:
        self._do("hold", choice, span)

    @rule(choice=st.integers(0, len(SPOILT) + len(TOGGLED) - 1), span=SPANS)
    def spoil(self, choice: int, span: int) -> None:
        self._do("spoil", choice, span)

    @rule(span=SPANS)
    def mend(self, span: int) -> None:
        self._do("mend", 0, span)

    @rule(choice=st.integers(0, 4), span=SPANS)
    def wait(self, choice: int, span: int) -> None:
        self._do("wait", choice, span)

    @rule(choice=st.integers(0, len(SAID) - 1), span=SPANS)
    def say(self, choice: int, span: int) -> None:
        self._do("say", choice, span)

    @rule(span=SPANS)
    def prepare(self, span: int) -> None:
        self._do("prepare", 0, span)

    @rule()
    def resume(self) -> None:
        self._do("resume", 0, 0)


class TestPumpMachine(PumpMachine.TestCase):
    """What Hypothesis tries; a failure is told as the shortest list of steps."""

    settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
