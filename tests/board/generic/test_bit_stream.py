"""STEP as a bit stream: words come out at their cycles, and nothing runs without a tick."""

import importlib
import random
from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from board.generic.streaming import DIR, ENABLE, GATE, PROFILE, STEP, US_PER_TICK, Chip

from evenflow.emulator.controller.bit_stream import PART_BYTES
from pumpcore.check_in import ACTED
from pumpcore.motion import ENABLE_TICKS, SETTLE_TICKS
from pumpcore.pacer import Pacer
from pumpcore.tick_io import Outputs

pytestmark = pytest.mark.requirement("OVR-09", "DES-03")

NS_PER_CYCLE = 80
FL = 174_984_400


class Motion:
    """Ticks of a driver with the words of a real pacer."""

    def __init__(self, chip: Chip, rate_ul_per_h: int, steps: int) -> None:
        """At rest."""
        self.chip = chip
        self.plunger = importlib.import_module("pumpboard.generic.bit_stream").Plunger(
            PROFILE, chip.part_bytes, drains=chip.part_bytes == PART_BYTES["stm32"]
        )
        # As pumpcore.motion has it.
        self.wordless_ticks = ENABLE_TICKS
        self.pacer = Pacer()
        self.pacer.start(rate_ul_per_h, FL, steps)
        self.outputs = Outputs()
        self.outputs.abort = False
        self.outputs.may_enable = True
        self.outputs.minimum_interval_us = 300
        self.words: list[int] = []
        self.first_words_us = 0
        self.passed_us = 0

    def tick(self, span_us: int = US_PER_TICK) -> None:
        outputs = self.outputs
        outputs.word_count = 0
        if self.wordless_ticks:
            self.wordless_ticks -= 1
        else:
            self.first_words_us = self.first_words_us or self.chip.now_us
            outputs.word_count = self.pacer.fill(self.passed_us, outputs.words)
        self.words += outputs.words[: outputs.word_count]
        assert self.plunger.drive(outputs) == ACTED
        self.chip.pass_us(span_us)
        self.passed_us = span_us

    def commanded_ns(self) -> list[int]:
        """Moments of the steps from the first word on."""
        spans = [((word >> 1) + 29) * NS_PER_CYCLE for word in self.words]
        starts = [0, *accumulate(spans)]
        return [at for at, word in zip(starts, self.words, strict=False) if word & 1]


@pytest.mark.parametrize("rate_ul_per_h", [1_000, 26_250, 26_251, 1_200_000])
def test_every_step_leaves_at_its_moment_to_the_microsecond(
    chip: Chip, rate_ul_per_h: int
) -> None:
    noise = random.Random(rate_ul_per_h)
    motion = Motion(chip, rate_ul_per_h, 20_000)
    for _ in range(400):
        # As late as a tick may be.
        motion.tick(US_PER_TICK + noise.choice([0, 0, 0, 50, 2_000, 14_900]))

    found = chip.edges_ns
    wanted = motion.commanded_ns()[: len(found)]
    latencies = [at - due for at, due in zip(found, wanted, strict=True)]
    assert len(found) > 5
    assert max(latencies) - min(latencies) <= 1_000
    assert chip.stream is not None
    # The silence alone has found it idle.
    assert chip.stream.gap_count == 1
    # The first part is silence, and begins with the next that DMA moves.
    begun_us = latencies[0] // 1_000 - motion.first_words_us
    assert 0 <= begun_us <= 2 * chip.part_bytes * 8


def test_a_million_steps_are_off_by_no_more_than_the_first(chip: Chip) -> None:
    motion = Motion(chip, 1_200_000, 1_000_000)
    counted = 0
    first_ns = last_ns = 0
    while motion.pacer.issued_steps < 1_000_000:
        motion.tick()
        motion.words.clear()
        if chip.edges_ns:
            counted += len(chip.edges_ns)
            first_ns = first_ns or chip.edges_ns[0]
            last_ns = chip.edges_ns[-1]
            chip.edges_ns.clear()

    period_ns = Fraction(45 * FL, 1_200_000) * NS_PER_CYCLE
    assert abs(last_ns - first_ns - (counted - 1) * period_ns) <= 1_000 + NS_PER_CYCLE


@pytest.mark.parametrize("steps", [1, 2, 37])
def test_the_last_step_leaves_though_no_word_follows(chip: Chip, steps: int) -> None:
    motion = Motion(chip, 1_200_000, steps)
    for _ in range(8):
        motion.tick()

    assert len(chip.edges_ns) == steps


def test_without_a_tick_the_stream_ends_within_80_ms_and_enable_has_no_edge(chip: Chip) -> None:
    motion = Motion(chip, 1_200_000, 100_000)
    for _ in range(20):
        motion.tick()
    last_tick_us = chip.now_us - US_PER_TICK
    chip.pass_us(500_000)

    assert (chip.edges_ns[-1] // 1_000 - last_tick_us) <= 80_000
    assert chip.toggles(ENABLE)[-1] == last_tick_us


def test_enable_gets_an_edge_a_tick_and_the_gate_is_open_meanwhile(chip: Chip) -> None:
    motion = Motion(chip, 26_250, 1_000)
    begun_us = chip.now_us
    for _ in range(5):
        motion.tick()

    assert chip.toggles(ENABLE) == [begun_us + tick * US_PER_TICK for tick in range(5)]
    assert chip.toggles(GATE) == [begun_us]
    assert chip.level(DIR) == 1


def test_an_abort_drops_stream_gate_and_enable_in_the_same_tick(chip: Chip) -> None:
    motion = Motion(chip, 1_200_000, 100_000)
    for _ in range(4):
        motion.tick()
    seen = len(chip.edges_ns)
    motion.outputs.abort = True
    motion.plunger.drive(motion.outputs)
    stopped_us = chip.now_us
    chip.pass_us(200_000)

    assert len(chip.edges_ns) == seen
    assert chip.levels[GATE][-1] == (stopped_us, 0)
    assert chip.levels[ENABLE][-1] == (stopped_us, 0)
    assert chip.levels[STEP][-1] == (stopped_us, 0)


def test_what_was_queued_before_a_stop_never_comes_and_the_next_motion_is_whole(
    chip: Chip,
) -> None:
    motion = Motion(chip, 1_200_000, 100_000)
    for _ in range(4):
        motion.tick()
    motion.outputs.abort = True
    chip.edges_ns.clear()
    for _ in range(SETTLE_TICKS):
        motion.plunger.drive(motion.outputs)
        chip.pass_us(US_PER_TICK)
    assert chip.edges_ns == []
    motion.wordless_ticks = ENABLE_TICKS
    motion.outputs.abort = False
    motion.outputs.is_forward = False
    motion.pacer.start(600_000, FL, 50)
    motion.words.clear()
    motion.passed_us = 0
    for _ in range(10):
        motion.tick()

    spans = [after - before for before, after in pairwise(chip.edges_ns)]
    wanted = [after - before for before, after in pairwise(motion.commanded_ns())]
    assert len(chip.edges_ns) == 50
    assert all(abs(a - b) <= 1_000 for a, b in zip(spans, wanted, strict=True))
    assert chip.level(DIR) == 0
    assert chip.streams == 2


def test_a_stop_while_stopped_does_nothing(chip: Chip) -> None:
    motion = Motion(chip, 26_250, 10)
    before = {pin: list(levels) for pin, levels in chip.levels.items()}
    motion.plunger.stop()

    assert chip.levels == before
    assert chip.streams == 1


def test_a_step_sooner_than_the_shortest_interval_is_refused(chip: Chip) -> None:
    motion = Motion(chip, 26_250, 10)
    cycles = 300 * 25 // 2
    motion.outputs.words[:3] = [((one - 29) << 1) | 1 for one in (cycles, cycles - 1, cycles)]
    motion.outputs.word_count = 2
    motion.plunger.drive(motion.outputs)
    chip.pass_us(US_PER_TICK)
    motion.outputs.words[0] = ((cycles - 29) << 1) | 1
    motion.outputs.word_count = 1

    with pytest.raises(ValueError, match="a step sooner"):
        motion.plunger.drive(motion.outputs)
    motion.plunger.stop()
    chip.pass_us(100_000)
    assert chip.level(GATE) == 0


def test_more_words_than_the_buffer_holds_are_refused(chip: Chip) -> None:
    motion = Motion(chip, 26_250, 10)
    motion.outputs.words[:5] = [(250_000 - 29) << 1] * 5
    motion.outputs.word_count = 5

    with pytest.raises(OverflowError, match="stepper queue"):
        motion.plunger.drive(motion.outputs)


def test_words_before_the_transmitter_is_there_again_are_refused(chip: Chip) -> None:
    motion = Motion(chip, 1_200_000, 100_000)
    for _ in range(6):
        motion.tick()
    motion.outputs.abort = True
    motion.plunger.drive(motion.outputs)
    motion.outputs.abort = False
    if chip.part_bytes == PART_BYTES["esp32"]:
        motion.tick()
        assert chip.level(GATE) == 1
        return

    with pytest.raises(RuntimeError, match="words before"):
        motion.tick()


def test_the_last_resort_closes_the_transmitter_and_what_is_left_in_it_never_comes(
    chip: Chip,
) -> None:
    motion = Motion(chip, 1_200_000, 100_000)
    for _ in range(6):
        motion.tick()
    chip.edges_ns.clear()
    motion.plunger.stop()
    assert chip.stream is None
    motion.outputs.abort = True
    for _ in range(10):
        motion.plunger.drive(motion.outputs)
        chip.pass_us(US_PER_TICK)

    assert chip.edges_ns == []
    assert chip.level(GATE) == chip.level(ENABLE) == 0
