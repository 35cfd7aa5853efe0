"""The flash directory of an emulated board: the folder that its firmware starts in."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from evenflow import resources
from evenflow.emulator.bytecode import MAIN, compiled, is_possible
from evenflow.emulator.lockstep import OVERLAY

EMPTY_LIBRARY = b'{"schema":1,"digest":"0000000000000000","valid_until_s":1073741823,"entries":[]}'
# Modules of the overlay that an esp32 does not have.
_RP2_ALONE = ("rp2", "_dma", "_flash", "_pio", "_state_machine")
PACKAGES = ("pumpcore", "pumpboard", "pumpapp")
HASHES = "hashes.json"


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
    needs_bytecode: bool = False,
) -> None:
    """Fill `folder` as a deployed board's flash is: main.py, packages, profile, library, hashes.

    The packages are bytecode, or, where nobody can make that, links to the installed sources.
    `firmware` is a folder with another main.py. WrongUsage if needed bytecode is not to be had.
    """
    # CPython runs the sources; with the same flash its checks of the files take as long.
    as_bytecode = needs_bytecode or is_possible()
    folder.mkdir(parents=True, exist_ok=True)
    main = resources.path("firmware", MAIN) if firmware is None else firmware / MAIN
    packages = compiled(sources()) if as_bytecode else sources()
    files = {
        MAIN: main.read_bytes(),
        "board.json": json.dumps(dict(profile)).encode(),
        "library.json": library_json,
    }
    written = {**files, **packages} if as_bytecode else files
    written[HASHES] = hashes_of({**files, **packages})
    for name, content in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    if not as_bytecode:
        source = resources.firmware_source()
        for name in PACKAGES:
            if (source / name).is_dir():
                (folder / name).symlink_to(source / name)


def hashes_of(files: Mapping[str, bytes]) -> bytes:
    """What `hashes.json` holds for these files."""
    return list_of({path: hashlib.sha256(content).hexdigest() for path, content in files.items()})


def list_of(hashes: Mapping[str, str]) -> bytes:
    """What `hashes.json` holds for files of these SHA-256; the firmware reads it by lines."""
    return json.dumps(dict(hashes), indent=0).encode()


def link_overlay(folder: Path, controller: str) -> Path:
    """The overlay of a controller: an RP2040's as it is, `folder` with links for another's."""
    overlay = OVERLAY
    if controller == "rp2040":
        return overlay
    folder.mkdir()
    for module in overlay.glob("*.py"):
        if not (controller.startswith("esp32") and module.stem in _RP2_ALONE):
            (folder / module.name).symlink_to(module)
    own = overlay / f"_chip_{controller}.py"
    if own.exists():
        (folder / "_chip.py").unlink()
        (folder / "_chip.py").symlink_to(own)
    return folder
