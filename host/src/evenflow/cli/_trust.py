"""The commands that say whose signatures this host accepts, of libraries or of sessions."""

from datetime import UTC, datetime
from pathlib import Path

import click

from evenflow.cli import _output


def group(kind: str, about: str) -> click.Group:
    """The group `trust`; `kind` is the value of one of evenflow.signing.trust."""
    commands = click.Group("trust", help=about)

    @commands.command()
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--name", required=True, help="Whose key it is.")
    @_output.json_option
    def add(*, file: Path, name: str, as_json: bool) -> None:
        """Trust a public key; compare its id with its owner before."""
        from evenflow.signing import trust

        added = trust.add(kind, file, name, datetime.now(UTC).date())
        if as_json:
            _output.print_json({"key": added.ident, "name": added.name})
            return
        click.echo(f"key {added.ident} of {added.name} is trusted, in {trust.folder(kind)}")

    @commands.command("list")
    @_output.json_option
    def list_keys(*, as_json: bool) -> None:
        """List the keys that are trusted."""
        from evenflow.signing import trust

        found = trust.all_keys(kind)
        if as_json:
            keys = [
                {"key": one.ident, "name": one.name, "added_on": one.added_on} for one in found
            ]
            _output.print_json({"folder": str(trust.folder(kind)), "keys": keys})
            return
        for one in found:
            click.echo(f"{one.ident}  {one.name}, since {one.added_on}")
        if not found:
            click.echo(f"no key is trusted; {trust.folder(kind)} is empty")

    @commands.command()
    @click.argument("ident")
    @_output.json_option
    def remove(*, ident: str, as_json: bool) -> None:
        """Trust a key no longer; IDENT is its id or the beginning of it."""
        from evenflow.signing import trust

        removed = trust.remove(kind, ident)
        if as_json:
            _output.print_json({"key": removed.ident, "name": removed.name})
            return
        click.echo(f"key {removed.ident} of {removed.name} is not trusted any more")

    return commands
