"""The program `stepper` and its DMA channel, to the cycle."""

import pytest

from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.controller.stepper import Channel, Stepper

CYCLE_NS = 80
MS_NS = 1_000_000
DEPTH = 8


def word(cycles: int, *, is_step: bool = True) -> int:
    return (cycles - 29) << 1 | is_step


def stepper() -> Stepper:
    subject = Stepper(12_500_000, DEPTH)
    subject.begin(0)
    return subject


def armed(subject: Stepper, words: list[int], now_ns: int = 0) -> Channel:
    channel = Channel(0)
    channel.loaded = words
    subject.start(channel, now_ns)
    return channel


def edges(subject: Stepper, until_ns: int) -> list[int]:
    found: list[int] = []
    subject.run(until_ns, found)
    return found


def test_edges_come_one_cycle_after_their_pull_and_exactly_a_word_apart() -> None:
    subject = stepper()
    armed(subject, [word(1000), word(500, is_step=False), word(1000), word(77)])

    assert edges(subject, MS_NS) == [cycle * CYCLE_NS for cycle in (1, 1501, 2501)]


def test_the_span_of_the_runs_changes_nothing() -> None:
    words = [word(300 + 17 * n, is_step=n % 3 != 0) for n in range(200)]
    whole = stepper()
    armed(whole, words)
    parts = stepper()
    armed(parts, words)

    found: list[int] = []
    for until_ns in range(0, 50 * MS_NS, 12_345):
        parts.run(until_ns, found)
    assert found == edges(whole, 50 * MS_NS)


def test_starved_it_stops_and_later_words_only_come_later() -> None:
    subject = stepper()
    armed(subject, [word(1000)])
    assert len(edges(subject, 5 * MS_NS)) == 1
    assert edges(subject, 10 * MS_NS) == []

    subject.put(word(1000), 10 * MS_NS)
    subject.put(word(1000), 10 * MS_NS)
    assert edges(subject, 20 * MS_NS) == [10 * MS_NS + 80, 10 * MS_NS + 80 + 80_000]


def test_a_word_that_comes_in_time_follows_without_a_gap() -> None:
    subject = stepper()
    armed(subject, [word(100_000)])
    edges(subject, MS_NS)
    subject.put(word(1000), MS_NS)

    assert edges(subject, 10 * MS_NS) == [100_001 * CYCLE_NS]


def test_the_channel_counts_what_the_fifo_has_not_taken() -> None:
    subject = stepper()
    channel = armed(subject, [word(1000)] * 20)
    assert (subject.fifo_count, channel.remaining) == (8, 12)

    # The first word is pulled at once; ten and a half words last 0.84 ms.
    edges(subject, 840_000)
    assert (subject.fifo_count, channel.remaining) == (8, 1)
    edges(subject, 2 * MS_NS)
    assert (subject.fifo_count, channel.remaining, channel.is_busy) == (0, 0, False)


def test_an_aborted_channel_leaves_the_fifo_to_run_out() -> None:
    subject = stepper()
    channel = armed(subject, [word(1000)] * 20)
    edges(subject, 40_000)
    subject.abort(channel)

    assert (subject.fifo_count, channel.remaining) == (8, 0)
    assert len(edges(subject, 10 * MS_NS)) == 8


def test_what_was_aborted_is_not_found_behind_the_next_transfer() -> None:
    subject = stepper()
    channel = armed(subject, [word(1000)] * 20)
    subject.abort(channel)
    armed(subject, [word(2000, is_step=False)] * 3)

    assert len(edges(subject, 10 * MS_NS)) == 8


def test_a_paused_channel_keeps_its_count() -> None:
    subject = stepper()
    channel = armed(subject, [word(1000)] * 20)
    subject.pause(channel, 0, paused=True)
    assert len(edges(subject, 10 * MS_NS)) == 8
    assert channel.remaining == 12

    subject.pause(channel, 10 * MS_NS, paused=False)
    assert len(edges(subject, 20 * MS_NS)) == 12


def test_halt_pulls_and_restart_drop_everything_at_once() -> None:
    subject = stepper()
    channel = armed(subject, [word(1000)] * 20)
    edges(subject, 40_000)
    subject.abort(channel)
    subject.halt(40_000)
    for _ in range(DEPTH):
        subject.pull()
    subject.restart(40_000)
    subject.begin(40_000)

    assert edges(subject, 10 * MS_NS) == []


def test_halted_in_a_word_it_goes_on_where_it_was() -> None:
    subject = stepper()
    armed(subject, [word(1000), word(1000)])
    edges(subject, 40_000)
    subject.halt(40_000)
    assert edges(subject, MS_NS) == []

    subject.begin(MS_NS)
    assert edges(subject, 2 * MS_NS) == [MS_NS + 40_000 + 80]


def test_chained_channels_follow_each_other() -> None:
    subject = stepper()
    first, second = Channel(0), Channel(1)
    second.loaded = [word(1000)] * 10
    first.loaded = [word(1000)] * 10
    first.chain = second
    subject.start(first, 0)

    assert len(edges(subject, 10 * MS_NS)) == 20


def test_misuse_is_refused_by_name() -> None:
    subject = stepper()
    channel = armed(subject, [word(1000)] * 20)
    with pytest.raises(EmulationError, match="nothing configured"):
        subject.start(Channel(3), 0)
    with pytest.raises(EmulationError, match="words would mix"):
        armed(subject, [1])
    with pytest.raises(EmulationError, match="feeds the same FIFO"):
        subject.put(1, 0)
    channel.loaded = [1]
    with pytest.raises(EmulationError, match="still active"):
        subject.start(channel, 0)


def test_a_frequency_without_whole_nanoseconds_is_refused() -> None:
    with pytest.raises(EmulationError, match="3000000"):
        Stepper(3_000_000, DEPTH)
