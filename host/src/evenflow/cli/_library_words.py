"""What the commands of `evenflow library` say alike."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evenflow.formulary.difference import Change
    from evenflow.formulary.source import Source


def say(found: "Iterable[Change]", *, to_stderr: bool = False) -> None:
    """Changes, one a line."""
    for line in [str(one) for one in found] or ["no difference"]:
        click.echo(line, err=to_stderr)


def identity(source: "Source") -> dict[str, Any]:
    """Which library it is, and who has reviewed it, for JSON."""
    library = source.library
    return {
        "name": library.name,
        "version": library.version,
        "digest": library.digest.hex(),
        "reviewed_by": library.reviewed_by or None,
        "reviewed_on": None if library.reviewed_on is None else library.reviewed_on.isoformat(),
        "valid_until": library.valid_until.isoformat(),
    }
