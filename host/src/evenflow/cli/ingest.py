"""`evenflow ingest`: what bridges send, stored in the fleet's database."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Unpack

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _fleet, _output

if TYPE_CHECKING:
    from evenflow.fleet.ingest import Ingest


@click.command()
@_fleet.broker_options
@click.option(
    "--db",
    required=True,
    metavar="DB",
    envvar="EVENFLOW_DB",
    show_envvar=True,
    help="Where to: postgresql://USER@HOST/NAME, or a file.",
)
@_output.json_option
def command(
    *,
    site: str,
    name: str | None,
    db: str,
    as_json: bool,
    **options: Unpack[_fleet.BrokerOptions],
) -> None:
    """Store what bridges send, each row held to its hash; runs until Ctrl-C.

    A bridge is answered when its rows are committed, and not before.
    """
    _fleet.require_extra()
    from evenflow.fleet import names
    from evenflow.fleet.inbox import Inbox
    from evenflow.fleet.ingest import Ingest
    from evenflow.telemetry.store import create

    target = _fleet.broker_of(**options)
    with create(db) as store:
        ingest = Ingest(
            Inbox(store),
            target,
            names.checked(site, "site"),
            names.checked(name or names.of_this_host(), "ingest"),
            _fleet.Speaker(),
        )
        asyncio.run(_run(ingest, is_shown=not as_json))
    taken = ingest.taken()
    if as_json:
        _output.print_json({"notice": NOT_FOR_USE, **asdict(taken)})
    else:
        click.echo(
            f"{taken.rows_stored} rows stored, {taken.sessions_closed} sessions closed, "
            f"{taken.refused} batches refused, {taken.garbled} messages that were none"
        )


async def _run(ingest: "Ingest", *, is_shown: bool) -> None:
    stored_before = 0

    def words(since_s: float) -> str:
        nonlocal stored_before
        taken = ingest.taken()
        rate = (taken.rows_stored - stored_before) / since_s
        stored_before = taken.rows_stored
        where = "connected" if taken.is_connected else "no broker"
        return f"{where}; {taken.rows_stored} rows stored, {rate:.0f} rows/s"

    async with _fleet.shown(words, is_shown=is_shown):
        try:
            await ingest.run()
        except asyncio.CancelledError:
            # To be ended is how it ends.
            return
