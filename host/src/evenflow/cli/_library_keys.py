"""`evenflow library keygen` and `trust`: who may sign a library, and whom this host believes."""

from datetime import UTC, datetime
from pathlib import Path

import click

from evenflow.cli import _output

_PATH = click.Path(path_type=Path)


def asked_passphrase() -> str:
    """The passphrase of a key, typed at the terminal."""
    return str(click.prompt("Passphrase of the key", hide_input=True, err=True))


@click.command()
@click.option("--out", required=True, metavar="NAME", type=_PATH, help="NAME.pem, NAME.pub.pem.")
@click.option(
    "--no-passphrase",
    "is_open",
    is_flag=True,
    help="Store the private key in clear: whoever reads the file can sign in your name.",
)
@_output.json_option
def keygen(*, out: Path, is_open: bool, as_json: bool) -> None:
    """Make a pair of keys: NAME.pem signs and is yours alone, NAME.pub.pem is for everybody."""
    from evenflow.formulary import key

    passphrase = None
    if is_open:
        words = "the private key is stored in clear: whoever reads it can sign in your name"
        click.echo(f"evenflow: {words}", err=True)
    else:
        passphrase = click.prompt(
            "Passphrase", hide_input=True, confirmation_prompt="Once more", err=True
        )
    private, public, ident = key.make(out, passphrase)
    if as_json:
        _output.print_json({"private": str(private), "public": str(public), "key": ident})
        return
    click.echo(f"{private}: the private key, for you alone; keep it, and keep it secret")
    click.echo(f"{public}: the public key, for `evenflow library trust add`")
    click.echo(f"key {ident}")


@click.group()
def trust() -> None:
    """Say whose signatures this host accepts."""


@trust.command()
@click.argument("file", type=_PATH)
@click.option("--name", required=True, help="Whose key it is.")
@_output.json_option
def add(*, file: Path, name: str, as_json: bool) -> None:
    """Trust a public key; compare its id with its owner before."""
    from evenflow.formulary import trust as store

    added = store.add(file, name, datetime.now(UTC).date())
    if as_json:
        _output.print_json({"key": added.ident, "name": added.name})
        return
    click.echo(f"key {added.ident} of {added.name} is trusted, in {store.folder()}")


@trust.command("list")
@_output.json_option
def list_keys(*, as_json: bool) -> None:
    """List the keys that are trusted."""
    from evenflow.formulary import trust as store

    found = store.all_keys()
    if as_json:
        keys = [{"key": one.ident, "name": one.name, "added_on": one.added_on} for one in found]
        _output.print_json({"folder": str(store.folder()), "keys": keys})
        return
    for one in found:
        click.echo(f"{one.ident}  {one.name}, since {one.added_on}")
    if not found:
        click.echo(f"no key is trusted; {store.folder()} is empty")


@trust.command()
@click.argument("ident")
@_output.json_option
def remove(*, ident: str, as_json: bool) -> None:
    """Trust a key no longer; IDENT is its id or the beginning of it."""
    from evenflow.formulary import trust as store

    removed = store.remove(ident)
    if as_json:
        _output.print_json({"key": removed.ident, "name": removed.name})
        return
    click.echo(f"key {removed.ident} of {removed.name} is not trusted any more")
