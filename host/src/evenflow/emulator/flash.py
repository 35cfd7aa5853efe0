"""The flash directory of an emulated board: the folder that its firmware starts in."""

import json
from collections.abc import Mapping
from pathlib import Path

from evenflow import resources
from evenflow.emulator.bytecode import MAIN, compiled

EMPTY_LIBRARY = b'{"schema":1,"digest":"0000000000000000","entries":[]}'
# Modules of the overlay that an esp32 does not have.
_RP2_ALONE = ("rp2", "_dma", "_flash", "_pio", "_state_machine")
PACKAGES = ("pumpcore", "pumpboard", "pumpapp")


def sources() -> dict[str, bytes]:
    """The modules of the firmware's packages, by their paths on the board."""
    source = resources.firmware_source()
    return {
        path.relative_to(source).as_posix(): path.read_bytes()
        for package in PACKAGES
        for path in sorted((source / package).rglob("*.py"))
    }


def write(
    folder: Path,
    profile: Mapping[str, object],
    library_json: bytes,
    firmware: Path | None = None,
    *,
    as_bytecode: bool = False,
) -> None:
    """Fill `folder` as a deployed board's flash is: main.py, packages, profile, library.

    The packages are links to the installed sources, or bytecode. `firmware` is a folder with
    another main.py.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "board.json").write_text(json.dumps(dict(profile)), encoding="utf-8")
    (folder / "library.json").write_bytes(library_json)
    if as_bytecode:
        for name, content in compiled(sources()).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    else:
        source = resources.firmware_source()
        for name in PACKAGES:
            if (source / name).is_dir():
                (folder / name).symlink_to(source / name)
    main = resources.path("firmware", MAIN) if firmware is None else firmware / MAIN
    (folder / MAIN).write_text(main.read_text(encoding="utf-8"), encoding="utf-8")


def link_overlay(folder: Path, overlay: Path) -> Path:
    """Fill `folder` with links to the modules of the overlay that an esp32 has."""
    folder.mkdir()
    for module in overlay.glob("*.py"):
        if module.stem not in _RP2_ALONE:
            (folder / module.name).symlink_to(module)
    return folder
