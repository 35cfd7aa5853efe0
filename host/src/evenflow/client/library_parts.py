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


def installation(compiled: bytes) -> Fields:
    """Fields of the `install_library` message that goes after them."""
    if len(compiled) > MAX_LIBRARY_BYTES:
        reason = (
            f"the compiled library has {len(compiled)} bytes; a pump takes {MAX_LIBRARY_BYTES}"
        )
        raise Refused("library_size", reason, "leave out entries that this pump does not need")
    try:
        digest = bytes.fromhex(json.loads(compiled)["digest"])
    except (ValueError, KeyError, TypeError) as invalid:
        reason = "not a compiled drug library"
        raise Refused("library_invalid", reason, "compile it from its TOML file") from invalid
    return {"size_bytes": len(compiled), "digest": digest}
