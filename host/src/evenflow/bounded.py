"""Files that people name: read no further than a bound, numbers no wider than TOML's 64 bits.

What is wrong with one is said here, in the same words for every kind of file.
"""

import tomllib
from pathlib import Path

from evenflow.errors import Refused, WrongUsage

_TOO_WIDE = "a number in it is too large: whole numbers have 64 bits"
_HIGHEST = (1 << 63) - 1


def content(path: str | Path, kind: str, most_bytes: int, name: str = "") -> bytes:
    """The file's bytes; WrongUsage if it cannot be read, Refused if it has more than that.

    `kind` is what it should be, as in `an order`; `name` is what it is called, if not its path.
    """
    name = name or str(path)
    try:
        with Path(path).open("rb") as stream:
            raw = stream.read(most_bytes + 1)
    except FileNotFoundError as missing:
        raise WrongUsage("no_file", f"{name}: no such file", "check the path") from missing
    except OSError as unreadable:
        reason = f"{name}: cannot be read: {unreadable.strerror}"
        raise WrongUsage("no_file", reason, f"name a readable file of {kind}") from unreadable
    if len(raw) > most_bytes:
        reason = f"{name}: is more than {kind} has ({most_bytes} bytes)"
        raise Refused("too_long", reason, "is this the right file?")
    return raw


def tables(raw: bytes, name: str) -> dict[str, object]:
    """The tables in a file's bytes; Refused if they are no TOML."""
    try:
        return toml(raw.decode())
    except UnicodeDecodeError as invalid:
        reason = f"{name}: not UTF-8 text (byte {invalid.start})"
        raise Refused("not_toml", reason, "save it as UTF-8") from invalid
    except ValueError as invalid:
        raise Refused("not_toml", f"{name}: not TOML: {invalid}", "correct the line") from invalid
    except RecursionError as invalid:
        hint = "see the files that come with Evenflow"
        raise Refused("not_toml", f"{name}: nested too deeply", hint) from invalid


def toml(text: str) -> dict[str, object]:
    """The tables in a text; ValueError or RecursionError if they are none."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as invalid:
        # Python converts no more than 4,300 digits.
        raise ValueError(_TOO_WIDE) from invalid
    if not _is_narrow(tables):
        raise ValueError(_TOO_WIDE)
    return tables


def _is_narrow(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_is_narrow, value.values()))
    if isinstance(value, list):
        return all(map(_is_narrow, value))
    return not isinstance(value, int) or -_HIGHEST - 1 <= value <= _HIGHEST
