"""A compiled drug library in parts, and their installation."""

import json
from collections.abc import Iterator

from evenflow.errors import Refused
from pumpcore.library import MAX_LIBRARY_BYTES

HALF_BYTES = 64
Fields = dict[str, int | bytes]


def parts(compiled: bytes) -> Iterator[Fields]:
    """Fields of the `library_part` messages, in order."""
    for offset in range(0, len(compiled), 2 * HALF_BYTES):
        part = compiled[offset : offset + 2 * HALF_BYTES]
        whole = part.ljust(2 * HALF_BYTES, b"\0")
        yield {
            "offset": offset,
            "length": len(part),
            "part_0": whole[:HALF_BYTES],
            "part_1": whole[HALF_BYTES:],
        }


def require_size(compiled: bytes) -> None:
    """Refused if it is more than a pump takes."""
    if len(compiled) > MAX_LIBRARY_BYTES:
        reason = (
            f"the compiled library has {len(compiled)} bytes; a pump takes {MAX_LIBRARY_BYTES}"
        )
        raise Refused("too_large", reason, "leave out entries that this pump does not need")


def installation(compiled: bytes) -> Fields:
    """Fields of the `install_library` message that goes after them; Refused if it is too large."""
    require_size(compiled)
    try:
        digest = bytes.fromhex(json.loads(compiled)["digest"])
    except (ValueError, KeyError, TypeError) as invalid:
        reason = "not a compiled drug library"
        raise Refused("library_invalid", reason, "compile it from its TOML file") from invalid
    return {"size_bytes": len(compiled), "digest": digest}
