"""When the loop takes the kernel's state and tells it, and that it is the state of that tick."""

import pytest
from app.link_host import LinkHost
from core.loop_bench import BenchClock, LoopBench
from core.pico import RATE, bench, bench_order

from evenflow.client.records import Keyframe
from evenflow.client.stream import Received, Stream
from evenflow.telemetry.keyframe import PART_COUNT, Gathering, State, is_known, state_of
from pumpcore.library import Library
from pumpcore.wire.messages import by_name

pytestmark = pytest.mark.requirement("LOG-07", "DES-03")


class Listener:
    """A loop, and every keyframe that it has told, by its tick."""

    def __init__(self) -> None:
        """At power-on."""
        self.pump = bench(link__bench=True)
        self.loop = LoopBench(self.pump, BenchClock(), Library())
        self.loop.board.sink = self._hear
        self.states: dict[int, State] = {}
        self.parts: list[Keyframe] = []
        self._stream = Stream()
        self._gathering = Gathering()

    def _hear(self, buffer: bytearray, count: int) -> None:
        for item in self._stream.feed(bytes(buffer[:count])):
            if isinstance(item, Received) and isinstance(item.record, Keyframe):
                self.parts.append(item.record)
                state = self._gathering.take(item.record)
                if state is not None:
                    self.states[item.record.tick_count] = state

    def infuse(self) -> None:
        """To where it gives at 1200 mL/h."""
        self.pump.stage(bench_order(RATE, 40_000_000, 45_000_000))
        self.pump.confirm()
        self.pump.kernel.preparation.checklist = 7
        self.pump.keys = 4
        self.loop.tick(4)
        self.pump.keys = 0


def test_it_comes_every_ten_seconds_a_part_a_tick_and_is_the_state_of_its_tick() -> None:
    listener = Listener()
    kept = {}
    for tick in range(1_100):
        listener.loop.tick()
        kept[tick] = state_of(listener.pump.kernel)

    assert list(listener.states) == [24, 524, 1_024]
    assert len(listener.parts) == 3 * PART_COUNT
    for tick, state in listener.states.items():
        assert state == kept[tick]
        assert is_known(state)


def test_whoever_asks_gets_one_from_that_tick_on_and_others_after_it() -> None:
    listener = Listener()
    listener.loop.tick(60)

    listener.loop.send(by_name("read_keyframe"), [1])
    listener.loop.tick(5)
    listener.loop.send(by_name("read_keyframe"), [2])
    listener.loop.tick(3 * PART_COUNT)

    # The second waits until the first is told.
    assert list(listener.states) == [24, 60, 60 + PART_COUNT]


def test_a_tick_with_a_long_command_takes_none() -> None:
    listener = Listener()
    listener.loop.tick(30 + PART_COUNT)
    listener.infuse()
    first = listener.loop.loop.tick_count

    listener.loop.send(by_name("read_keyframe"), [1])
    listener.loop.send(by_name("inspect"), [2])
    listener.loop.tick(2 * PART_COUNT)

    assert first + 1 in listener.states
    assert first not in listener.states


def test_a_tick_that_takes_one_does_nothing_else_that_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listener = Listener()
    collected: list[int] = []
    loop = listener.loop.loop
    monkeypatch.setattr(loop, "_collect", lambda **_: collected.append(loop.tick_count))
    listener.loop.tick(24)
    # Due at the end of the very tick that takes the first keyframe.
    loop._still_ticks = 500

    listener.loop.tick(3)

    assert collected[0] == 25


def test_a_board_without_the_room_says_so() -> None:
    host = LinkHost()
    host.loop.commands.keyframe = None

    assert host.refusal("read_keyframe") == "no_keyframes"
