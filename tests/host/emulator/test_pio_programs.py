"""Heartbeat, limiter, counters and the HX711's reader."""

import pytest

from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.controller.programs import Counter, Heartbeat, Limiter, Receiver

MS_NS = 1_000_000


def heartbeat() -> Heartbeat:
    subject = Heartbeat(200_000, 4, pin=4)
    subject.begin(0)
    return subject


def test_a_heartbeat_word_makes_one_period_more_than_its_value() -> None:
    subject = heartbeat()
    subject.put(199, 0)

    # 200 periods of 100 us from the second cycle of 5 us on; the last falls half a period earlier.
    assert subject.last_edge_at_ns() == 20 * MS_NS - 50_000 + 10_000


def test_heartbeat_words_follow_each_other() -> None:
    subject = heartbeat()
    subject.put(199, 0)
    subject.put(199, 0)
    subject.put(199, 15 * MS_NS)

    assert subject.last_edge_at_ns() == 60 * MS_NS - 50_000 + 3 * 10_000
    assert subject.reading(15 * MS_NS) == 2
    assert subject.reading(45 * MS_NS) == 0


def test_a_late_heartbeat_word_starts_when_it_comes() -> None:
    subject = heartbeat()
    subject.put(199, 0)
    subject.put(199, 30 * MS_NS)

    assert subject.last_edge_at_ns() == 50 * MS_NS - 50_000 + 10_000


def test_a_halted_heartbeat_is_silent_at_once() -> None:
    subject = heartbeat()
    subject.put(199, 0)
    subject.put(199, 0)
    subject.halt(5 * MS_NS)

    assert subject.last_edge_at_ns() == 5 * MS_NS
    assert subject.reading(5 * MS_NS) == 1
    subject.pull()
    subject.restart(5 * MS_NS)
    subject.begin(6 * MS_NS)
    assert subject.last_edge_at_ns() == 5 * MS_NS


def test_a_full_heartbeat_fifo_is_refused() -> None:
    subject = heartbeat()
    for _ in range(5):
        subject.put(199, 1)
    with pytest.raises(EmulationError):
        subject.put(199, 1)


def armed_limiter(word: int) -> Limiter:
    subject = Limiter(12_500_000, gate_pin=5)
    subject.begin(0)
    assert subject.gate_level == 0
    subject.put(word, 0)
    assert subject.gate_level == 1
    return subject


def test_the_limiter_trips_one_cycle_below_its_interval_and_not_at_it() -> None:
    # 2 * 1000 + 28 cycles of 80 ns
    interval_ns = 2028 * 80
    sound = armed_limiter(1000)
    assert all(sound.allows(n * interval_ns) for n in range(100))
    assert sound.gate_level == 1

    subject = armed_limiter(1000)
    assert subject.allows(0)
    assert not subject.allows(interval_ns - 80)
    assert subject.gate_level == 0
    assert not subject.allows(10 * interval_ns)


def test_a_tripped_limiter_stays_shut_until_restart_and_word() -> None:
    subject = armed_limiter(1000)
    subject.allows(0)
    subject.allows(80)
    subject.put(1000, 0)
    assert subject.gate_level == 0

    subject.pull()
    subject.restart(0)
    assert subject.gate_level == 0
    subject.put(1000, 0)
    assert subject.gate_level == 1


def test_the_limiter_guards_only_while_it_runs() -> None:
    subject = armed_limiter(1000)
    subject.allows(0)
    subject.halt(0)
    subject.set_pins(0)

    assert not subject.allows(80)


def test_a_counter_counts_while_active_modulo_two_to_the_32() -> None:
    at_pin = [10]
    subject = Counter(lambda: -at_pin[0])
    subject.begin(0)
    at_pin[0] += 5
    assert subject.reading(0) == (1 << 32) - 5

    subject.halt(0)
    at_pin[0] += 100
    subject.begin(0)
    at_pin[0] += 1
    assert subject.reading(0) == (1 << 32) - 6


def test_conversions_are_lost_when_the_fifo_is_full() -> None:
    subject = Receiver()
    subject.push(1)
    subject.begin(0)
    for value in range(20):
        subject.push(value)

    assert subject.words == list(range(8))
