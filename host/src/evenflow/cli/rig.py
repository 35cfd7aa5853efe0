"""`evenflow rig`: what a rig can do, its instruments, and a bench with nothing on it."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

import click

from evenflow.cli import _output, _rig_bench
from evenflow.errors import WrongUsage

if TYPE_CHECKING:
    from evenflow.instruments import instrument
    from evenflow.instruments.catalogue import Kind
    from evenflow.instruments.clock import Clock

# Long enough for some steps of a motor.
_CAPTURE_S = 1.0


@click.group()
def command() -> None:
    """Rigs and their instruments: what each can do; an emulated bench to try them."""


command.add_command(_rig_bench.check)
command.add_command(_rig_bench.emulate)


@command.command()
@_output.json_option
def instruments(as_json: bool) -> None:
    """List the kinds of instrument that Evenflow knows, and the keys that each takes."""
    from evenflow.instruments.catalogue import KINDS

    if as_json:
        _output.print_json({"kinds": [_row(kind) for kind in KINDS]})
        return
    from rich.table import Table

    console = _output.console()
    for kind in KINDS:
        title = f"{kind.role}: {kind.name}, {kind.about}"
        table = Table("key", "may be", "unset", "about", title=title, title_justify="left")
        for key in kind.keys:
            unset = "required" if key.is_required else str(key.default or "")
            table.add_row(key.name, key.words(), unset, key.about)
        console.print(table)
    console.print("None of them has met its real hardware: docs/instruments.md", markup=False)


@command.command()
@click.argument("where", metavar="KIND@ADDRESS")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A key of the kind, as in a rig file.",
)
@_output.json_option
def measure(where: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Say who an instrument is, and take one reading of it.

    As in: evenflow rig measure mt-sics@/dev/ttyUSB0 --set baud=19200
    """
    name, at, address = where.partition("@")
    if not at:
        hint = "write it as mt-sics@/dev/ttyUSB0; see `evenflow rig instruments`"
        raise WrongUsage("wrong_usage", f"{where!r} is not KIND@ADDRESS", hint)
    options = _options(settings)
    if not as_json:
        click.echo(f"asking {name} at {address}", err=True)
    content = asyncio.run(_measured(name, address, options))
    if as_json:
        _output.print_json(content)
        return
    for part in ("identity", "reading"):
        for key, value in content[part].items():
            click.echo(f"{key:16} {_words(value)}")


def _words(value: object) -> str:
    """A figure or a word; a nought would be taken for a measured one."""
    if value is None:
        return "not measured"
    return "?" if value == "" else str(value)


def _row(kind: "Kind") -> dict[str, Any]:
    return {
        "name": kind.name,
        "role": kind.role,
        "about": kind.about,
        "keys": [
            {
                "name": key.name,
                "is": key.words(),
                "required": key.is_required,
                "default": key.default,
                "about": key.about,
            }
            for key in kind.keys
        ],
    }


def _options(settings: tuple[str, ...]) -> dict[str, object]:
    """`channels.step=D0` is the key `step` of the table `channels`."""
    options: dict[str, object] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            hint = "as in --set baud=19200"
            raise WrongUsage("wrong_usage", f"--set {setting}: is not KEY=VALUE", hint)
        table, dot, name = key.partition(".")
        value: object = int(text) if text.isascii() and text.isdecimal() else text
        if dot:
            inner = options.setdefault(table, {})
            if isinstance(inner, dict):
                inner[name] = value
        else:
            options[key] = value
    return options


async def _measured(name: str, address: str, options: dict[str, object]) -> dict[str, Any]:
    from evenflow.instruments import catalogue
    from evenflow.instruments.clock import MonotonicClock

    role = catalogue.kind(name).role
    clock = MonotonicClock()
    opened = await catalogue.open_instrument(name, address, clock, **options)
    try:
        identity = await opened.identity()
        reading = await _READINGS[role](opened, clock)
    finally:
        await opened.close()
    return {"kind": name, "address": address, "identity": asdict(identity), "reading": reading}


async def _weight(opened: "instrument.Instrument", _clock: "Clock") -> dict[str, Any]:
    balance = cast("instrument.Balance", opened)
    weight = await balance.read()
    return {
        "mass_ug": weight.mass_ug,
        "is_stable": weight.is_stable,
        "resolution_ug": balance.resolution_ug,
    }


async def _pressure(opened: "instrument.Instrument", _clock: "Clock") -> dict[str, Any]:
    return {"pressure_pa": await cast("instrument.PressureGauge", opened).read_pa()}


async def _power(opened: "instrument.Instrument", _clock: "Clock") -> dict[str, Any]:
    return asdict(await cast("instrument.Supply", opened).read())


async def _contacts(opened: "instrument.Instrument", _clock: "Clock") -> dict[str, Any]:
    return {"channel_count": cast("instrument.Relays", opened).channel_count}


async def _edges(opened: "instrument.Instrument", clock: "Clock") -> dict[str, Any]:
    capture = cast("instrument.LogicCapture", opened)
    await capture.begin()
    await clock.sleep(_CAPTURE_S)
    seen = await capture.finish()
    return {
        "span_ns": seen.ended_at_ns - seen.began_at_ns,
        "resolution_ns": seen.resolution_ns,
        "edge_count": {signal: len(edges) for signal, edges in seen.edges.items()},
    }


_READINGS = {
    "balance": _weight,
    "pressure": _pressure,
    "supply": _power,
    "relays": _contacts,
    "capture": _edges,
}
