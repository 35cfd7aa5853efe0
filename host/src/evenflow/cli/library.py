"""`evenflow library`: what a drug library allows, whether it is sound, and its way to a pump."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _library_install, _library_keys, _library_words, _output, _trust
from evenflow.errors import Refused

if TYPE_CHECKING:
    from evenflow.formulary.source import Source

_FILE = click.argument("file", type=click.Path(path_type=Path))
_PATH = click.Path(path_type=Path)
# A library that ends within as many days is said to.
_SOON_DAYS = 90


@click.group()
def command() -> None:
    """Check, show, compare, sign and install drug libraries."""


@command.command()
@_FILE
@_output.json_option
def check(*, file: Path, as_json: bool) -> None:
    """Check a library: every mistake at once, each with its place and what to do.

    Ends with 3 if it is unsound, too large for a pump, past its last day, or if a signature is
    there that does not hold. None at all is said.
    """
    from evenflow.client.library_parts import require_size
    from evenflow.dose.library import compile_library
    from evenflow.formulary.signature import require_valid
    from evenflow.formulary.source import figures, read
    from pumpcore.library import MAX_LIBRARY_BYTES

    source = read(file)
    today = datetime.now(UTC).date()
    require_valid(source, today)
    library = source.library
    all_figures = [one for entry in source.tables["entry"] for one in figures(entry)]
    grades = {grade: [one.grade for one in all_figures].count(grade) for grade in "FMUP"}
    compiled = compile_library(library)
    require_size(compiled)
    size = len(compiled)
    left_days = (library.valid_until - today).days
    signed, trust = _signed(source, today)
    if as_json:
        _output.print_json(
            {
                "library": str(file),
                "ok": True,
                **_library_words.identity(source),
                "days_left": left_days,
                "figures": len(all_figures),
                "grades": grades,
                "compiled_bytes": size,
                "most_bytes": MAX_LIBRARY_BYTES,
                "is_signed": signed,
                "signature": trust,
            }
        )
        return
    click.echo(f"{file}: sound; {library.name} {library.version}, {len(library.entries)} entries")
    click.echo(f"  {library.review}")
    counted = ", ".join(f"{count} {grade}" for grade, count in grades.items())
    click.echo(f"  {len(all_figures)} figures, each with its source: {counted}")
    click.echo("  (F read in a source; M, U from memory, sure and unsure; P a proposal)")
    soon = ", SOON" if left_days <= _SOON_DAYS else ""
    click.echo(f"  valid until {library.valid_until}: {left_days} days left{soon}")
    click.echo(
        f"  {size} bytes on the pump, of {MAX_LIBRARY_BYTES}; digest {library.digest.hex()}"
    )
    click.echo(f"  {trust}")


@command.command()
@click.argument("file", type=_PATH, required=False)
@click.option("--entry", "name", metavar="CARE-AREA/DRUG", help="Only that entry.")
@_output.json_option
def show(*, file: Path | None, name: str | None, as_json: bool) -> None:
    """Show every figure of a library, with its grade and its source.

    Without FILE, of the one that comes with Evenflow.
    """
    from evenflow.dose.library import SHIPPED
    from evenflow.formulary.source import figures, read

    source = read(SHIPPED if file is None else file)
    entries = {f"{one['care_area']}/{one['drug']}": one for one in source.tables["entry"]}
    if name is not None:
        if name not in entries:
            reason = f"{source.path}: no entry {name}"
            raise Refused("unknown_entry", reason, f"there are {', '.join(entries)}")
        entries = {name: entries[name]}
    if as_json:
        shown = [
            {
                "ident": entry["ident"],
                "care_area": entry["care_area"],
                "drug": entry["drug"],
                "figures": [
                    {"name": one.place, "value": one.value, "grade": one.grade}
                    | {"source": one.source}
                    for one in figures(entry)
                ],
            }
            for entry in entries.values()
        ]
        _output.print_json(
            {"library": str(source.path), **_library_words.identity(source), "entries": shown}
        )
        return
    from rich.table import Table
    from rich.text import Text

    console = _output.console()
    library = source.library
    console.print(f"{library.name} {library.version}: {library.review}", markup=False)
    console.print(f"valid until {library.valid_until}, digest {library.digest.hex()}")
    for title, entry in entries.items():
        table = Table(
            "", "value", "grade", "source", title=Text(f"{title}, ident {entry['ident']}")
        )
        table.title_justify = "left"
        for one in figures(entry):
            table.add_row(Text(one.place), Text(one.words), one.grade, Text(one.source))
        console.print(table)
    console.print("F read in the source named; M, U from memory, sure and unsure; P a proposal.")
    console.print(NOT_FOR_USE, markup=False)


@command.command()
@click.argument("old", type=_PATH)
@click.argument("new", type=_PATH)
@_output.json_option
@click.pass_context
def diff(ctx: click.Context, /, *, old: Path, new: Path, as_json: bool) -> None:
    """Say what NEW allows that OLD does not, in words; ends with 1 if they differ."""
    from evenflow.formulary.difference import changes
    from evenflow.formulary.source import read

    found = changes(read(old).tables, read(new).tables)
    if as_json:
        listed = [{"where": one.where, "what": one.what, "effect": one.effect} for one in found]
        _output.print_json({"old": str(old), "new": str(new), "changes": listed})
    else:
        _library_words.say(found)
    ctx.exit(1 if found else 0)


@command.command()
@_FILE
@click.option("--key", "key_path", required=True, metavar="PEM", type=_PATH, help="Private key.")
@click.option("--by", "signer", required=True, metavar="NAME", help="Who signs it.")
@click.option("--previous", metavar="FILE", type=_PATH, help="Say what changed since that one.")
@_output.json_option
def sign(*, file: Path, key_path: Path, signer: str, previous: Path | None, as_json: bool) -> None:
    """Sign a sound library, as FILE.sig beside it."""
    from evenflow.formulary import signature
    from evenflow.formulary.difference import changes
    from evenflow.formulary.source import read
    from evenflow.signing import key

    source = read(file)
    found = () if previous is None else changes(read(previous).tables, source.tables)
    if previous is not None:
        _library_words.say(found, to_stderr=as_json)
    private = key.private(key_path, _library_keys.asked_passphrase)
    made = signature.sign(source, private, signer, datetime.now(UTC))
    place = signature.path_of(file)
    signature.write(made, place)
    if as_json:
        content = {"signature": str(place), "key": made.key, "signed_at": made.signed_at}
        _output.print_json({"library": str(file), **_library_words.identity(source), **content})
        return
    click.echo(f"{place}: {source.library.name} {source.library.version} signed by {signer}")
    click.echo(f"  {source.library.review}")
    click.echo(f"  key {made.key}")


def _signed(source: "Source", today: date) -> tuple[bool, str]:
    """Whether somebody trusted has signed it, in words too; Refused by a signature that fails."""
    from evenflow.formulary import signature
    from evenflow.signing import trust

    try:
        return True, str(signature.verify(source, trust.all_keys(trust.LIBRARIES), today))
    except Refused as refused:
        if refused.code == "unsigned":
            return False, "not signed"
        raise


command.add_command(_library_keys.keygen)
command.add_command(
    _trust.group("trusted", "Say whose signatures of libraries this host accepts.")
)
command.add_command(_library_install.install)
