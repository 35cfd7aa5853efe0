"""The plunger's driver, on a chip that remembers what was done to it."""

from itertools import pairwise

import pytest
from board.rp2.driven import DIR, ENABLE, GATE, STEP, driver, driving, make_plunger
from board.rp2.fakes import Chip

from pumpcore.tick_io import MAX_WORDS, Outputs


@pytest.mark.requirement("TST-03")
def test_a_new_plunger_has_its_outputs_low_before_any_machine_has_them(chip: Chip) -> None:
    make_plunger(chip)

    pins = [entry for entry in chip.built if entry[0] == "pin"]
    assert pins == [("pin", STEP, 0), ("pin", DIR, 1), ("pin", GATE, 0), ("pin", ENABLE, 0)]
    assert [entry for entry in chip.built if entry[0] not in ("pin", "edge_count")] == []
    assert [m.is_active for m in chip.machines.values()] == [False, True, False, False]


def test_machines_have_the_clocks_and_pins_of_their_programs(chip: Chip) -> None:
    make_plunger(chip)
    programs = driver("programs")

    assert {n: (m.program.name, m.freq) for n, m in chip.machines.items()} == {
        0: ("stepper", programs.STEPPER_HZ),
        1: ("edge_count", programs.COUNTER_HZ),
        2: ("limiter", programs.LIMITER_HZ),
        3: ("heartbeat", programs.HEARTBEAT_HZ),
    }
    limiter = chip.named("limiter")
    assert (limiter.in_base.number, limiter.jmp_pin.number) == (STEP, STEP)
    assert limiter.drives.number == GATE
    assert chip.named("stepper").drives.number == STEP
    assert chip.named("edge_count").in_base.number == STEP
    assert chip.named("heartbeat").drives.number == ENABLE


@pytest.mark.requirement("TST-03")
def test_nothing_is_done_until_a_tick_may_enable(chip: Chip) -> None:
    plunger = make_plunger(chip)
    idle = driving(11)
    idle.may_enable = False
    aborted = driving(11)
    aborted.abort = True

    plunger.drive(Outputs())
    plunger.drive(idle)
    plunger.drive(aborted)

    assert chip.log == []


def test_direction_and_limiter_come_before_the_first_beat_and_the_first_word(chip: Chip) -> None:
    plunger = make_plunger(chip)

    plunger.drive(driving(11, 12))

    loops = 320 * 25 // 4 - 14
    assert chip.log[:5] == [
        ("pin", DIR, 1),
        ("limiter", "active", 1),
        ("limiter", "put", loops),
        ("heartbeat", "active", 1),
        ("stepper", "active", 1),
    ]
    assert chip.did("dma")[-1] == ("dma", "start", 2)
    assert chip.channels[0].request == 0


def test_the_limiter_trips_below_the_shortest_interval_to_the_cycle(chip: Chip) -> None:
    """320 us are 4,000 cycles; a word n guards 2n + 28 of them, see test_programs."""
    plunger = make_plunger(chip)

    plunger.drive(driving())

    assert 2 * chip.named("limiter").tx[0] + 28 == 4_000


def test_an_interval_that_the_limiter_cannot_guard_is_refused_and_nothing_runs(
    chip: Chip,
) -> None:
    plunger = make_plunger(chip)
    outputs = driving(11)
    outputs.minimum_interval_us = 2

    with pytest.raises(ValueError, match="minimum_interval_us: 2"):
        plunger.drive(outputs)

    assert chip.log == []


def test_backward_is_dir_low(chip: Chip) -> None:
    plunger = make_plunger(chip)
    outputs = driving()
    outputs.is_forward = False

    plunger.drive(outputs)

    assert chip.levels[DIR] == 0


def test_words_reach_the_stepper_in_order_whenever_the_channel_takes_them(chip: Chip) -> None:
    plunger = make_plunger(chip)
    channel_moves = (0, 3, 1, 0, 7, 2, 5)
    queued = []
    for tick, moves in enumerate(channel_moves):
        words = [100 * tick + index + 1 for index in range(3)]
        queued += words
        plunger.drive(driving(*words))
        chip.channels[0].move(moves)
    chip.channels[0].move(MAX_WORDS)

    assert chip.channels[0].moved == queued


@pytest.mark.parametrize("moved_meanwhile", [0, 1, 5, 31, 32, 40, 300])
def test_words_that_the_channel_moves_while_a_tick_copies_are_not_moved_twice(
    chip: Chip, moved_meanwhile: int
) -> None:
    plunger = make_plunger(chip)
    words = list(range(1, 61))
    plunger.drive(driving(*words))
    channel = chip.channels[0]
    channel.move(7)
    channel.moved_during_a_look = moved_meanwhile

    plunger.drive(driving(*range(61, 71)))
    channel.moved_during_a_look = 0
    channel.move(MAX_WORDS)

    assert channel.moved == [*words, *range(61, 71)]


def test_the_channel_never_reads_the_buffer_that_is_written(chip: Chip) -> None:
    plunger = make_plunger(chip)
    for _ in range(4):
        plunger.drive(driving(1, 2, 3))

    buffers = [view.obj for view in chip.channels[0].buffers]
    assert all(a is not b for a, b in pairwise(buffers))
    assert len({id(buffer) for buffer in buffers}) == 2


def test_a_queue_that_would_overflow_is_refused_and_keeps_what_it_had(chip: Chip) -> None:
    plunger = make_plunger(chip)
    plunger.drive(driving(*range(1, MAX_WORDS - 4)))

    with pytest.raises(OverflowError, match="stepper queue"):
        plunger.drive(driving(*range(6)))

    chip.channels[0].move(MAX_WORDS)
    assert chip.channels[0].moved == list(range(1, MAX_WORDS - 4))


def test_a_full_queue_is_taken(chip: Chip) -> None:
    plunger = make_plunger(chip)
    plunger.drive(driving(*range(1, MAX_WORDS - 4)))

    plunger.drive(driving(*range(5)))

    assert chip.did("dma")[-1] == ("dma", "start", MAX_WORDS)


def test_a_tick_without_words_leaves_the_queue_alone(chip: Chip) -> None:
    plunger = make_plunger(chip)
    plunger.drive(driving(1, 2))
    before = len(chip.did("dma"))

    plunger.drive(driving())

    assert len(chip.did("dma")) == before


class ChargePump:
    """Takes the beats of the heartbeat's FIFO in time: a word n lasts n + 1 beats of 100 us."""

    def __init__(self, chip: Chip) -> None:
        """Nothing beats."""
        self._words = chip.named("heartbeat").tx
        self._ends_at_us = 0

    def left_us(self, now_us: int) -> int:
        """How long it beats on if no tick comes any more; negative if it has ended before."""
        while self._words and self._ends_at_us <= now_us:
            self._ends_at_us += self._span_us(self._words.popleft())
        return self._ends_at_us - now_us + sum(map(self._span_us, self._words))

    def start(self, now_us: int) -> None:
        """The first word is pulled now."""
        self._ends_at_us = now_us

    def _span_us(self, word: int) -> int:
        return (word + 1) * 100


@pytest.mark.requirement("OVR-09")
@pytest.mark.parametrize("tick_us", [19_000, 20_000, 21_000, 27_300, 35_000])
def test_enable_outlives_the_longest_tick_and_dies_within_60_ms(chip: Chip, tick_us: int) -> None:
    plunger = make_plunger(chip)
    pump = ChargePump(chip)
    left_us = []
    for now_us in range(tick_us, 200 * tick_us, tick_us):
        if left_us:
            assert pump.left_us(now_us) > 0
        else:
            pump.start(now_us)
        plunger.drive(driving())
        left_us.append(pump.left_us(now_us))

    assert min(left_us) >= 36_000
    assert max(left_us) <= 54_000


@pytest.mark.requirement("OVR-09")
def test_stop_drops_channel_words_beats_and_gate_and_then_stands(chip: Chip) -> None:
    plunger = make_plunger(chip)
    plunger.drive(driving(1, 2, 3))
    stepper = chip.named("stepper")
    stepper.tx.extend(range(8))
    chip.levels.update({STEP: 1, GATE: 1, ENABLE: 1})
    chip.log.clear()

    plunger.stop()

    assert chip.log[:2] == [("dma", "abort"), ("stepper", "active", 0)]
    for name in ("stepper", "heartbeat", "limiter"):
        done = [entry[1:] for entry in chip.did(name)]
        assert done[0] == ("active", 0)
        assert done[-1] == ("restart",)
        assert done[1:-1] == [("exec", 0x8080)] * 8 + [("exec", 0xE000)]
        assert not chip.named(name).tx
        assert not chip.named(name).is_active
    assert (chip.levels[STEP], chip.levels[GATE], chip.levels[ENABLE]) == (0, 0, 0)
    channel = chip.channels[0]
    channel.move(MAX_WORDS)
    assert channel.moved == []


def test_a_tick_that_aborts_stops(chip: Chip) -> None:
    plunger = make_plunger(chip)
    plunger.drive(driving(1, 2, 3))
    chip.log.clear()

    plunger.drive(Outputs())

    assert chip.log[0] == ("dma", "abort")
    assert not chip.named("heartbeat").is_active


def test_a_second_stop_does_nothing(chip: Chip) -> None:
    plunger = make_plunger(chip)
    plunger.drive(driving(1))
    plunger.stop()
    chip.log.clear()

    plunger.stop()

    assert chip.log == []


def test_after_a_stop_driving_begins_afresh_with_new_words_only(chip: Chip) -> None:
    plunger = make_plunger(chip)
    plunger.drive(driving(1, 2, 3))
    plunger.stop()
    chip.log.clear()

    plunger.drive(driving(7, 8))
    chip.channels[0].move(MAX_WORDS)

    assert chip.log[1:3] == [("limiter", "active", 1), ("limiter", "put", 1986)]
    assert chip.channels[0].moved == [7, 8]
    assert len(chip.named("limiter").tx) == 1


def test_a_start_that_fails_half_way_can_be_stopped(
    chip: Chip, monkeypatch: pytest.MonkeyPatch
) -> None:
    plunger = make_plunger(chip)

    def fail(_value: int) -> None:
        raise MemoryError

    monkeypatch.setattr(chip.named("heartbeat"), "put", fail)
    with pytest.raises(MemoryError):
        plunger.drive(driving(1))

    plunger.stop()

    assert [m.is_active for m in chip.machines.values()] == [False, True, False, False]


def test_a_stop_that_was_interrupted_is_done_again(
    chip: Chip, monkeypatch: pytest.MonkeyPatch
) -> None:
    plunger = make_plunger(chip)
    plunger.drive(driving(1))
    with monkeypatch.context() as broken:
        broken.setattr(chip.named("heartbeat"), "restart", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            plunger.stop()

    plunger.stop()

    assert [m.is_active for m in chip.machines.values()] == [False, True, False, False]
    assert not chip.named("limiter").tx


def _interrupt() -> None:
    raise KeyboardInterrupt
