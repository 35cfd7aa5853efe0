"""A rig that is a place of a labgrid coordinator: for benches that many share.

Resources of the place are named after what they are on the rig: `pump`, `balance`, `relays`, each
a NetworkSerialPort (raw or rfc2217). Its tags say what labgrid does not know:

    syringe=bd-plastipak-50 fill=20mL balance=mt-sics occlude=2 key_start=3 …
    relays=usb-relay relays.channel_count=8

The coordinator is that of LG_COORDINATOR, else 127.0.0.1:20408. labgrid brings a pyserial of its
own, so it lives in an environment of its own: LABGRID_PYTHON names its interpreter, else it is the
one of `labgrid-client` on the path. A place is acquired for each test, and released after it.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evenflow.errors import LinkError, Problem, Refused, WrongUsage, in_file
from evenflow.instruments import catalogue
from evenflow.rig.rig import Rig
from evenflow.rig.rig_file import SCHEMA, WIRES, RigFile, from_tables

PYTHON = "LABGRID_PYTHON"
COORDINATOR = "LG_COORDINATOR"
_DEFAULT_COORDINATOR = "127.0.0.1:20408"
_WAIT_S = 30
_SERIAL = "NetworkSerialPort"
_SCHEMES = {"raw": "socket", "rfc2217": "rfc2217"}


@dataclass(frozen=True, slots=True)
class Place:
    """A place, as its coordinator tells of it; see evenflow.rig.rig.Described."""

    place: str
    found: RigFile
    is_emulated: bool = False

    @property
    def name(self) -> str:
        """For folders and people."""
        return f"labgrid-{self.place}"

    def lacks(self, need: str) -> str:
        """Why not; empty if something gives it."""
        return self.found.lacks(need)

    @asynccontextmanager
    async def open(self, world: Mapping[str, object]) -> AsyncGenerator[Rig]:
        """Acquire the place, open what it has, release it; LinkError if somebody else has it."""
        holding = await asyncio.create_subprocess_exec(
            *_command(self.place, "hold"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            if holding.stdout is None:
                raise AssertionError("it was asked for")
            async with asyncio.timeout(_WAIT_S):
                line = await holding.stdout.readline()
            _checked(self.place, line)
            async with self.found.open(world) as rig:
                yield rig
        except TimeoutError:
            raise _silent(self.place) from None
        finally:
            # Its stdin ends, and it releases the place.
            await holding.communicate(b"")


def described_place(place: str) -> Place:
    """The place; LinkError, Refused or WrongUsage if it is none that a rig can be made of."""
    if not place.strip():
        raise WrongUsage("unknown_rig", "labgrid: without a place", "as in labgrid:bench1")
    command = _command(place, "show")
    try:
        done = subprocess.run(command, capture_output=True, timeout=_WAIT_S, check=False)
    except subprocess.TimeoutExpired:
        raise _silent(place) from None
    told = _checked(place, done.stdout)
    return Place(place, from_tables(tables_of(place, told), f"labgrid place {place}"))


def tables_of(place: str, told: Mapping[str, Any]) -> dict[str, object]:
    """The tables of a rig file, from what a coordinator tells of a place.

    A place may have tags and resources that are not a rig's; what is nearly a rig's is refused.
    """
    tags: Mapping[str, str] = told["tags"]
    _refuse_slips(place, tags, [one["name"] for one in told["resources"]])
    ports = {one["name"]: _address(one) for one in told["resources"] if one["kind"] == _SERIAL}
    tables: dict[str, object] = {"schema": SCHEMA, "rig": {"name": place}}
    if "pump" in ports:
        tables["pump"] = {"port": ports["pump"]}
    if "fixture" in ports:
        tables["fixture"] = {"port": ports["fixture"]}
    for role in catalogue.ROLES:
        if role in ports:
            keys = {
                tag.removeprefix(f"{role}."): int(words) if words.isdecimal() else words
                for tag, words in tags.items()
                if tag.startswith(f"{role}.")
            }
            tables[role] = {"kind": tags.get(role, ""), "address": ports[role], **keys}
    syringe = {"model": tags.get("syringe", ""), "fill": tags.get("fill", "")}
    tables["syringe"] = {**syringe, "fill": syringe["fill"].replace("mL", " mL")}
    wiring = {
        wire: int(tags[wire]) if tags[wire].isdecimal() else tags[wire]
        for wire in WIRES
        if wire in tags
    }
    if wiring:
        tables["wiring"] = wiring
    return tables


def _refuse_slips(place: str, tags: Mapping[str, str], resources: list[str]) -> None:
    known_tags = ("syringe", "fill", *catalogue.ROLES, *WIRES)
    known_ports = ("pump", "fixture", *catalogue.ROLES)
    problems = []
    for kind, words, known in (("tag", [*tags], known_tags), ("resource", resources, known_ports)):
        for word in words:
            name = word.partition(".")[0]
            near = get_close_matches(name, known, n=1)
            if name not in known and near:
                hint = f"did you mean {near[0]}? Rename it, if it is something else"
                problems.append(Problem(word, "unknown_key", f"no {kind} of a rig", hint))
    if problems:
        raise in_file(Refused, f"labgrid place {place}", problems)


def _address(resource: Mapping[str, Any]) -> str:
    given = resource["args"]
    scheme = _SCHEMES.get(given.get("protocol", "rfc2217"), "rfc2217")
    return f"{scheme}://{given['host']}:{given['port']}"


def _checked(place: str, line: bytes) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        raise _silent(place) from None
    if "error" in told:
        reason = f"labgrid place {place}: {told['error']}"
        raise LinkError("labgrid", reason, f"see `labgrid-client places`; {COORDINATOR} is set?")
    return told


def _silent(place: str) -> LinkError:
    where = os.environ.get(COORDINATOR, _DEFAULT_COORDINATOR)
    reason = f"labgrid place {place}: no answer from the coordinator at {where}"
    return LinkError("labgrid", reason, f"start it, or set {COORDINATOR}")


def _command(place: str, mode: str) -> list[str]:
    agent = Path(__file__).with_name("labgrid_agent.py")
    where = os.environ.get(COORDINATOR, _DEFAULT_COORDINATOR)
    return [*_python(), str(agent), where, place, mode]


def _python() -> list[str]:
    """The interpreter that has labgrid; Refused if none is known."""
    named = os.environ.get(PYTHON)
    if named:
        return [named]
    script = shutil.which("labgrid-client")
    if script is not None:
        first = Path(script).read_text(encoding="utf-8", errors="replace").partition("\n")[0]
        return first.removeprefix("#!").split()
    if find_spec("labgrid") is not None:
        return [sys.executable]
    hint = f"pipx install labgrid, or name its interpreter: {PYTHON}=…/bin/python"
    raise Refused("no_labgrid", "labgrid is not installed, or not on the path", hint)
