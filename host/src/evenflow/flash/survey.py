"""What a board is and holds, as it says at its prompt."""

import json
from dataclasses import dataclass

from evenflow import device_key
from evenflow.emulator.flash import HASHES
from evenflow.errors import Refused
from evenflow.flash.console import Console
from evenflow.flash.controller import Controller, check_version

SLOTS = ("/a", "/b")
POINTER = "/slot"
MAIN_FILE = "/main.py"
# As MicroPython names its kinds of file systems.
_LITTLEFS = "VfsLfs"


@dataclass(frozen=True, slots=True)
class Facts:
    """What does not change while it is flashed."""

    interpreter: str
    version: str
    machine: str
    bytecode_version: int
    unique_id: str
    is_emulated: bool
    block_bytes: int
    free_blocks: int
    file_system: str


@dataclass(frozen=True, slots=True)
class Survey:
    """SHA-256 and size of every file by its path, and the slot that is started, if it is whole.

    `named` is the slot that the pointer names, whole or not; `listed` is the active slot's own
    hashes.json.
    """

    sums: dict[str, str]
    sizes_bytes: dict[str, int]
    named: str | None
    active: str | None
    listed: dict[str, str]

    def below(self, folder: str) -> dict[str, str]:
        """The files below a folder, by their paths in it."""
        start = folder + "/"
        return {
            path.removeprefix(start): digest
            for path, digest in self.sums.items()
            if path.startswith(start)
        }


def ask_facts(console: Console) -> Facts:
    """Of the board at that prompt."""
    lines = console.ask("tell_facts()")
    (interpreter, version), (machine, bytecode_version), (unique_id, emulated), room = lines
    return Facts(
        interpreter=interpreter,
        version=version,
        machine=machine,
        bytecode_version=int(bytecode_version),
        unique_id=unique_id,
        is_emulated=emulated == "1",
        block_bytes=int(room[0]),
        free_blocks=int(room[1]),
        file_system=room[2],
    )


def check_facts(facts: Facts, where: str, controller: Controller) -> None:
    """Refused if that is no MicroPython of ours, or another controller."""
    if facts.interpreter != "micropython":
        raise Refused(
            "not_micropython",
            f"port {where}: runs {facts.interpreter}, not MicroPython",
            controller.advice,
        )
    check_version(facts.version, f"port {where}", controller)
    # Written ESP32-S3, or ESP32S3.
    machine = facts.machine.replace("-", "")
    if controller.machine not in machine and not facts.is_emulated:
        raise Refused(
            "wrong_controller",
            f"port {where}: is a {facts.machine}, and the board file is for a {controller.name}",
            "connect the board that --board names, or name the one that is connected",
        )
    if not facts.file_system.startswith(_LITTLEFS):
        raise Refused(
            "file_system",
            f"port {where}: its files lie in a {facts.file_system or 'file system of old'}, where "
            "a power cut in a rename loses both files",
            "make it a littlefs, see docs/flashing.md; what is on it is lost by that",
        )


def look(console: Console) -> Survey:
    """Have the board read all of its files."""
    told = console.ask("tell_sums()")
    sums = {path: digest for path, digest, _ in told}
    sizes_bytes = {path: int(size) for path, _, size in told}
    named = active = None
    listed: dict[str, str] = {}
    if POINTER in sums:
        name, _, digest = console.read_file(POINTER).decode("ascii", "replace").partition(" ")
        named = f"/{name}"
        if named in SLOTS and sums.get(f"{named}/{HASHES}") == digest.strip():
            listed = json.loads(console.read_file(f"{named}/{HASHES}"))
            below = {path: sums.get(f"{named}/{path}") for path in listed}
            active = named if below == listed else None
    return Survey(sums, sizes_bytes, named, active, listed)


def secrets(survey: Survey) -> set[str]:
    """Paths that nobody may copy from the board."""
    return {
        path
        for path in survey.sums
        if path in (device_key.ON_DEVICE, f"{device_key.ON_DEVICE}.new")
    }
