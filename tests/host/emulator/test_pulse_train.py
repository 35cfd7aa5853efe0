"""One channel of the esp32's RMT, to the half nanosecond."""

from evenflow.emulator.controller.pulse_train import PulseTrain
from evenflow.emulator.overlay._layout_esp32 import RMT_LOOPS

# 100 ns a unit
DIVIDER = 8
UNIT_NS = 100
MS_NS = 1_000_000
PIN = 2


def pulses(*spans: int, first: int = 1) -> list[int]:
    return [units << 1 | (first + place & 1) for place, units in enumerate(spans)]


def train(*, idle_level: int = 0, divider: int = DIVIDER) -> PulseTrain:
    return PulseTrain(PIN, idle_level, divider)


def sent(subject: PulseTrain, *spans: int, at_ns: int = 0, loops: bool = False) -> PulseTrain:
    subject.load(pulses(*spans))
    subject.start(at_ns, loops=loops)
    return subject


def edges(subject: PulseTrain, until_ns: int) -> list[int]:
    found: list[int] = []
    subject.run(until_ns, found)
    return found


def test_the_pin_rises_where_the_pulses_say() -> None:
    subject = sent(train(), 20, 80, 20, 180, 5, 5)

    assert edges(subject, MS_NS) == [0, 10_000, 30_000]
    assert subject.is_idle
    assert subject.last_edge_at_ns() == 30_500


def test_half_nanoseconds_do_not_add_up() -> None:
    subject = sent(train(divider=1), *[1] * 4000)

    found = edges(subject, MS_NS)
    assert found == [25 * place for place in range(2000)]


def test_neighbours_of_one_level_are_one_pulse() -> None:
    subject = train()
    subject.load([10 << 1 | 1, 10 << 1 | 1, 10 << 1, 10 << 1 | 1])
    subject.start(0, loops=False)

    assert edges(subject, MS_NS) == [0, 30 * UNIT_NS]


def test_the_span_of_the_runs_changes_nothing() -> None:
    whole, parts = (sent(train(), *range(1, 90), loops=True) for _ in range(2))

    found: list[int] = []
    for until_ns in range(0, 3 * MS_NS, 7_777):
        parts.run(until_ns, found)
    assert found == edges(whole, max(range(0, 3 * MS_NS, 7_777)))


def test_a_loop_goes_on_until_the_round_in_which_it_is_ended() -> None:
    subject = sent(train(), 10, 90, loops=True)
    assert subject.last_edge_at_ns() > 1 << 60
    assert edges(subject, 45_000) == [0, 10_000, 20_000, 30_000, 40_000]
    assert subject.reading(45_000) == 5 | RMT_LOOPS

    subject.end_loop(45_000)
    assert subject.reading(45_000) == 5
    assert subject.last_edge_at_ns() == 41_000
    assert edges(subject, MS_NS) == []
    assert subject.reading(MS_NS) == 0


def test_what_follows_a_loop_begins_at_the_end_of_its_round() -> None:
    subject = sent(train(), 10, 90, loops=True)
    assert edges(subject, 15_000) == [0, 10_000]
    sent(subject, 30, 30, 40, at_ns=15_000)

    assert subject.longest_pause_ns() == 9_000
    assert subject.last_edge_at_ns() == 30_000
    assert edges(subject, MS_NS) == [20_000, 26_000]
    assert subject.last_edge_at_ns() == 30_000


def test_an_idle_level_of_one_makes_an_edge_at_the_end() -> None:
    subject = train(idle_level=1)
    subject.load(pulses(10, 10, first=0) + pulses(10, first=0))
    subject.start(0, loops=False)

    assert subject.last_edge_at_ns() == 3_000
    assert edges(subject, MS_NS) == [1_000, 3_000]
    assert subject.last_edge_at_ns() == 3_000


def test_a_level_that_stays_has_no_edges() -> None:
    subject = train()
    before_ns = subject.last_edge_at_ns()
    subject.load([10 << 1])
    subject.start(0, loops=True)

    assert edges(subject, MS_NS) == []
    assert subject.last_edge_at_ns() == before_ns


def test_only_a_pause_before_a_transmission_is_a_gap() -> None:
    subject = sent(train(), 10, 10)
    subject.run(2_500, [])
    sent(subject, 10, 10, at_ns=3_000)
    assert subject.gap_count == 1

    subject.run(MS_NS, [])
    sent(subject, 10, 10, at_ns=MS_NS)
    assert subject.gap_count == 2
