"""The kinds of instrument that Evenflow knows: one table, for rig files, commands and emulators.

A row says what role the kind has on a rig, which keys its table in a rig file takes, what opens it
and what stands for it where there is none.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from evenflow.errors import Problem, Refused, in_file
from evenflow.instruments import mass, scpi_gauge
from evenflow.instruments.clock import Clock
from evenflow.instruments.emulated.mt_sics import EmulatedMtSics
from evenflow.instruments.emulated.relay_board import EmulatedRelayBoard
from evenflow.instruments.emulated.sbi import EmulatedSbi
from evenflow.instruments.emulated.scpi_gauge import EmulatedScpiGauge
from evenflow.instruments.emulated.scpi_supply import EmulatedScpiSupply
from evenflow.instruments.emulated.served import Dialogue
from evenflow.instruments.instrument import Instrument
from evenflow.instruments.key import ADDRESS, Key, choice, integer
from evenflow.instruments.mt_sics import open_mt_sics
from evenflow.instruments.relay_board import CONFIRM, MAX_CHANNELS, open_relay_board
from evenflow.instruments.sbi import open_sbi
from evenflow.instruments.scpi_gauge import open_scpi_gauge
from evenflow.instruments.scpi_supply import open_scpi_supply
from evenflow.instruments.sigrok import PROGRAM, SAMPLE_RATES_HZ, open_sigrok

ROLES = ("balance", "pressure", "supply", "relays", "capture")

_BAUD = integer("baud", 300, 921_600, "speed of the serial port", 9600)
_PARITY = choice("parity", ("none", "odd", "even"), "of the serial port", "none")
_DATA_BITS = integer("data_bits", 7, 8, "of the serial port", 8)
_ANSWER_MS = integer("answer_ms", 10, 60_000, "how long it may stay silent", 2000)
_SERIAL = (ADDRESS, _BAUD, _PARITY, _DATA_BITS, _ANSWER_MS)
_VISA = (
    Key("address", "visa", "where it is, as in socket://10.0.0.5:5025", is_required=True),
    _BAUD,
    _ANSWER_MS,
)
_DRIFT = integer(
    "max_drift_ug", 1, 10_000_000, "most that a stable value may move in 0.2 s; unset, any"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A row: `open` takes the address, a clock and the keys; `emulated` makes a dialogue.

    There is none of a capture: sigrok-cli is a program, not a line, and its stand-in is
    `emulated.sigrok_program`.
    """

    name: str
    role: str
    about: str
    keys: tuple[Key, ...]
    open: Callable[..., Awaitable[Instrument]]
    emulated: Callable[[], Dialogue] | None


KINDS = (
    Kind(
        "mt-sics",
        "balance",
        "balances of Mettler-Toledo and others, MT-SICS levels 0 and 1",
        (*_SERIAL, _DRIFT),
        open_mt_sics,
        EmulatedMtSics,
    ),
    Kind(
        "sartorius-sbi",
        "balance",
        "balances of Sartorius and others, SBI with 16 or 22 characters",
        (*_SERIAL, choice("unit", mass.UNITS, "what the balance is set to", "g"), _DRIFT),
        open_sbi,
        EmulatedSbi,
    ),
    Kind(
        "scpi-gauge",
        "pressure",
        "pressure gauges that answer a query with a number, by pyvisa",
        (
            *_VISA,
            choice("unit", scpi_gauge.UNITS, "the unit that it answers in"),
            Key("query", "text", "what it is asked", scpi_gauge.DEFAULT_QUERY),
            integer("max_pa", 1, 100_000_000, "most that its range has, either way"),
        ),
        open_scpi_gauge,
        EmulatedScpiGauge,
    ),
    Kind(
        "scpi-supply",
        "supply",
        "laboratory supplies that speak SCPI, one output, by pyvisa",
        (
            *_VISA,
            integer("max_mv", 1, 60_000, "most voltage that it may be set to", is_required=True),
            integer(
                "max_ma", 1, 20_000, "current limit, set before anything else", is_required=True
            ),
        ),
        open_scpi_supply,
        EmulatedScpiSupply,
    ),
    Kind(
        "usb-relay",
        "relays",
        "serial relay boards of four-byte frames (LCUS-1, -2, -4, -8)",
        (
            ADDRESS,
            _BAUD,
            integer("answer_ms", 10, 60_000, "how long it may stay silent", 1000),
            integer("channel_count", 1, MAX_CHANNELS, "how many it has", is_required=True),
            choice("confirm", CONFIRM, "whether it answers how its contacts stand", "text"),
        ),
        open_relay_board,
        EmulatedRelayBoard,
    ),
    Kind(
        "sigrok",
        "capture",
        "logic analysers by the program sigrok-cli, fx2lafw first",
        (
            Key("address", "text", "driver as sigrok-cli names it, as fx2lafw", is_required=True),
            Key("channels", "names", "the channel of each signal", is_required=True),
            choice("sample_rate_hz", SAMPLE_RATES_HZ, "samples a second", 1_000_000),
            Key("program", "text", "the program, or its path", PROGRAM),
        ),
        open_sigrok,
        None,
    ),
)


def kind(name: str) -> Kind:
    """The row of that name, or Refused with the nearest."""
    for row in KINDS:
        if row.name == name:
            return row
    hint = _nearest(name, [row.name for row in KINDS])
    raise Refused("unknown_kind", f"unknown kind of instrument {name!r}", hint)


def check(role: str, table: Mapping[str, object]) -> list[Problem]:
    """All that is wrong with the table of a role in a rig file; keys are named `role.key`."""
    rows = [row for row in KINDS if row.role == role]
    if not rows:
        roles = sorted({row.role for row in KINDS})
        return [Problem(role, "unknown_role", "no role of an instrument", _nearest(role, roles))]
    names = [row.name for row in rows]
    if "kind" not in table:
        hint = f"known for {role}: {', '.join(names)}"
        return [Problem(f"{role}.kind", "missing", "missing", hint)]
    found = [row for row in rows if row.name == table["kind"]]
    if not found:
        reason = f"{table['kind']!r} is no kind of {role}"
        hint = _nearest(str(table["kind"]), names)
        return [Problem(f"{role}.kind", "unknown_kind", reason, hint)]
    values = {name: value for name, value in table.items() if name != "kind"}
    return _problems(found[0], values, f"{role}.")


async def open_role(
    role: str, table: Mapping[str, object], clock: Clock | None = None
) -> Instrument:
    """The instrument that a rig file's table describes; Refused with all problems of it."""
    problems = check(role, table)
    if problems:
        raise in_file(Refused, f"rig {role}", problems)
    row = kind(str(table["kind"]))
    values = {name: value for name, value in table.items() if name not in ("kind", "address")}
    return await row.open(table["address"], clock, **values)


async def open_instrument(
    name: str, address: str, clock: Clock | None = None, /, **options: object
) -> Instrument:
    """An instrument of that kind there; Refused for what its row does not know.

    Options are typed by users: positional-only, so that none of them can be taken for a parameter.
    """
    row = kind(name)
    problems = _problems(row, {**options, "address": address}, "")
    if "address" in options:
        hint = "it is where the instrument is, and was given"
        problems.append(Problem("address", "unknown_key", "is no option", hint))
    if problems:
        raise in_file(Refused, f"{name}@{address}", problems)
    return await row.open(address, clock, **options)


def _problems(row: Kind, values: Mapping[str, object], prefix: str) -> list[Problem]:
    known = {key.name: key for key in row.keys}
    problems = []
    for name, value in values.items():
        where = f"{prefix}{name}"
        if name not in known:
            reason = f"{row.name} has no such key"
            problems.append(Problem(where, "unknown_key", reason, _nearest(name, known)))
        else:
            problems += known[name].problems(where, value)
    problems += [
        Problem(f"{prefix}{key.name}", "missing", "missing", f"give {key.about}")
        for key in row.keys
        if key.is_required and key.name not in values
    ]
    return problems


def _nearest(word: str, known: Iterable[str]) -> str:
    choices = list(known)
    near = get_close_matches(word, choices, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(choices)}"
