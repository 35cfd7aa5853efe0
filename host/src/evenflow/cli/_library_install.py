"""`evenflow library install`: a signed library onto a pump."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenflow.cli import _bar, _library_words, _output, _port
from evenflow.errors import CheckFailed, Refused

if TYPE_CHECKING:
    from evenflow.client.pump import Pump
    from evenflow.formulary.release import Installed
    from evenflow.formulary.source import Source


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@_port.port_option
@click.option(
    "--unsigned",
    "--allow-unsigned-on-bench",
    "is_unsigned",
    is_flag=True,
    help="Of an emulated or a bench pump: nobody needs to have signed it.",
)
@click.option(
    "--previous",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Say what changes against that one.",
)
@_output.json_option
def install(
    *, file: Path, port: str, is_unsigned: bool, previous: Path | None, as_json: bool
) -> None:
    """Install a library that a trusted key has signed; the pump goes forward only.

    Refused, nothing changes on the pump.
    """
    from evenflow.formulary.difference import changes
    from evenflow.formulary.source import read

    source = read(file)
    if previous is not None:
        _library_words.say(changes(read(previous).tables, source.tables), to_stderr=as_json)
    with _bar.Bar(is_shown=not as_json) as bar:
        wish = _install(source, port, is_unsigned=is_unsigned, taken=_moving(bar))
        sent = asyncio.run(wish)
    library = source.library
    if as_json:
        content = {"port": port, "name": library.name, "version": library.version}
        _output.print_json({**content, "digest": library.digest.hex(), "bytes": sent})
        return
    click.echo(f"{port}: has {library.name} {library.version}, digest {library.digest.hex()}")
    click.echo(f"  {library.review}")


async def _install(
    source: "Source", port: str, *, is_unsigned: bool, taken: Callable[[int, int], None]
) -> int:
    from evenflow.formulary import release
    from evenflow.session.opening import connect
    from evenflow.signing import trust

    def prepared(previous: "Installed | None") -> bytes:
        return release.prepare(
            source,
            previous=previous,
            trusted=trust.all_keys(trust.LIBRARIES),
            today=datetime.now(UTC).date(),
            is_unsigned_allowed=is_unsigned,
        )

    # What no pump would be sent needs none.
    prepared(None)
    async with await connect(port, speed=None) as pump:
        identity = await pump.ready()
        if is_unsigned:
            _require_bench(pump, port)
            words = "UNSIGNED: nobody vouches for this library; it is for the bench"
            click.echo(f"evenflow: {words}", err=True)
        content = prepared(release.Installed(identity.library_version, identity.library))
        has = await pump.install_library(content, taken)
    if has.library != source.library.digest:
        reason = f"{port}: the pump took it, and says that it has {has.library.hex()}"
        raise CheckFailed("other_library", reason, "install it again; `evenflow info` says which")
    return len(content)


def _require_bench(pump: "Pump", port: str) -> None:
    from evenflow.client.handshake import LINK_IS_BENCH, LINK_IS_EMULATED

    if not pump.identity.link_flags & (LINK_IS_BENCH | LINK_IS_EMULATED):
        reason = f"{port}: a pump for therapy takes no unsigned library"
        raise Refused("unsigned", reason, "`evenflow library sign FILE --key PEM --by NAME`")


def _moving(bar: _bar.Bar) -> Callable[[int, int], None]:
    def move(count: int, of_all: int) -> None:
        if count == 1:
            bar.begin("library", of_all)
        bar.advance(1)

    return move
