"""The RP2040 drivers, on a chip that remembers what was done to it."""

import importlib
import sys
import time
import types
from collections.abc import Iterator
from itertools import pairwise

import pytest
from board.rp2.fakes import Chip

from pumpcore import panel
from pumpcore.tick_io import MAX_WORDS, Inputs, Outputs

STEP, DIR, ENABLE, GATE = 2, 3, 4, 5


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chip]:
    """A chip whose modules `machine` and `rp2` the drivers import."""
    made = Chip()
    _forget_drivers()
    for name, module in made.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    yield made
    _forget_drivers()


def _forget_drivers() -> None:
    for name in [name for name in sys.modules if name.startswith("pumpboard.rp2")]:
        del sys.modules[name]


def driver(name: str) -> types.ModuleType:
    return importlib.import_module("pumpboard.rp2." + name)


def make_plunger(chip: Chip) -> object:
    plunger = driver("plunger").Plunger(STEP, DIR, ENABLE, GATE)
    chip.built = list(chip.log)
    chip.log.clear()
    return plunger


def driving(*words: int) -> Outputs:
    outputs = Outputs()
    outputs.abort = False
    outputs.may_enable = True
    outputs.minimum_interval_us = 320
    outputs.word_count = len(words)
    outputs.words[: len(words)] = words
    return outputs


# ---- plunger ---------------------------------------------------------------------------------


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


def test_the_gate_is_read_at_its_pin(chip: Chip) -> None:
    plunger = make_plunger(chip)

    levels = []
    for level in (0, 1):
        chip.levels[GATE] = level
        levels.append(plunger.is_gate_open())

    assert levels == [False, True]


# ---- counters and sensors --------------------------------------------------------------------


def test_the_audit_reads_the_complement_of_x(chip: Chip) -> None:
    plunger = make_plunger(chip)
    chip.named("edge_count").x = -(70_000 + 1)

    assert plunger.audit.count() == 70_000 & 0xFFFF


@pytest.mark.parametrize(("x_a", "x_b", "moved"), [(-5, 0, 5), (0, 4, 4), (3, -4, -7)])
def test_the_encoder_adds_up_both_halves(chip: Chip, x_a: int, x_b: int, moved: int) -> None:
    machine = sys.modules["machine"]
    counter = driver("counter").QuadratureCounter(4, machine.Pin(6), machine.Pin(7))
    before = counter.count()
    chip.machines[4].x, chip.machines[5].x = x_a, x_b

    assert (counter.count() - before) & 0xFFFF == moved & 0xFFFF
    assert [(m.in_base.number, m.jmp_pin.number) for m in chip.machines.values()] == [
        (6, 7),
        (7, 6),
    ]


def profile() -> dict[str, int]:
    keys = ("plunger", "barrel"), ("start", "stop", "acknowledge", "audio_pause", "prime", "check")
    seats = {f"seat.{key}_pin": 10 + index for index, key in enumerate(keys[0])}
    panels = {f"panel.{key}_pin": 12 + index for index, key in enumerate(keys[1])}
    return {
        "plunger.step_pin": STEP,
        "plunger.dir_pin": DIR,
        "plunger.enable_pin": ENABLE,
        "plunger.gate_pin": GATE,
        "encoder.a_pin": 6,
        "encoder.b_pin": 7,
        "force.data_pin": 8,
        "force.clock_pin": 9,
        "position.adc_pin": 26,
        "clock.sda_pin": 20,
        "clock.scl_pin": 21,
        "clock.square_wave_pin": 22,
        "panel.buzzer_pin": 18,
        "panel.red_pin": 19,
        "panel.green_pin": 27,
        "panel.blue_pin": 28,
        "link.uart": 0,
        "link.tx_pin": 0,
        "link.rx_pin": 1,
        "link.baud": 460_800,
        "watchdog.timeout_ms": 1_000,
        **seats,
        **panels,
    }


SWITCH_PINS = {
    "plunger_seated": 10,
    "barrel_closed": 11,
    "key_start": 12,
    "key_stop": 13,
    "key_acknowledge": 14,
    "key_audio_pause": 15,
    "key_prime": 16,
    "key_check": 17,
}


def test_a_switch_closed_to_ground_is_its_bit_of_the_panel(chip: Chip) -> None:
    sensors = driver("sensors").Sensors(profile(), make_plunger(chip))
    inputs = Inputs()
    seen = {}
    for name, pin in SWITCH_PINS.items():
        chip.levels[pin] = 0
        sensors.read_into(inputs)
        seen[name] = inputs.switches
        chip.levels[pin] = 1

    assert seen == {name: 1 << panel.SWITCHES.index(name) for name in SWITCH_PINS}


def test_the_gate_is_the_last_bit_and_true_when_open(chip: Chip) -> None:
    sensors = driver("sensors").Sensors(profile(), make_plunger(chip))
    inputs = Inputs()

    sensors.read_into(inputs)
    shut = inputs.switches
    chip.levels[GATE] = 1
    sensors.read_into(inputs)

    assert panel.SWITCHES[-1] == "gate_intact"
    assert (shut, inputs.switches) == (0, panel.GATE_INTACT)


def test_every_reading_lands_in_its_field(chip: Chip) -> None:
    sensors = driver("sensors").Sensors(profile(), make_plunger(chip))
    chip.machines[1].x = -12
    chip.machines[4].x = -31
    chip.machines[6].x = -1_025
    chip.machines[7].rx.append(77)
    chip.adc_u16 = 40_000
    inputs = Inputs()

    sensors.read_into(inputs)

    assert (inputs.step_count, inputs.encoder_count, inputs.reference_count) == (11, 30, 1_024)
    assert (inputs.raw_force, inputs.force_sample_count) == (77, 1)
    assert inputs.raw_position == 40_000


@pytest.mark.parametrize(
    ("word", "count"),
    [(0, 0), (1, 1), (0x7FFFFF, 8_388_607), (0x800000, -8_388_608), (0xFFFFFF, -1)],
)
def test_a_conversion_has_the_sign_of_its_24th_bit(chip: Chip, word: int, count: int) -> None:
    force = driver("sensors").ForceSensor(8, 9)
    chip.named("hx711").rx.append(word)

    force.update()

    assert force.raw_count == count


def test_the_last_conversion_is_kept_and_all_are_counted_modulo_256(chip: Chip) -> None:
    force = driver("sensors").ForceSensor(8, 9)
    for index in range(300):
        chip.named("hx711").rx.append(index)
        force.update()
    force.update()

    assert (force.raw_count, force.sample_count) == (299, 300 & 0xFF)


# ---- board, clock, line, panel ---------------------------------------------------------------


def test_a_board_makes_every_machine_once_and_both_blocks_fit(chip: Chip) -> None:
    board = driver("board").Rp2Board(profile())

    assert board.failures == 0
    assert not board.was_watchdog_reset
    assert {n: m.program.name for n, m in sorted(chip.machines.items())} == {
        0: "stepper",
        1: "edge_count",
        2: "limiter",
        3: "heartbeat",
        4: "quadrature_half",
        5: "quadrature_half",
        6: "edge_count",
        7: "hx711",
    }
    for block in (range(4), range(4, 8)):
        loaded = {chip.machines[number].program.name: number for number in block}
        sizes = [len(chip.machines[number].program.opcodes) for number in loaded.values()]
        assert sum(sizes) <= 32


def test_a_board_without_its_clock_chip_says_so(chip: Chip) -> None:
    chip.i2c_registers = None

    board = driver("board").Rp2Board(profile())

    assert board.failures == 1 << 2


@pytest.mark.parametrize("system_hz", [133_000_000, 120_000_000])
def test_a_system_clock_that_would_round_the_rate_is_refused(chip: Chip, system_hz: int) -> None:
    chip.system_hz = system_hz

    with pytest.raises(ValueError, match=r"machine\.freq.*12500000"):
        driver("board").Rp2Board(profile())


def test_the_clock_chip_tells_its_time_from_bcd(chip: Chip) -> None:
    clock_chip = driver("clock").ClockChip(20, 21)
    # second, minute, hour, weekday, day, century and month, year
    chip.i2c_registers[0] = bytes([0x59, 0x07, 0x23, 0x05, 0x31, 0x92, 0x26])

    assert clock_chip.read() == (2026, 12, 31, 23, 7, 59)


@pytest.mark.parametrize(("status", "has_lost_time"), [(0x88, True), (0x08, False)])
def test_the_clock_chip_tells_whether_it_stopped(
    chip: Chip, status: int, *, has_lost_time: bool
) -> None:
    chip.i2c_registers[0x0F] = bytes([status])

    clock_chip = driver("clock").ClockChip(20, 21)

    assert clock_chip.has_lost_time() is has_lost_time
    assert chip.i2c_registers[0x0E] == b"\x08"


def test_the_watchdog_counts_only_once_started(chip: Chip) -> None:
    watchdog = driver("clock").Watchdog(1_000)
    watchdog.feed()
    assert chip.log == []

    watchdog.start()
    watchdog.feed()

    assert chip.log == [("watchdog", 1_000)]
    assert chip.feed_count == 1


@pytest.mark.parametrize(("due_us", "slept_us"), [(1_500, [500]), (1_000, []), (900, [])])
def test_sleeping_until_a_moment_that_is_past_is_no_sleep(
    chip: Chip, monkeypatch: pytest.MonkeyPatch, due_us: int, slept_us: list[int]
) -> None:
    slept: list[int] = []
    monkeypatch.setattr(time, "ticks_us", lambda: 1_000, raising=False)
    monkeypatch.setattr(time, "ticks_diff", lambda end, start: end - start, raising=False)
    monkeypatch.setattr(time, "sleep_us", slept.append, raising=False)

    driver("clock").Clock().sleep_until(due_us)

    assert slept == slept_us


def test_the_line_takes_no_more_than_the_buffer_holds(chip: Chip) -> None:
    line = driver("line").Line(0, 0, 1, 460_800)
    buffer = bytearray(4)
    assert line.read_into(buffer) == 0

    chip.uart_received = b"abcdef"

    assert (line.read_into(buffer), bytes(buffer)) == (4, b"abcd")
    assert (line.read_into(buffer), bytes(buffer[:2])) == (2, b"ef")


def test_the_line_sends_the_first_bytes_only(chip: Chip) -> None:
    line = driver("line").Line(0, 0, 1, 460_800)

    line.write(bytearray(b"abcdef"), 3)

    assert chip.uart_sent == b"abc"


def test_the_panel_touches_only_what_changed(chip: Chip) -> None:
    lights = driver("panel").Panel(18, 19, 27, 28)
    outputs = Outputs()
    chip.log.clear()

    lights.show(outputs)
    assert chip.log == []
    outputs.red_on = outputs.tone_on = True
    lights.show(outputs)
    lights.show(outputs)
    outputs.red_on = False
    outputs.blue_on = True
    lights.show(outputs)

    assert chip.log == [("pin", 19, 1), ("pwm", 14_418), ("pin", 19, 0), ("pin", 28, 1)]
