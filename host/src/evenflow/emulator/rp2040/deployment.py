"""The flash of a deployed Pico: the user's MicroPython, and our firmware on its file system."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from evenflow.emulator.image import FlashImage, firmware_files
from evenflow.emulator.rp2040.uf2 import FILE_SYSTEM_AT, Uf2


def flash(firmware: Uf2, profile: Mapping[str, object], library_json: bytes) -> bytes:
    """All 2 MiB, with a MicroPython that ends before the file system."""
    with tempfile.TemporaryDirectory(prefix="evenflow-rp2040-") as name:
        folder = Path(name)
        FlashImage.deployed(folder / "flash", firmware_files(profile, library_json))
        file_system = (folder / "flash").read_bytes()
    return firmware.content.ljust(FILE_SYSTEM_AT, b"\xff") + file_system
