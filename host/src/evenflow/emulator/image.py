"""A file system in a file of this machine: the flash of an emulated board.

It is a littlefs2 of 352 blocks of 4096 bytes, as MicroPython makes it on a Pico; other controllers
have more room, and are given no more here. Files go in and out through MicroPython itself, so that
what is stored here is what the firmware finds.
"""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from evenflow import resources
from evenflow.emulator import bytecode
from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.controller.wear import Wear
from evenflow.emulator.flash import HASHES, hashes_of, sources
from evenflow.emulator.runtime import choose
from evenflow.errors import WrongUsage

BLOCK_COUNT = 352
BLOCK_BYTES = 4096

_OVERLAY = Path(__file__).parent / "overlay"
_HEAP_BYTES = 8_000_000
_WALL_TIMEOUT_S = 60


class FlashImage:
    """An image file; `wear` counts what boards do to it, and cuts their power in a write."""

    def __init__(self, path: Path) -> None:
        """Open an image that exists; EmulationError if it has not a Pico's size."""
        self.path = path
        self.wear = Wear(BLOCK_COUNT)
        size_bytes = path.stat().st_size
        if size_bytes != BLOCK_COUNT * BLOCK_BYTES:
            raise EmulationError(
                f"{path}: {size_bytes} bytes are not a flash image of a Pico",
                f"one has {BLOCK_COUNT * BLOCK_BYTES} bytes: make it with FlashImage.blank",
            )

    @classmethod
    def blank(cls, path: Path) -> Self:
        """Make an erased flash, as a new controller has it: its first boot formats it."""
        path.write_bytes(b"\xff" * (BLOCK_COUNT * BLOCK_BYTES))
        return cls(path)

    @classmethod
    def opened(cls, path: Path) -> Self:
        """The image that is there, or a blank one."""
        return cls(path) if path.exists() else cls.blank(path)

    @classmethod
    def deployed(cls, path: Path, files: Mapping[str, bytes]) -> Self:
        """Make a flash that holds these files, such as `firmware_files` gives."""
        image = cls.blank(path)
        image.format()
        image.store(files)
        return image

    @staticmethod
    def refuse_unless(runtime_name: str) -> None:
        """WrongUsage unless such a board can boot an image."""
        if runtime_name != "micropython":
            raise WrongUsage(
                "flash_runtime",
                f"a flash image cannot be booted by the runtime {runtime_name}",
                "use the runtime micropython, or no image",
            )

    def format(self) -> None:
        """Make an empty file system."""
        self._work("format")

    def store(self, files: Mapping[str, bytes]) -> None:
        """Write files, by path; folders are made. No board may be on."""
        with tempfile.TemporaryDirectory(prefix="evenflow-image-") as name:
            folder = Path(name)
            for path, content in files.items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            self._work("store", name)

    def files(self) -> dict[str, bytes]:
        """All files by path; EmulationError if there is no file system. No board may be on."""
        with tempfile.TemporaryDirectory(prefix="evenflow-image-") as name:
            self._work("fetch", name)
            folder = Path(name)
            return {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            }

    def _work(self, *verb: str) -> None:
        done = subprocess.run(
            (
                *choose("micropython", _HEAP_BYTES).command,
                str(_OVERLAY / "_image.py"),
                str(self.path),
                str(BLOCK_COUNT),
                *verb,
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"MICROPYPATH": ".frozen"},
            text=True,
            timeout=_WALL_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            raise EmulationError(
                f"{self.path}: {done.stdout.strip() or 'the interpreter ended without a word'}",
                "boot it in a board once, which formats it, or make one with FlashImage.deployed",
            )


def firmware_files(profile: Mapping[str, object], library_json: bytes) -> dict[str, bytes]:
    """What a deployed board's flash holds: packages, main.py, profile, library, hashes."""
    files = bytecode.compiled(sources())
    files["main.py"] = resources.path("firmware", "main.py").read_bytes()
    files["board.json"] = json.dumps({**profile, "link.emulated": True}).encode()
    files["library.json"] = library_json
    files[HASHES] = hashes_of(files)
    return files
