"""What makes a record tamper-evident: each row bears a hash over itself and the row before it.

A session has three chains: of its events, of its frames and of its commands. Each begins with the
hash of the session's row as it was opened. When the session closes, a seal in that row keeps the
count and the last hash of each chain, and a hash over those and over how the session ended, which
is signed, see `seal`.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from operator import itemgetter

from sqlalchemy import Table

from evenflow.telemetry.tables import CHAINED, CLOSING, HASH, SESSION

Row = Mapping[str, object]

# Made once: a row's hash is most of what a row costs.
_line = json.JSONEncoder(separators=(",", ":")).encode

_OPENING = tuple(c.name for c in SESSION.columns if c.name not in (*CLOSING, HASH))
_values = {
    table: itemgetter(*(c.name for c in table.columns if c.name != HASH)) for table in CHAINED
}


def opening_hash(row: Row) -> str:
    """Of the session's row, without what is written at its close; hexadecimal."""
    return _hash("", [row[name] for name in _OPENING])


def row_hash(table: Table, before: str, row: Row) -> str:
    """Of a row of a chained table, `before` being that of the row before or of the opening."""
    return _hash(before, list(_values[table](row)))


def seal(opening: str, counts: Mapping[str, int], heads: Mapping[str, str], ending: Row) -> str:
    """The seal as JSON text, of counts and last hashes by the table's name."""
    rows = {name: {"count": counts[name], "head": heads[name]} for name in sorted(counts)}
    return json.dumps({"rows": rows, "head": _head(opening, rows, ending)})


def is_sealed(opening: str, content: Mapping[str, object], ending: Row) -> bool:
    """Whether the head of a seal that was read back is that of its other figures."""
    return content.get("head") == _head(opening, content.get("rows"), ending)


def _head(opening: str, rows: object, ending: Row) -> str:
    how = [ending[name] for name in CLOSING if name != "seal_json"]
    return _hash(opening, [json.dumps(rows, sort_keys=True), *how])


def _hash(before: str, values: list[object]) -> str:
    """SHA-256 over the hash before, a line of JSON, and bytes as they are.

    Bytes stand in the line as their length, so that no two rows give the same text.
    """
    raw = [one for one in values if isinstance(one, bytes)]
    if raw:
        values = [{"bytes": len(one)} if isinstance(one, bytes) else one for one in values]
    return sha256(b"".join((_line([before, values]).encode(), b"\n", *raw))).hexdigest()
