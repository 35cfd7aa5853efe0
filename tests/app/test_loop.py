"""The loop over a bench: its grid, its watchdog, its last resort, and clocks that wrap."""

import importlib
import sys
from types import ModuleType

import pytest
from core import pico
from core.loop_bench import BenchClock, LoopBench
from core.memory_bench import BenchMemory
from core.pump_bench import PumpBench, bench_order

from pumpapp.loop import MAX_LINK_BYTES_PER_TICK
from pumpcore import alarms, panel
from pumpcore.library import Library
from pumpcore.programme import derive
from pumpcore.wire.messages import by_name

WRAP = 1 << 30
TICK_US = 20_000


class Ticks(ModuleType):
    """The part of MicroPython's `time` that counts: ticks modulo 2^30, as on an RP2040."""

    def __init__(self, before_wrap_us: int) -> None:
        """So long before the wrap; the counter's own moments are kept whole."""
        super().__init__("time")
        self.at_us = WRAP - before_wrap_us
        self.late_us = 0

    def ticks_us(self) -> int:
        return self.at_us % WRAP

    def ticks_add(self, at: int, span: int) -> int:
        return (at + span) % WRAP

    def ticks_diff(self, later: int, earlier: int) -> int:
        return (later - earlier + WRAP // 2) % WRAP - WRAP // 2

    def sleep_us(self, span_us: int) -> None:
        assert span_us > 0
        self.at_us += span_us


def rp2_clock(ticks: Ticks, monkeypatch: pytest.MonkeyPatch) -> object:
    """The real driver of the clock, on those ticks."""
    machine = ModuleType("machine")
    machine.I2C = machine.WDT = machine.Pin = object
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "time", ticks)
        patched.setitem(sys.modules, "machine", machine)
        patched.delitem(sys.modules, "pumpboard.generic.clock", raising=False)
        return importlib.import_module("pumpboard.generic.clock").Clock()


def looped(clock: object | None = None) -> LoopBench:
    bench = PumpBench(pico.profile(link__bench=True))
    return LoopBench(bench, clock or BenchClock(), Library())


def infusing(loop: LoopBench, rate: int = 26_250) -> None:
    """By the panel, as a person would."""
    bench = loop.bench
    loop.tick(30)
    order = bench_order(rate)
    programme = derive(order, bench.profile, Library())
    bench.fit(order.fill_nl)
    assert bench.kernel.stage(programme) == 0
    assert bench.kernel.confirm(1, programme.digest) == 0
    for key, held, wait in (
        (panel.KEY_PRIME, 3, 3),
        (panel.KEY_PRIME, 60, 300),
        (panel.KEY_CHECK, 3, 60),
        (panel.KEY_CHECK, 3, 3),
        (panel.KEY_CHECK, 3, 3),
        (panel.KEY_START, 3, 3),
    ):
        bench.keys = key
        loop.tick(held)
        bench.keys = 0
        loop.tick(wait)
    assert bench.state() == "infusing"


def sent_by(clock: object, ticks: int) -> bytes:
    loop = looped(clock)
    sent = bytearray()
    loop.board.sink = lambda buffer, count: sent.extend(buffer[:count])
    infusing(loop)
    loop.tick(ticks)
    assert loop.bench.state() == "infusing"
    return bytes(sent)


@pytest.mark.requirement("FLO-10")
@pytest.mark.parametrize("before_wrap_us", [1, 10_000, TICK_US, 5_000_000, 11_019_999])
def test_a_clock_that_wraps_changes_no_byte(
    before_wrap_us: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ticks_us wraps every 17.9 min."""
    expected = sent_by(BenchClock(), 500)
    ticks = Ticks(before_wrap_us)

    assert sent_by(rp2_clock(ticks, monkeypatch), 500) == expected
    assert ticks.at_us > WRAP


@pytest.mark.requirement("FLO-10")
def test_an_infusion_longer_than_the_wrap_gives_every_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A whole turn of the clock and both its ends."""
    ticks = Ticks(10_000_000)
    loop = looped(rp2_clock(ticks, monkeypatch))
    infusing(loop)
    bench = loop.bench
    bench.force_mn = 0
    started_us = ticks.at_us
    given = bench.kernel.motion.delivered_steps
    while ticks.at_us < 2 * WRAP + 1_000_000:
        loop.tick(50)

    passed_s = (ticks.at_us - started_us) / 1e6
    fl = bench.kernel.programme.femtolitres_per_microstep
    exact = passed_s * 26_250e9 / 3_600 / fl
    assert bench.state() == "infusing"
    assert bench.kernel.motion.delivered_steps - given == pytest.approx(exact, abs=1.5)


@pytest.mark.requirement("FLO-15")
def test_ticks_keep_to_their_grid() -> None:
    """A late tick does not delay those after it."""
    clock = BenchClock()
    loop = looped(clock)
    began = []
    for late_us in (0, 7_000, 0, 12_000, 0, 0):
        began.append(clock.at_us)
        clock.at_us += late_us
        loop.tick()

    assert began == [index * TICK_US for index in range(6)]


def test_after_a_long_delay_it_starts_a_new_grid_instead_of_catching_up() -> None:
    clock = BenchClock()
    loop = looped(clock)
    loop.tick(2)
    clock.at_us += 95_000
    loop.loop.tick()
    assert loop.loop.inputs.elapsed_us == TICK_US + 95_000
    loop.loop._wait()
    loop.tick(2)

    assert loop.loop.inputs.elapsed_us == TICK_US


def test_the_record_saturates_where_a_tick_was_endless() -> None:
    clock = BenchClock()
    loop = looped(clock)
    loop.tick()
    clock.at_us += 100_000_000
    loop.tick()

    assert loop.loop.inputs.elapsed_us == 0xFFFFFF


@pytest.mark.requirement("TST-07")
def test_the_watchdog_is_fed_once_a_loop_and_last() -> None:
    loop = looped()
    loop.tick(10)
    assert loop.board.fed_count == 10
    loop.board.show = loop.board.missing = None
    with pytest.raises(TypeError):
        loop.loop.tick()

    assert loop.board.fed_count == 10


class EndOfTest(BaseException):
    """Ends a loop that runs for ever."""


@pytest.mark.requirement("TST-13")
@pytest.mark.parametrize("where", ["sense", "act"])
def test_an_exception_stops_the_plunger_and_is_told_as_a_fault(
    where: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Motor off at once, the alarm sounds, and it ticks on."""
    loop = looped()
    infusing(loop)
    bench = loop.bench
    whole = getattr(bench, where)
    calls = []

    def broken(argument: object) -> None:
        calls.append(bench.stepper.queued_half_cycles())
        if len(calls) == 1:
            raise ValueError("broken")
        if len(calls) == 5:
            raise EndOfTest
        whole(argument)

    monkeypatch.setattr(bench, where, broken)
    with pytest.raises(EndOfTest):
        loop.loop.run()

    assert calls[0] > 0
    assert calls[1] == 0
    assert bench.state() == "fault"
    assert bench.outputs.alarms_low == alarms.SOFTWARE_FAULT
    assert panel.SOUNDER_PATTERNS[bench.outputs.sounder] == "high"
    assert "broken" in capsys.readouterr().out


@pytest.mark.requirement("FLO-15")
def test_garbage_is_collected_while_nothing_moves_or_after_commands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A tick of motion without a command makes none, and waits for none."""
    collected = []
    loop = looped()
    monkeypatch.setattr(
        "pumpapp.loop.collect_garbage", lambda: collected.append(loop.bench.outputs.abort)
    )
    loop.tick(500)
    assert collected == [True]
    infusing(loop)
    collected.clear()
    loop.tick(1_500)
    assert collected == []
    # 128 times the 256 bytes that are reckoned for a ping
    for request_id in range(128):
        assert collected == []
        loop.send(by_name("ping"), [request_id])
        loop.tick()
    assert collected == [False]
    loop.bench.kernel.stop()
    loop.tick(1_001)

    assert collected == [False, True, True]


@pytest.mark.requirement("SEC-05", "SEC-08")
def test_the_frames_of_a_tick_are_counted_and_a_flood_costs_at_most_256_bytes() -> None:
    """The tick stays bounded."""
    loop = looped()
    loop.tick(30)
    assert loop.loop.inputs.link_frame_count == 0
    for request_id in range(3):
        loop.send(by_name("ping"), [request_id])
    loop.loop.tick()

    assert loop.loop.inputs.link_frame_count == 3
    assert len(loop.loop._received) == MAX_LINK_BYTES_PER_TICK == 256


@pytest.mark.requirement("LOG-01")
def test_events_follow_the_telemetry_of_their_tick_and_are_told_once() -> None:
    loop = looped()
    loop.tick(30)
    frames = []
    loop.board.sink = lambda buffer, count: frames.append(bytes(buffer[:count]))
    loop.bench.keys = panel.KEY_START | panel.KEY_CHECK
    loop.tick(5)

    told = [heard[1] for heard in frames if heard[1] != by_name("keyframe").ident]
    telemetry, event = by_name("telemetry").ident, by_name("event").ident
    assert sorted(told) == sorted([telemetry] * 5 + [event] * 2)
    assert loop.bench.kernel.events.count == 0


@pytest.mark.requirement("TST-07")
@pytest.mark.parametrize("part", ["read_into", "_listen", "drive", "show", "_report", "carry"])
def test_a_part_that_returns_without_its_work_is_not_fed_for(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = looped()
    loop.tick(5)
    owner = loop.loop if part.startswith("_") else loop.board
    whole = getattr(owner, part)

    def skipped(*arguments: object) -> int:
        # The line's own reading is no part of the loop.
        is_line = arguments and isinstance(arguments[0], bytearray)
        return whole(*arguments) if is_line else 0

    monkeypatch.setattr(owner, part, skipped)
    loop.tick(5)

    assert loop.board.fed_count == 5


@pytest.mark.requirement("TST-07")
def test_a_kernel_that_does_not_decide_and_a_recorder_that_does_not_look_are_not_fed_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = LoopBench(PumpBench(pico.profile()), BenchClock(), Library(), BenchMemory(), 2)
    kernel = loop.bench.kernel
    loop.tick(5)
    with monkeypatch.context() as patched:
        patched.setattr(kernel, "tick", lambda _inputs: kernel.outputs)
        loop.tick(5)
    assert loop.board.fed_count == 5
    loop.tick(1)
    monkeypatch.setattr(loop.recorder, "tick", lambda *_arguments: 0)
    loop.tick(5)

    assert loop.board.fed_count == 6


@pytest.mark.requirement("TST-13")
@pytest.mark.parametrize("error", [ValueError, MemoryError, KeyboardInterrupt])
def test_an_exception_in_the_wait_is_a_fault_like_any_other(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does Ctrl-C lead to a prompt, but on a bench."""
    loop = looped()
    infusing(loop)
    loop.commands.link_flags = 0
    moments = []

    def broken(at_us: int) -> int:
        moments.append(loop.bench.stepper.queued_half_cycles())
        loop.board.clock.at_us = at_us
        if len(moments) == 2:
            raise error("in the wait")
        if len(moments) == 6:
            raise EndOfTest
        return 0

    monkeypatch.setattr(loop.board.clock, "sleep_until", broken)
    with pytest.raises(EndOfTest):
        loop.loop.run()

    assert moments[1] > 0
    assert moments[2:] == [0] * 4
    assert loop.bench.state() == "fault"
    assert loop.bench.outputs.alarms_low & alarms.SOFTWARE_FAULT


@pytest.mark.requirement("TST-13")
def test_ctrl_c_on_a_bench_leads_to_the_prompt_of_a_pump_that_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = looped()
    infusing(loop)

    def interrupted(_argument: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(loop.bench, "sense", interrupted)
    with pytest.raises(KeyboardInterrupt):
        loop.loop.run()

    assert loop.bench.stepper.queued_half_cycles() == 0
    assert loop.bench.state() == "fault"


@pytest.mark.requirement("SEC-04")
@pytest.mark.parametrize(("link_flags", "expected"), [(3, [3, -1, 3]), (9, []), (0, [])])
def test_the_console_of_a_bench_hears_ctrl_c_only_without_a_programme(
    link_flags: int, expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another pump has shut its console at boot, and leaves it shut."""
    heard: list[int] = []
    monkeypatch.setattr("pumpapp.loop.listen_for_ctrl_c", heard.append)
    loop = looped()
    loop.commands.link_flags = link_flags
    infusing(loop)
    kernel = loop.bench.kernel
    loop.send(by_name("stop"), [9])
    loop.tick(5)
    assert loop.bench.state() == "paused"
    assert kernel.cancel(1) == 0
    loop.tick(1)

    assert [heard[at] for at in range(len(heard)) if not at or heard[at] != heard[at - 1]] == (
        expected
    )
