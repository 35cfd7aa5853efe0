"""MicroPython onto a bare board: a UF2 copied to the volume that its boot loader shows."""

import os
import sys
from pathlib import Path

from evenflow.emulator.rp2040.uf2 import load_micropython
from evenflow.errors import LinkError, Refused, WrongUsage
from evenflow.flash.controller import Controller, check_version

_ABOUT = "INFO_UF2.TXT"
_BOARD_ID = "Board-ID:"
_CHUNK_BYTES = 1 << 16
# Where systems put the volumes of a person who is logged in.
_PLACES = ("/media/*/*", "/run/media/*/*", "/media/*", "/mnt/*", "/Volumes/*")


def mounted() -> list[Path]:
    """Volumes of boot loaders that this system shows."""
    if sys.platform == "win32":
        candidates = [Path(f"{letter}:/") for letter in "DEFGHIJKLMNOPQRSTUVWXYZ"]
    else:
        candidates = [path for place in _PLACES for path in Path("/").glob(place[1:])]
    return [path for path in candidates if _is_boot_volume(path)]


def install(uf2: Path, volume: Path | None, controller: Controller) -> Path:
    """Copy a checked file; the volume it went to. Refused if one does not fit the other."""
    if not controller.boot_id:
        raise Refused("no_uf2", f"{uf2}: an {controller.name} takes no UF2", controller.advice)
    content = _checked(uf2, controller)
    place = _chosen(volume)
    ident = _board_id(place)
    if ident != controller.boot_id:
        raise Refused(
            "boot_volume",
            f"{place}: the boot loader of {ident or 'an unknown board'}, "
            f"not of a {controller.name} ({controller.boot_id})",
            "connect the board that --board names",
        )
    target = place / uf2.name
    try:
        with target.open("wb") as file:
            for start in range(0, len(content), _CHUNK_BYTES):
                file.write(content[start : start + _CHUNK_BYTES])
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        # The last block starts MicroPython, and takes the volume away.
        if place.exists():
            raise LinkError(
                "uf2_copy",
                f"{target}: {error.strerror}",
                "hold BOOTSEL while you plug the board in, and try again",
            ) from error
    return place


def _checked(uf2: Path, controller: Controller) -> bytes:
    if not controller.reads_uf2:
        raise Refused(
            "uf2_unchecked",
            f"{uf2}: files for an {controller.name} cannot be checked yet",
            f"copy one {controller.uf2_from} to the volume yourself, and leave --uf2 out",
        )
    found = load_micropython(uf2)
    check_version(found.micropython_version or "", str(uf2), controller)
    return uf2.read_bytes()


def _chosen(volume: Path | None) -> Path:
    if volume is not None:
        if not _is_boot_volume(volume):
            raise WrongUsage(
                "boot_volume",
                f"{volume}: has no {_ABOUT}, so it is no boot loader's volume",
                "name the volume that appears when BOOTSEL is held while the board is plugged in",
            )
        return volume
    found = mounted()
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongUsage(
            "several_boards",
            f"several boot loaders: {', '.join(str(path) for path in found)}",
            "say which one with --volume",
        )
    raise LinkError(
        "no_boot_volume",
        "no boot loader's volume is to be seen",
        "hold BOOTSEL while you plug the board in; if it is mounted elsewhere, say --volume PATH",
    )


def _is_boot_volume(path: Path) -> bool:
    try:
        return (path / _ABOUT).is_file()
    except OSError:
        return False


def _board_id(volume: Path) -> str:
    text = (volume / _ABOUT).read_text(encoding="ascii", errors="replace")
    for line in text.splitlines():
        if line.startswith(_BOARD_ID):
            return line.removeprefix(_BOARD_ID).strip()
    return ""
