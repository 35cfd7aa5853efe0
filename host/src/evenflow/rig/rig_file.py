"""Reads a rig file: where pump and instruments are, what is wired to what, what is mounted.

    schema = 1
    [rig]
    name = "bench1"
    [pump]
    port = "/dev/ttyACM0"
    [syringe]                       # what is mounted now
    model = "bd-plastipak-50"
    fill = "20 mL"
    [balance]                       # also pressure, supply, relays, capture
    kind = "mt-sics"
    address = "/dev/ttyUSB0"
    [wiring]                        # contacts of [relays], counted from 1
    cut_power = 1                   # closed: the pump has none (wired to the resting contact)
    occlude = 2                     # closed: the line is shut
    key_start = 3                   # closed: the key is pressed; so for the five other keys
    [fixture]                       # the second board of docs/fixture.md
    port = "/dev/ttyACM1"

Only [rig], [pump] and [syringe] must be there. All problems are told at once.
"""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from evenflow import bounded
from evenflow.dose.dimension import VOLUME
from evenflow.dose.quantity import InvalidQuantity, parse
from evenflow.errors import Problem, Refused, WrongUsage, in_file
from evenflow.instruments import catalogue
from evenflow.instruments.relay_board import MAX_CHANNELS
from evenflow.link import parse as parse_address
from evenflow.rig.bench import BenchRig
from evenflow.rig.rig import NEEDS, Mounted, Rig
from pumpcore import syringe, units

SCHEMA = 1
# The report lies in a folder of that name.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
MAX_FILE_BYTES = 65_536
KEYS = ("start", "stop", "acknowledge", "audio_pause", "prime", "check")
WIRES = ("cut_power", "occlude", *(f"key_{key}" for key in KEYS))
_OWN = {
    "rig": ("name",),
    "pump": ("port",),
    "syringe": ("model", "fill"),
    "wiring": WIRES,
    "fixture": ("port",),
}
_REQUIRED = ("rig", "pump", "syringe")
_VISA_SERIAL = re.compile(r"(?i:ASRL)(?P<path>.+)::(?i:INSTR)")
_VISA_SOCKET = re.compile(r"(?i:TCPIP)\d*::(?P<host>\S+?)::(?P<port>\d+)::(?i:SOCKET)")
# What gives a need: a role of the catalogue, wires of the relays, or the fixture.
_GIVEN_BY: dict[str, tuple[str, ...]] = {
    "balance": ("balance",),
    "pressure": ("pressure",),
    "supply": ("supply", "wire:cut_power"),
    "capture": ("capture", "fixture"),
    "panel": ("wire:key_start", "fixture"),
    "occlude": ("wire:occlude",),
    "seat": ("fixture",),
    "back_pressure": (),
    "force": ("fixture",),
    "plant": (),
}


@dataclass(frozen=True, slots=True)
class RigFile:
    """A sound rig file; see evenflow.rig.rig.Described."""

    name: str
    port: str
    mounted: Mounted
    instruments: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    wiring: Mapping[str, int] = field(default_factory=dict)
    fixture_port: str = ""
    is_emulated: bool = False

    @property
    def has(self) -> set[str]:
        """Roles, wires and fixture that are there."""
        found = {*self.instruments, *(f"wire:{name}" for name in self.wiring)}
        return found | {"fixture"} if self.fixture_port else found

    def lacks(self, need: str) -> str:
        """Why not; empty if something gives it. KeyError for what is no need."""
        return "" if self.has & {*_GIVEN_BY[need]} else NEEDS[need]

    @asynccontextmanager
    async def open(self, world: Mapping[str, object]) -> AsyncGenerator[Rig]:
        """Every instrument, opened; InstrumentError or LinkError if one cannot be."""
        if world:
            reason = f"rig {self.name} is a bench: it is not built at will"
            raise WrongUsage("no_plant", reason, "mark the test, so that it is skipped there")
        rig = BenchRig(self)
        try:
            await rig.open()
            yield rig
        finally:
            await rig.close()


def load(path: str | Path) -> RigFile:
    """The rig of a file; Refused with all of its problems, WrongUsage if there is no such file."""
    name = str(path)
    raw = bounded.content(path, "a rig", MAX_FILE_BYTES, name)
    return from_tables(bounded.tables(raw, name), name)


def from_tables(content: Mapping[str, object], name: str) -> RigFile:
    """The rig of the tables of a file; Refused with all problems."""
    problems: list[Problem] = []
    tables = _tables(content, problems)
    problems += [
        Problem(one, "missing", "missing", f"write [{one}]")
        for one in _REQUIRED
        if one not in tables
    ]
    for own, known in _OWN.items():
        for key in tables.get(own, {}):
            if key not in known:
                where = f"{own}.{key}"
                problems.append(Problem(where, "unknown_key", "unknown key", _near(key, known)))
    instruments = {role: tables[role] for role in catalogue.ROLES if role in tables}
    for role, table in instruments.items():
        problems.extend(catalogue.check(role, table))
    mounted = _mounted(tables.get("syringe", {}), problems)
    wiring = _wiring(tables.get("wiring", {}), tables.get("relays"), problems)
    _addresses(tables, problems)
    rig_name = _text(tables, "rig", "name", problems)
    if rig_name and not _NAME.fullmatch(rig_name):
        reason = f"{rig_name!r} is no name of a folder"
        problems.append(Problem("rig.name", "wrong_value", reason, "letters, digits, - and _"))
    port = _port(tables, "pump", problems)
    fixture_port = _port(tables, "fixture", problems) if "fixture" in tables else ""
    if problems:
        raise in_file(Refused, name, problems)
    return RigFile(rig_name, port, mounted, instruments, wiring, fixture_port)


def _tables(
    content: Mapping[str, object], problems: list[Problem]
) -> dict[str, Mapping[str, object]]:
    schema = content.get("schema")
    if isinstance(schema, bool) or schema != SCHEMA:
        reason = "missing" if schema is None else f"{schema!r} is not one that this version reads"
        problems.append(Problem("schema", "wrong_schema", reason, f"write schema = {SCHEMA}"))
    known = (*_OWN, *catalogue.ROLES)
    found: dict[str, Mapping[str, object]] = {}
    for key, value in content.items():
        if key == "schema":
            continue
        if key not in known:
            problems.append(Problem(key, "unknown_key", "unknown table", _near(key, known)))
        elif not isinstance(value, Mapping):
            problems.append(Problem(key, "wrong_type", "is no table", f"write [{key}]"))
        else:
            found[key] = value
    return found


def _text(
    tables: Mapping[str, Mapping[str, object]], table: str, key: str, problems: list[Problem]
) -> str:
    if table not in tables:
        return ""
    value = tables[table].get(key)
    if isinstance(value, str) and value.strip() and value.isprintable():
        return value
    problems.append(Problem(f"{table}.{key}", "missing", "no text", f'write {key} = "…"'))
    return ""


def _port(tables: Mapping[str, Mapping[str, object]], table: str, problems: list[Problem]) -> str:
    port = _text(tables, table, "port", problems)
    if port:
        try:
            parse_address(port)
        except WrongUsage as wrong:
            problems.append(Problem(f"{table}.port", wrong.code, wrong.reason, wrong.hint))
    return port


def _mounted(table: Mapping[str, object], problems: list[Problem]) -> Mounted:
    """Model and fill, or anything once there is a problem."""
    model, fill = table.get("model"), table.get("fill")
    row = syringe.by_model(model) if isinstance(model, str) else None
    if table and row is None:
        models = [one.model for one in syringe.SYRINGES]
        reason = f"{model!r} is no syringe"
        problems.append(
            Problem("syringe.model", "unknown_syringe", reason, _near(str(model), models))
        )
    fill_nl = 0
    if table:
        try:
            fill_nl = parse(fill, "syringe.fill", VOLUME).whole
        except InvalidQuantity as wrong:
            problems.append(wrong.problem)
    if row is not None and fill_nl > row.capacity_nl:
        reason = f"{fill} is more than {row.model} holds"
        problems.append(Problem("syringe.fill", "fill_range", reason, "write what is in it"))
    return Mounted(str(model), fill_nl / units.NL_PER_ML)


def _wiring(
    table: Mapping[str, object],
    relays: Mapping[str, object] | None,
    problems: list[Problem],
) -> dict[str, int]:
    if table and relays is None:
        problems.append(Problem("wiring", "no_relays", "without [relays]", "write [relays]"))
    # A count that is none has a problem of its own.
    count = (relays or {}).get("channel_count")
    contact_count = count if isinstance(count, int) and count > 0 else MAX_CHANNELS
    found: dict[str, int] = {}
    for name, channel in table.items():
        if name not in WIRES:
            continue
        if isinstance(channel, bool) or not isinstance(channel, int) or channel < 1:
            reason = f"{channel!r} is no contact"
            problems.append(Problem(f"wiring.{name}", "wrong_type", reason, "count from 1"))
        elif channel > contact_count:
            reason = f"the relays have contacts 1 to {contact_count}, not {channel}"
            hint = "correct it, or relays.channel_count"
            problems.append(Problem(f"wiring.{name}", "no_contact", reason, hint))
        elif channel in found.values():
            reason = f"contact {channel} has another wire"
            problems.append(Problem(f"wiring.{name}", "taken", reason, "one wire a contact"))
        else:
            found[name] = channel
    keys = {f"key_{key}" for key in KEYS}
    if keys & table.keys() and not keys <= table.keys():
        missing = ", ".join(sorted(keys - table.keys()))
        problems.append(
            Problem("wiring", "missing", f"keys without a contact: {missing}", "wire all six")
        )
    return found


def _addresses(tables: Mapping[str, Mapping[str, object]], problems: list[Problem]) -> None:
    """One instrument an address: two on a line would answer each other's questions."""
    keys = {"pump": "port", **dict.fromkeys(catalogue.ROLES, "address"), "fixture": "port"}
    taken: dict[str, str] = {}
    for table, key in keys.items():
        address = tables.get(table, {}).get(key)
        # Each emulated pump has a line of its own.
        if not isinstance(address, str) or address.startswith("emulated:"):
            continue
        where, place = f"{table}.{key}", _place(address)
        if place in taken:
            reason = f"{address} is the address of {taken[place]} too"
            problems.append(Problem(where, "address_taken", reason, "one instrument an address"))
        taken.setdefault(place, where)


def _place(address: str) -> str:
    """The same for each way to write an address; links between paths are not followed."""
    found = _VISA_SOCKET.fullmatch(address)
    if found is not None:
        return f"socket://{found['host']}:{found['port']}".lower()
    if "://" in address:
        return address.lower()
    found = _VISA_SERIAL.fullmatch(address)
    return found["path"] if found is not None else address.removeprefix("serial:")


def _near(word: str, known: tuple[str, ...] | list[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
