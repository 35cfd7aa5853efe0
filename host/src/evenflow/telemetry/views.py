"""What users of SQL look for, out of the events' JSON: vital signs that were entered, overrides.

Each view reads alike in both databases.
"""

from collections.abc import Mapping

from sqlalchemy import Connection

# How a field of an event's detail is taken, as a number or as text, by the database's name.
_FIELD = {
    "sqlite": {
        "number": "json_extract(detail_json, '$.{0}')",
        "text": "json_extract(detail_json, '$.{0}')",
    },
    "postgresql": {
        "number": "CAST(CAST(detail_json AS json) ->> '{0}' AS integer)",
        "text": "(CAST(detail_json AS json) ->> '{0}')",
    },
}
_PLACE = "session_id, seq, tick_count, t_us, wall_at"

_VITAL_SIGNS = (
    ("systolic_mmhg", "number"),
    ("diastolic_mmhg", "number"),
    ("heart_rate_per_min", "number"),
    ("oxygen_percent", "number"),
    ("sedation", "text"),
    ("phase", "text"),
    ("beyond", "text"),
    ("by", "text"),
)

# An event that passes a limit, what was passed, and the field of its detail with the reason.
_OVERRIDES = (
    ("override", "order", "reason"),
    ("course_override", "course", "reason"),
    ("vital_signs", "baseline", "override"),
)

NAMES = ("vital_signs", "overrides")


def create(connection: Connection) -> None:
    """Make the views, in place of those that are there."""
    field = _FIELD[connection.dialect.name]
    for name, query in zip(NAMES, (_vital_signs(field), _overrides(field)), strict=True):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {query}")


def _vital_signs(field: Mapping[str, str]) -> str:
    columns = ", ".join(
        f'{field[kind].format(name)} AS "{_column(name)}"' for name, kind in _VITAL_SIGNS
    )
    return f"SELECT {_PLACE}, {columns} FROM event WHERE name = 'vital_signs'"


def _column(name: str) -> str:
    return "entered_by" if name == "by" else name


def _overrides(field: Mapping[str, str]) -> str:
    parts = []
    for name, what, key in _OVERRIDES:
        reason = field["text"].format(key)
        parts.append(
            f"SELECT {_PLACE}, '{what}' AS what, {reason} AS reason FROM event "
            f"WHERE name = '{name}' AND {reason} IS NOT NULL"
        )
    return " UNION ALL ".join(parts)
