"""A pump as it was last heard, for whoever looks at many: the end of what its session recorded."""

import json
from collections.abc import Mapping
from zlib import crc32

from evenflow import NOT_FOR_USE
from evenflow.client.batch import Batch as Telemetry
from evenflow.client.stream import Stream
from pumpcore import units
from pumpcore.wire.messages import SCHEMA as WIRE_SCHEMA

Row = Mapping[str, object]


def described(
    session: Row, ending: Row, last_frames: Row | None, bridge: str
) -> dict[str, object]:
    """Session and pump in words, and the last telemetry where this version can read it."""
    return {
        "notice": NOT_FOR_USE,
        "pump": session["unique_id"],
        "board": session["board"],
        "bridge": bridge,
        "session": session["id"],
        "order": session["order_name"],
        "started_at": session["started_at"],
        "closed_at": ending["closed_at"],
        "outcome": ending["outcome"],
        "telemetry": _last(session, last_frames),
    }


def key(content: Row) -> tuple[object, ...]:
    """What is news at once: another session or outcome, state, stop reason, alarms."""
    now = content["telemetry"]
    heard = now if isinstance(now, dict) else {}
    parts = (heard.get(name) for name in ("state", "stop_reason", "alarms", "programme_number"))
    return (content["session"], content["outcome"], *map(str, parts))


def as_text(content: Row) -> str:
    """For a topic."""
    return json.dumps(content)


def _last(session: Row, frames: Row | None) -> dict[str, object] | None:
    if frames is None or session["wire_schema"] != WIRE_SCHEMA.hex():
        return None
    content = frames["content"]
    if not isinstance(content, bytes) or crc32(content) != frames["crc32"]:
        return None
    heard = [item for item in Stream().feed(content) if isinstance(item, Telemetry)]
    if not heard:
        return None
    now = heard[-1].record(-1)
    return {
        "tick_count": now.tick_count,
        "state": now.state_name,
        "stop_reason": now.stop_reason_name,
        "alarms": list(now.alarm_names),
        "commanded_ml_per_h": now.commanded_ul_per_h / units.UL_PER_ML,
        "delivered_microsteps": now.delivered_microsteps,
        "programme_number": now.programme_number,
    }
