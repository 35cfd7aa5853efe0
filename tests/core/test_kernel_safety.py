"""Whatever is pressed, sent, broken or late, in any order: what must never happen, never does."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache

import pytest
from core import pico
from core.pico import in_state
from core.pump_bench import PumpBench, bench_order
from hypothesis import given, settings
from hypothesis import strategies as st

from pumpcore import alarms, limits, panel
from pumpcore.interlock import BACK_OFF, INFUSE, KEPT_OPEN, STATES
from pumpcore.pacer import PIO_HZ
from pumpcore.refusals import code
from pumpcore.tick_io import Inputs
from pumpcore.wire.codec import encode
from pumpcore.wire.telemetry import TELEMETRY, values

QUEUE_HALF_CYCLES = 2 * PIO_HZ * 60 // 1000
ORDERS = (
    bench_order(1_200_000, 1_000_000, 3_000_000),
    bench_order(26_250, 17_500_000, 20_000_000),
    bench_order(100, 10_000, 3_000_000),
    pico.kept_open(),
)
MOVING_STATES = {"staged", "confirmed", "infusing", "kvo"}
GIVING = ("infusing", "kvo")
KEYS = [1 << bit for bit in range(2, 8)]
KEYS_WITHOUT_START = [key for key in KEYS if key not in (panel.KEY_START, panel.KEY_PRIME)]

Action = Callable[["Watched"], None]


class Watched:
    """A bench that is checked after every tick."""

    def __init__(self, bench: PumpBench) -> None:
        """Take over a bench as it stands."""
        self.bench = bench
        self.extra_edges = 0
        self._buffer = bytearray(128)
        self._armed_ticks = 0
        self._number = bench.outputs.programme_number
        self._delivered = bench.outputs.delivered_microsteps
        self._has_kept_open = bench.state() == "kvo"
        self._programme = bench.kernel.programme

    def tick(self, count: int = 1, elapsed_us: int = 20_000) -> None:
        for _ in range(count):
            kernel = self.bench.kernel
            before = kernel.state
            kernel.events.count = 0
            self.bench.tick(1, elapsed_us)
            self.extra_edges += self.bench.extra_edge_count
            self._check_output()
            self._check_start(STATES[before])
            self._check_account()
            self._check_wire()

    def _check_output(self) -> None:
        """Shut, or open for a reason."""
        outputs = self.bench.outputs
        kernel = self.bench.kernel
        if outputs.abort:
            assert outputs.word_count == 0
            assert not outputs.may_enable
            assert outputs.commanded_ul_per_h == 0
            assert kernel.motion.job == 0
        else:
            assert outputs.may_enable
            if kernel.motion.job == BACK_OFF:
                assert self.bench.state() == "held"
                assert not outputs.is_forward
                assert kernel.occurrences.lower.stopping & alarms.OCCLUSION_DOWNSTREAM
                return
            assert outputs.is_forward
            assert self.bench.state() in MOVING_STATES
            assert (self.bench.state() == "infusing") == (kernel.motion.job == INFUSE)
            assert (self.bench.state() == "kvo") == (kernel.motion.job == KEPT_OPEN)
            assert not kernel.occurrences.is_stopping()
        assert self.bench.stepper.queued_half_cycles() <= QUEUE_HALF_CYCLES
        assert self.bench.moves_disabled_count <= self.extra_edges

    def _check_start(self, before: str) -> None:
        """A flow begins by START, and again only by its second press; in `kvo` also by the end."""
        kernel = self.bench.kernel
        answers = {
            kernel.events.values[index]: kernel.events.codes[index]
            for index in range(kernel.events.count)
        }
        answer = answers.get(panel.KEY_START)
        state = self.bench.state()
        if state in GIVING and before not in GIVING:
            assert answer == 0
            if before != "confirmed":
                assert self._armed_ticks > 0
        was_stopped = kernel._switches.stable & panel.KEY_STOP or kernel.occurrences.lower.stopping
        if answer is not None and answer == code("press_again"):
            self._armed_ticks = limits.SECOND_PRESS_MS
        elif self._armed_ticks:
            self._armed_ticks -= 1
        if was_stopped or state in GIVING:
            self._armed_ticks = 0

    def disarm(self) -> None:
        """The link's STOP came."""
        self._armed_ticks = 0

    def _check_account(self) -> None:
        """Never more than ordered; less than it was only when drawn back."""
        outputs = self.bench.outputs
        programme = self.bench.kernel.programme
        state = self.bench.state()
        if programme is not self._programme:
            self._programme = programme
            self._has_kept_open = False
        if programme.number:
            most = programme.microsteps + self.extra_edges
            if self._has_kept_open or state == "kvo":
                most += programme.kvo_microsteps
            assert outputs.delivered_microsteps <= most
        if state == "kvo":
            self._has_kept_open = True
        assert not (self._has_kept_open and state == "infusing")
        if outputs.programme_number == self._number:
            is_drawn_back = not self.bench.kernel.motion.is_forward
            assert is_drawn_back or outputs.delivered_microsteps >= self._delivered
        self._number = outputs.programme_number
        self._delivered = outputs.delivered_microsteps

    def _check_wire(self) -> None:
        """Whatever happens can be told: no field leaves its range."""
        row = values(0, Inputs(), self.bench.outputs, 0)
        encode(TELEMETRY, row, self._buffer, 0)


def do_press(key: int, ticks: int) -> Action:
    def act(watched: Watched) -> None:
        watched.bench.keys |= key
        watched.tick(ticks)
        watched.bench.keys &= ~key
        watched.tick(2)

    return act


def do_spoil(name: str, value: object) -> Action:
    def act(watched: Watched) -> None:
        setattr(watched.bench, name, value)
        watched.tick(3)

    return act


def do_spoil_once(name: str, value: object) -> Action:
    def act(watched: Watched) -> None:
        setattr(watched.bench, name, value)
        watched.tick()
        setattr(watched.bench, name, 0)
        watched.tick(3)

    return act


def do_brief_alarm(watched: Watched) -> None:
    """The clamp opens and shuts, and a person acknowledges."""
    do_spoil("is_closed", False)(watched)
    do_spoil("is_closed", True)(watched)
    do_press(panel.KEY_ACKNOWLEDGE, 2)(watched)


def do_wait(ticks: int, elapsed_us: int) -> Action:
    return lambda watched: watched.tick(ticks, elapsed_us)


def do_command(name: str, which: int) -> Action:
    def act(watched: Watched) -> None:
        kernel = watched.bench.kernel
        programme = derived(which)
        if name == "stage":
            kernel.stage(programme)
        elif name == "confirm":
            kernel.confirm(kernel.programme.number, kernel.programme.digest)
        elif name == "cancel":
            kernel.cancel(kernel.programme.number)
        elif name == "stop":
            kernel.stop()
            watched.disarm()
        elif name == "acknowledge":
            kernel.acknowledge()
        elif name == "audio_pause":
            kernel.audio_pause()
        else:
            kernel.fail()
            watched.disarm()
        watched.tick()

    return act


@cache
def derived(which: int) -> pico.Programme:
    order = ORDERS[which % len(ORDERS)]
    return pico.derived(pico.bench(), **{**vars(order), "programme_number": which + 1})


def actions(keys: list[int], commands: list[str]) -> st.SearchStrategy[list[Action]]:
    spoil = st.one_of(
        st.builds(do_spoil, st.sampled_from(("is_seated", "is_closed")), st.booleans()),
        st.builds(do_spoil, st.just("has_gate"), st.sampled_from((True, True, False))),
        st.builds(do_spoil, st.just("force_mn"), st.sampled_from((0, 3_000, 3_000, 30_000))),
        st.builds(do_spoil, st.just("is_encoder_stuck"), st.sampled_from((False, False, True))),
        st.builds(do_spoil, st.just("is_step_stuck"), st.sampled_from((False, False, True))),
        st.builds(do_spoil, st.just("position_offset"), st.sampled_from((0, 0, 0, -50_000))),
        st.builds(do_spoil, st.just("link_frame_count"), st.integers(0, 2)),
        st.builds(do_spoil_once, st.just("extra_edge_count"), st.integers(1, 20)),
        st.builds(do_spoil_once, st.just("extra_encoder_count"), st.integers(-40, 40)),
    )
    press = st.builds(do_press, st.sampled_from(keys), st.sampled_from((1, 2, 3, 30)))
    calm = st.builds(do_wait, st.integers(1, 40), st.sampled_from((5_000, 20_000, 35_000)))
    rough = st.builds(do_wait, st.just(1), st.integers(1, 200_000))
    command = st.builds(do_command, st.sampled_from(commands), st.integers(0, 3))
    brief = st.just(do_brief_alarm)
    return st.lists(st.one_of(press, press, command, brief, spoil, calm, rough), max_size=30)


ANYTHING = actions(
    [
        *KEYS,
        *[panel.KEY_START] * 6,
        panel.KEY_START | panel.KEY_STOP,
        panel.KEY_PRIME | panel.KEY_CHECK,
    ],
    ["stage", "confirm", "cancel", "stop", "acknowledge", "audio_pause"],
)


@cache
def prepared(state: str) -> PumpBench:
    if state == "checked":
        bench = pico.booted()
        bench.prepare(ORDERS[0])
        return bench
    return in_state(state)


def watched_from(state: str) -> Watched:
    return Watched(deepcopy(prepared(state)))


STARTS = st.sampled_from(
    ("idle", "staged", "confirmed", "checked", "infusing", "paused", "held", "kvo", "complete")
)


@pytest.mark.requirement("OVR-09", "OVR-11", "LIB-16", "LIB-18", "DES-06")
@settings(max_examples=300)
@given(STARTS, ANYTHING)
def test_anything_in_any_order_breaks_no_rule(start: str, sequence: list[Action]) -> None:
    watched = watched_from(start)
    for act in sequence:
        act(watched)


@pytest.mark.requirement("OVR-09", "OVR-11", "ALM-12")
@settings(max_examples=120)
@given(
    st.sampled_from(("infusing", "paused", "staged", "checked", "kvo")),
    ANYTHING,
    st.sampled_from(("key", "link", "alarm", "fault")),
    actions(
        KEYS_WITHOUT_START,
        ["stage", "confirm", "cancel", "stop", "acknowledge", "audio_pause"],
    ),
)
def test_after_a_stop_nothing_moves_again_without_a_key_that_says_so(
    start: str, before: list[Action], stop: str, after: list[Action]
) -> None:
    """Stop is absorbing."""
    watched = watched_from(start)
    for act in before[:10]:
        act(watched)
    bench = watched.bench
    bench.keys = 0
    bench.extra_edge_count = 0
    if stop == "key":
        bench.keys = panel.KEY_STOP
        watched.tick(2)
        bench.keys = 0
    elif stop == "link":
        bench.kernel.stop()
        watched.disarm()
        watched.tick()
    elif stop == "alarm":
        bench.kernel._pulses |= 1 << 6
        watched.tick()
    else:
        bench.kernel.fail()
        watched.disarm()
        watched.tick()
    assert bench.outputs.abort
    edges = bench.stepper.edge_count
    for act in after:
        act(watched)
        assert bench.outputs.abort
        assert bench.stepper.edge_count == edges
    bench.tick(60)

    assert bench.stepper.edge_count == edges
    assert bench.state() not in GIVING


@pytest.mark.requirement("TST-13")
@settings(max_examples=60)
@given(st.sampled_from(("infusing", "paused", "checked", "staged", "kvo")), ANYTHING)
def test_a_fault_is_for_good(start: str, sequence: list[Action]) -> None:
    """Any key, any command."""
    watched = watched_from(start)
    watched.bench.kernel.fail()
    watched.disarm()
    watched.tick()
    edges = watched.bench.stepper.edge_count
    for act in sequence:
        act(watched)
        assert watched.bench.state() == "fault"
        assert watched.bench.outputs.abort

    assert watched.bench.stepper.edge_count == edges


@pytest.mark.requirement("OCC-06", "LIB-15", "LIB-16")
@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 60), st.sampled_from(("key", "link", "alarm"))), max_size=12)
)
def test_any_number_of_stops_gives_the_programme_exactly(
    stops: list[tuple[int, str]],
) -> None:
    """Not a step more or less, whoever stops it how often."""
    watched = watched_from("checked")
    bench = watched.bench
    bench.press(panel.KEY_START)
    for ticks, how in stops:
        watched.tick(ticks)
        if bench.state() != "infusing":
            break
        if how == "key":
            bench.press(panel.KEY_STOP)
        elif how == "link":
            bench.kernel.stop()
        else:
            bench.is_closed = False
            bench.tick(3)
            bench.is_closed = True
            bench.tick(3)
            bench.press(panel.KEY_ACKNOWLEDGE)
        bench.tick(5)
        bench.press(panel.KEY_START)
        bench.press(panel.KEY_START)
    bench.tick(400)

    purged = bench.kernel.motion.purged_steps
    assert bench.state() == "complete"
    assert bench.outputs.delivered_microsteps == bench.programme.microsteps
    assert bench.driven_step_count == bench.programme.microsteps + purged


@pytest.mark.requirement("OCC-06")
def test_more_drawn_back_than_was_given_can_be_told() -> None:
    """A line that is blocked from the first drop on, and edges beyond those that were queued."""
    watched = watched_from("infusing")
    for act in (
        do_spoil("force_mn", 30_000),
        do_wait(22, 35_000),
        do_spoil_once("extra_edge_count", 15),
    ):
        act(watched)
    watched.bench.extra_edge_count = 0
    watched.tick(2)

    assert watched.bench.outputs.delivered_microsteps < 0
