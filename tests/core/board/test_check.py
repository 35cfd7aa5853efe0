"""Every fact of a board is required, bounded and free of contradictions, or refused by name."""

import pytest
from core.board import mistakes, mistakes_stm32
from core.board.mistakes import TMC2209
from core.board.profiles import PUMPS, profile

from pumpcore import syringe
from pumpcore.board import drivers, mechanism, pins
from pumpcore.board.check import problems
from pumpcore.board.controller import Controller
from pumpcore.board.controllers import all_known, by_name
from pumpcore.board.keys import CHOSEN, CONTROLLERS, KEYS, MOTOR_DRIVERS, Key, choice_of
from pumpcore.profile import MAX_MICROSTEP_UM, microsteps_per_turn

pytestmark = pytest.mark.requirement("DES-08")

MISTAKES = mistakes.MISTAKES + mistakes_stm32.MISTAKES
BOARDS = [path.stem for path in PUMPS]
WRONG = {
    "text": (1, "", "x" * 33, None),
    "bool": (0, 1, "true", None),
    "choice": (1, "", "none", None),
    "pin": (True, 1.0, "", "PA100", None),
}


def with_section_of(key: Key) -> dict[str, object]:
    """A sound profile that has this key."""
    choice = choice_of(key.name)
    if choice is None:
        return profile("pico")
    boards = {"rp2040": "pico", "rp2350": "pico2", "esp32s3": "esp32s3", "stm32f767": "pyboard-d"}
    boards |= dict.fromkeys(("stream", "force_bus"), "esp32s3")
    return profile(boards[choice[0]]) if choice[0] in boards else profile("pico", TMC2209)


@pytest.mark.parametrize("board", BOARDS)
def test_a_shipped_board_is_sound(board: str) -> None:
    assert problems(profile(board)) == []


def test_a_motor_driver_with_a_uart_is_sound() -> None:
    assert problems(profile("pico", TMC2209)) == []
    assert problems(profile("pico", {"motor.driver": "a4988"})) == []


def test_a_turn_has_the_microsteps_of_its_full_steps() -> None:
    assert microsteps_per_turn(profile("pico")) == 3_200


@pytest.mark.parametrize(("board", "changes", "lines"), MISTAKES)
def test_a_mistake_is_named_with_its_place_and_remedy(
    board: str, changes: dict[str, object], lines: tuple[str, ...]
) -> None:
    assert tuple(problems(profile(board, changes))) == lines


def test_mistakes_are_of_every_board() -> None:
    assert len(MISTAKES) >= 20
    assert {board for board, _, _ in MISTAKES} >= {"pico", "esp32s3", "pyboard-d"}


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_key_is_required(key: Key) -> None:
    sound = with_section_of(key)
    assert problems(sound) == []
    del sound[key.name]

    assert f"{key.name}: missing; {key.doc}" in problems(sound)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_value_is_of_its_kind_and_within_its_bounds(key: Key) -> None:
    kind = "pin" if key.kind.startswith("pin") else key.kind
    for value in WRONG[kind] if kind != "int" else out_of(*key.bounds):
        found = problems(with_section_of(key) | {key.name: value})

        assert found[0].startswith(f"{key.name}: "), value


def out_of(low: int, high: int) -> tuple[object, ...]:
    return low - 1, high + 1, True, 1.0, "1", None


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_key_says_what_it_is(key: Key) -> None:
    assert key.doc
    assert key.kind in {
        "int",
        "bool",
        "text",
        "choice",
        "pin_in",
        "pin_out",
        "pin_adc",
        "pin_idle",
    }


def test_all_problems_are_told_at_once() -> None:
    changes = {"plunger.lead_um": 0, "force.zero_count": None, "panel.check_pin": 2}

    found = problems(profile("pico", changes))

    assert [line.partition(":")[0] for line in found] == [
        "plunger.lead_um",
        "force.zero_count",
        "panel.check_pin",
    ]


def test_of_an_unknown_controller_the_rest_is_still_told() -> None:
    changes = {"board.controller": "z80", "plunger.microsteps": 64}

    assert len(problems(profile("pico", changes))) == 2


@pytest.mark.requirement("FLO-09")
def test_a_microstep_delivers_at_most_two_microlitres() -> None:
    """And every figure of the pacer stays a small integer on the device."""
    changes = {"plunger.max_speed_um_per_s": 20_000, "encoder.counts_per_turn": 3_200}
    assert problems(profile("pico", {"plunger.lead_um": 9_600, **changes})) == []
    assert len(problems(profile("pico", {"plunger.lead_um": 9_601, **changes}))) == 1

    widest_um = 26_700 * (1000 + syringe.MAX_CALIBRATION_PERMILLE) // 1000
    fl = syringe.femtolitres_per_microstep(widest_um, MAX_MICROSTEP_UM, 1)
    assert fl <= 2_000_000_000
    assert 45 * fl // 100 < 1 << 30


def test_bounds_hold_to_the_last_unit() -> None:
    for changes in (
        {"plunger.max_step_rate_hz": 2_560},
        {"plunger.max_step_rate_hz": 4_000, "plunger.max_speed_um_per_s": 1_250},
        {"motor.peak_ma": 850},
        {"encoder.counts_per_turn": 3_200},
        {"memory.heap_bytes": 262_400},
    ):
        assert problems(profile("pico", changes)) == []


# ---- what two parts of a controller share ---------------------------------------------------


def test_two_square_waves_of_one_pwm_unit_are_refused() -> None:
    sound = profile("pico")
    controller = by_name("rp2040")
    first = ("panel.buzzer_pin", 600)

    # Pins 18 and 19 are the channels of slice 1, 20 is of slice 2, 2 is on 18's own channel.
    assert pins.pwm_clashes(sound, controller, (first, ("panel.alive_pin", 600))) == []
    assert pins.pwm_clashes(sound, controller, (first, ("clock.sda_pin", 50))) == []
    for name, pin, hz in (("panel.alive_pin", 19, 50), ("plunger.step_pin", 2, 600)):
        assert pins.pwm_clashes(sound, controller, (first, (name, hz))) == [
            f"{name}: pin {pin} shares PWM 1 with panel.buzzer_pin; take a pin of another"
        ]


@pytest.mark.parametrize(
    ("resource", "count", "line"),
    [
        ("state machines of PIO 0", 3, "plunger.enable_pin: its driver takes 1"),
        ("instructions of PIO 1", 23, "force.data_pin: its driver takes 7"),
        ("DMA channels", 0, "plunger.step_pin: its driver takes 1"),
        ("PWM slices", 0, "panel.buzzer_pin: its driver takes 1"),
    ],
)
def test_a_controller_with_too_little_is_refused_at_the_part_that_comes_short(
    resource: str, count: int, line: str
) -> None:
    whole = by_name("rp2040")
    resources = tuple((name, count if name == resource else had) for name, had in whole.resources)
    small = Controller(**{**whole._asdict(), "resources": resources})

    assert mechanism.shortages(whole) == []
    assert [found.partition(f" {resource}")[0] for found in mechanism.shortages(small)] == [line]


# ---- the tables -----------------------------------------------------------------------------


def test_every_controller_and_motor_driver_of_the_table_is_known() -> None:
    assert [one.name for one in all_known()] == list(CONTROLLERS)
    assert by_name("z80") is None
    for name in MOTOR_DRIVERS:
        assert mechanism.microsteps_of(name)[0] == 1
    with pytest.raises(KeyError, match="l298n"):
        mechanism.microsteps_of("l298n")
    for section, key, values in CHOSEN:
        assert any(one.name.startswith(f"{section}.") for one in KEYS)
        bounds = next(one.bounds for one in KEYS if one.name == key)
        assert set(values) <= set(bounds)


@pytest.mark.parametrize("controller", all_known(), ids=lambda controller: controller.name)
def test_what_is_said_of_a_pin_is_said_of_one_that_exists(controller: Controller) -> None:
    named = [row[0] for row in (*controller.refused_pins, *controller.pwm_outputs)]
    named += controller.adc_pins
    named += [row[0] for row in controller.timer_inputs]
    buses = (*controller.uarts, *controller.i2cs, *controller.i2ss, *controller.spis)
    named += [pin for row in buses for pins in row[1:-1] for pin in pins]
    named += [pin for pair in controller.encoder_pairs for pin in pair]

    assert set(named) <= set(controller.pins)
    assert len(set(controller.pins)) == len(controller.pins)
    always = {row[0] for row in controller.refused_pins if not row[2]}
    assert not always & set(controller.adc_pins)
    assert {row[2] for row in controller.refused_pins} <= {"", *(key.name for key in KEYS)}
    assert controller.source


@pytest.mark.parametrize("controller", all_known(), ids=lambda controller: controller.name)
def test_drivers_take_what_the_controller_has(controller: Controller) -> None:
    assert {row[1] for row in controller.needs} <= {row[0] for row in controller.resources}
    assert {row[0] for row in controller.needs} <= {key.name for key in KEYS}
    assert bool(controller.needs) == (controller.name in dict(drivers.DRIVEN)["board.controller"])


def test_a_part_without_a_driver_is_named() -> None:
    assert drivers.missing(profile("pico")) == []
    driven = " or ".join(dict(drivers.DRIVEN)["board.controller"])
    assert drivers.missing({"board.controller": "z80"}) == [
        f"board.controller: no drivers for z80; choose a board with {driven}"
    ]
