"""`evenflow library keygen`: who may sign a library."""

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
    from evenflow.signing import key

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
