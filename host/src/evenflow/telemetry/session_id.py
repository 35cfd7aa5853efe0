"""Names of sessions: UUIDs that begin with their time, so that those of a month stand together.

Version 7 of RFC 9562: 48 bits of Unix milliseconds, then chance.
"""

import uuid
from datetime import UTC, datetime

_VERSION = 7
_TIME_DIGITS = 12
_CHANCE_BITS = 80
# Where version and variant stand, and what they are.
_FIXED_MASK = 0xF << 76 | 3 << 62
_FIXED = _VERSION << 76 | 2 << 62


def fresh(now: datetime) -> str:
    """An id that nobody else has."""
    chance = uuid.uuid4().int & ~_FIXED_MASK & (1 << _CHANCE_BITS) - 1
    return str(uuid.UUID(int=_milliseconds(now) << _CHANCE_BITS | _FIXED | chance))


def beginning(moment: datetime) -> str:
    """What ids of that millisecond begin with; as texts these order as their times do."""
    return str(uuid.UUID(int=_milliseconds(moment) << _CHANCE_BITS))[: _TIME_DIGITS + 1]


def moment(session_id: str) -> datetime | None:
    """When it was made; None for an id that does not tell."""
    try:
        found = uuid.UUID(session_id)
        if str(found) != session_id or found.version != _VERSION:
            return None
        return datetime.fromtimestamp((found.int >> _CHANCE_BITS) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
