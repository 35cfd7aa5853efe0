"""Files that people name: read no further than a bound, numbers no wider than TOML's 64 bits."""

import tomllib
from pathlib import Path

_TOO_WIDE = "a number in it is too large: whole numbers have 64 bits"
_HIGHEST = (1 << 63) - 1


def content(path: str | Path, most_bytes: int) -> bytes:
    """The file's bytes, one more than the bound where it has more; OSError if it is unreadable."""
    with Path(path).open("rb") as stream:
        return stream.read(most_bytes + 1)


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
