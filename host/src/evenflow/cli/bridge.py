"""`evenflow bridge`: what this host records, sent to the fleet's database as it comes."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _fleet, _output

if TYPE_CHECKING:
    from evenflow.fleet.bridge import Bridge


@click.command()
@_fleet.broker_options
@click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("evenflow-runs"),
    show_default=True,
    help="Every record below this folder, those to come as well.",
)
@click.option("--db", multiple=True, metavar="DB", help="This record instead: a file or URL.")
@click.option(
    "--every-s",
    type=click.FloatRange(min=0.1, max=3600.0),
    default=1.0,
    show_default=True,
    help="Send what a session has recorded so often: seldom means fewer, larger messages.",
)
@click.option("--once", is_flag=True, help="Send what there is, wait until it is stored, and end.")
@click.option(
    "--patience-s",
    type=click.FloatRange(min=1.0),
    default=60.0,
    show_default=True,
    help="With --once: give up when for so long nothing got any further.",
)
@_output.json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    site: str,
    name: str | None,
    runs: Path,
    db: tuple[str, ...],
    every_s: float,
    once: bool,
    patience_s: float,
    as_json: bool,
    **options: Unpack[_fleet.BrokerOptions],
) -> None:
    """Send what this host records to a broker, for `evenflow ingest`; runs until Ctrl-C.

    The records stay as they are: what is not stored at the other end is sent again. Ends with 1 if
    a session was refused, with 5 if --once ran out of patience.
    """
    _fleet.require_extra()
    from evenflow.fleet import names
    from evenflow.fleet.bridge import Bridge
    from evenflow.fleet.outbox import Outbox
    from evenflow.telemetry import place

    target = _fleet.broker_of(**options)
    outbox = Outbox(lambda: db or place.records(runs))
    bridge = Bridge(
        outbox,
        target,
        names.checked(site, "site"),
        names.checked(name or names.of_this_host(), "bridge"),
        _fleet.Speaker(),
        every_s,
    )
    try:
        asyncio.run(_run(bridge, is_once=once, patience_s=patience_s, is_shown=not as_json))
    finally:
        outbox.close()
    tally = bridge.tally()
    if as_json:
        _output.print_json({"notice": NOT_FOR_USE, **asdict(tally)})
    else:
        whole = f"{tally.complete} of {tally.sessions} sessions stored whole"
        click.echo(f"{whole}, {tally.unsettled} behind; {tally.rows_stored} rows stored now")
        for words in tally.refused:
            click.echo(f"  refused: {words}")
    ctx.exit(1 if tally.refused else 0)


async def _run(bridge: "Bridge", *, is_once: bool, patience_s: float, is_shown: bool) -> None:
    stored_before = 0

    def words(since_s: float) -> str:
        nonlocal stored_before
        tally = bridge.tally()
        rate = (tally.rows_stored - stored_before) / since_s
        stored_before = tally.rows_stored
        if not tally.is_connected:
            where = "no broker"
        elif not tally.ingests:
            where = "no ingest is there"
        else:
            where = f"stored by {', '.join(tally.ingests)}"
        whole = f"{tally.complete} of {tally.sessions} sessions stored whole"
        behind = f"{tally.unsettled} behind by {tally.rows_behind} rows or more"
        return f"{whole}, {behind}; {rate:.0f} rows/s; {where}"

    async with _fleet.shown(words, is_shown=is_shown):
        try:
            await bridge.run(is_once=is_once, patience_s=patience_s)
        except asyncio.CancelledError:
            # To be ended is how it ends, unless it was to end by itself.
            if is_once:
                raise
