"""What a board shall hold: the packages as bytecode, its profile, the drug library, their sums."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from evenflow import resources
from evenflow.emulator import bytecode
from evenflow.emulator.flash import fixture_sources, sources
from evenflow.errors import Refused
from pumpcore.fixture.board import is_fixture

LIBRARY = "library.json"
PREVIOUS_LIBRARY = "library.json.previous"
MAIN = "main.py"
# Folders of pumpboard; the names of their controllers begin so.
_FAMILIES = ("rp2", "esp32", "stm32")


@dataclass(frozen=True, slots=True)
class Content:
    """Files of a slot by path, without their list; `main` lies beside the slots."""

    files: Mapping[str, bytes]
    main: bytes


def build(
    profile: Mapping[str, object], library_json: bytes, *, bytecode_version: int, is_emulated: bool
) -> Content:
    """Refused if mpy-cross here makes another bytecode than the board's MicroPython takes."""
    files = bytecode.compiled(_needed(profile))
    made = next(content[1] for path, content in files.items() if path.endswith(".mpy"))
    if made != bytecode_version:
        raise Refused(
            "bytecode_version",
            f"the board takes bytecode of version {bytecode_version}, "
            f"mpy-cross here makes version {made}",
            "put the MicroPython onto it that README names, with --uf2 PATH",
        )
    link = {"link.emulated": True} if is_emulated else {}
    files["board.json"] = json.dumps({**profile, **link}).encode()
    files[LIBRARY] = library_json
    return Content(files, resources.path("firmware", MAIN).read_bytes())


def _needed(profile: Mapping[str, object]) -> dict[str, bytes]:
    """Sources without the drivers of other controllers: two slots must fit a small flash."""
    controller = str(profile.get("board.controller"))
    modules = fixture_sources() if is_fixture(dict(profile)) else sources()
    is_known = any(controller.startswith(family) for family in _FAMILIES)
    others = tuple(
        f"pumpboard/{family}/"
        for family in _FAMILIES
        if is_known and not controller.startswith(family)
    )
    return {path: text for path, text in modules.items() if not path.startswith(others)}


def sum_of(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()
