"""Who has signed a session, in words; and `evenflow sessions key`, this host's own."""

from collections.abc import Mapping

import click

from evenflow.cli import _output


@click.command()
@_output.json_option
def key(*, as_json: bool) -> None:
    """Show the public key with which this host signs what it records; made if there is none."""
    from evenflow.signing import host_key
    from evenflow.signing import key as keys

    public = host_key.own().public_key()
    ident, pem = keys.ident(public), keys.public_pem(public).decode("ascii")
    if as_json:
        _output.print_json({"key": ident, "public_key": pem, "private": str(host_key.path())})
        return
    click.echo(f"key {ident}, for `evenflow sessions trust add` on other hosts:", err=True)
    click.echo(pem, nl=False)


def signature(session: Mapping[str, object]) -> dict[str, str | None]:
    """Key, whose it is, and words, of a session's row; what is wrong with it is a fault."""
    from evenflow.telemetry import seal

    if session["closed_at"] is None:
        return {"key": None, "by": None, "words": "not signed: it was never closed"}
    try:
        found = seal.signer(session)
    except seal.Unsigned:
        return {"key": None, "by": None, "words": "no signature that holds"}
    if found is None:
        words = "not signed: recorded before sessions were"
        return {"key": None, "by": None, "words": words}
    by = "a key that is unknown here" if found.by is None else found.by
    return {"key": found.key, "by": found.by, "words": f"signed by {by}, {found.key}"}
