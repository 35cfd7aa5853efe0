"""`evenflow flow record`: a balance is read while a pump runs, and each row is kept at once."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _output
from evenflow.cli._flow_delivery import ByHand, ByPump, Shown
from evenflow.errors import Refused, WrongUsage

if TYPE_CHECKING:
    from evenflow.flow.recorder import Progress
    from evenflow.instruments.instrument import Balance

_AT = "@"
_MS_PER_S = 1_000


@dataclass(frozen=True, slots=True)
class _Wishes:
    """The command's options, read."""

    kind: str
    address: str
    options: dict[str, object]
    out: Path
    port: str | None
    rate: float | None
    spans: dict[str, float]
    at_once: bool
    is_shown: bool


@click.command()
@click.option(
    "--balance",
    required=True,
    metavar="KIND@ADDRESS",
    help="Such as mt-sics@/dev/ttyUSB0 or sartorius-sbi@socket://127.0.0.1:4001.",
)
@click.option(
    "--balance-key",
    "keys",
    multiple=True,
    metavar="KEY=VALUE",
    help="A key of that kind, such as baud=2400; may be repeated.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new file.")
@click.option("--port", metavar="PORT", help="The pump: it says when it begins, ends, its rate.")
@click.option("--rate", type=float, metavar="ML/H", help="What is set, for the log.")
@click.option("--duration", default="120 min", show_default=True, help="Of the run, from START.")
@click.option(
    "--rest",
    default="10 min",
    show_default=True,
    help="Before and after the run, for evaporation.",
)
@click.option("--no-rest", is_flag=True, help="No rest: evaporation stays in the figures.")
@click.option("--every", default="10 s", show_default=True, help="Between readings.")
@click.option(
    "--at-once",
    is_flag=True,
    help="Ask nobody: what is run begins after the rest, and ends after its duration.",
)
@_output.json_option
def record(
    *,
    balance: str,
    keys: tuple[str, ...],
    out: Path,
    port: str | None,
    rate: float | None,
    duration: str,
    rest: str,
    no_rest: bool,
    every: str,
    at_once: bool,
    as_json: bool,
) -> None:
    """Record a balance while a pump runs, for `evenflow flow analyse`.

    The line ends under the surface in a covered vessel on the pan. First the pump stands, for the
    rest; then START is pressed, and Enter here (or --port, and the pump says so); when the run is
    over and the pump stands, Enter again, and the rest after it. Every row is on disk before the
    next is read: Ctrl-C and a killed program lose nothing. Ends with 5 if the balance gives out.
    """
    kind, at, address = balance.partition(_AT)
    if not at or not kind or not address:
        hint = "write it as KIND@ADDRESS, such as mt-sics@/dev/ttyUSB0"
        raise WrongUsage("balance_address", f"--balance {balance!r} is no kind and address", hint)
    if rate is not None and not 0 < rate < float("inf"):
        raise WrongUsage("rate_range", f"--rate {rate} is not above 0", "give it in mL/h")
    spans = {
        name: _seconds(name, text)
        for name, text in (("rest", rest), ("duration", duration), ("every", every))
    }
    if no_rest:
        spans["rest"] = 0.0
    if at_once and port is not None:
        raise WrongUsage("start_twice", "--port says when it starts", "leave --at-once away")
    wishes = _Wishes(kind, address, _options(keys), out, port, rate, spans, at_once, not as_json)
    done = asyncio.run(_record(wishes))
    content = {"file": str(out), "rows": done.row_count, "missed": done.missed_count}
    if as_json:
        _output.print_json(content)
    else:
        click.echo(f"{out}: {done.row_count} rows; evenflow flow analyse {out}")


async def _record(wishes: _Wishes) -> "Progress":
    from evenflow.flow import balance_log
    from evenflow.flow.recorder import Recorder, Schedule
    from evenflow.instruments.catalogue import open_instrument
    from evenflow.instruments.clock import MonotonicClock
    from evenflow.session.opening import connect

    clock = MonotonicClock()
    opened = await open_instrument(wishes.kind, wishes.address, clock, **wishes.options)
    if not hasattr(opened, "read_stable"):
        await opened.close()
        raise WrongUsage("no_balance", f"{wishes.kind} is no balance", "see docs/hil.md")
    balance = cast("Balance", opened)
    try:
        identity = await balance.identity()
        words = (identity.maker, identity.model, identity.serial_number)
        facts: dict[str, str | float] = {
            "notice": NOT_FOR_USE,
            "began_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "balance": " ".join(word for word in words if word) or wishes.kind,
            "resolution_ug": balance.resolution_ug,
        }
        if wishes.rate is not None:
            facts["rate_ml_per_h"] = wishes.rate
        spans = wishes.spans
        schedule = Schedule(spans["rest"], spans["duration"], spans["every"])
        with _log(wishes.out) as file, Shown(is_shown=wishes.is_shown) as shown:
            write = _durable(file)
            write(balance_log.head(facts))
            recorder = Recorder(balance, clock, write, shown.show)
            if wishes.port is None:
                return await recorder.record(schedule, ByHand(shown, at_once=wishes.at_once))
            async with await connect(wishes.port, read_only=True) as pump:
                return await recorder.record(
                    schedule, ByPump(pump, states_rate=wishes.rate is None)
                )
    finally:
        await balance.close()


@contextmanager
def _log(path: Path) -> Iterator[TextIO]:
    """A new file; what is there already stays."""
    try:
        with path.open("x", encoding="utf-8") as file:
            yield file
    except FileExistsError as there:
        reason = f"{path}: is there already"
        raise WrongUsage("file_exists", reason, "name a new file") from there


def _durable(file: TextIO) -> Callable[[str], None]:
    def write(text: str) -> None:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())

    return write


def _seconds(name: str, text: str) -> float:
    from evenflow.dose.dimension import DURATION
    from evenflow.dose.quantity import parse

    try:
        return float(parse(text, name, DURATION).value) / _MS_PER_S
    except Refused as refused:
        raise WrongUsage(refused.code, f"--{refused.reason}", refused.hint) from refused


def _options(keys: tuple[str, ...]) -> dict[str, object]:
    options: dict[str, object] = {}
    for one in keys:
        name, equals, value = one.partition("=")
        if not equals:
            reason = f"--balance-key {one!r} is no KEY=VALUE"
            raise WrongUsage("balance_key", reason, "write it as baud=9600")
        options[name] = int(value) if value.isdecimal() else value
    return options
