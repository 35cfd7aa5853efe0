"""Schema 1: sessions, their events, frames and commands."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_PLACE = (
    ("tick_count", sa.Integer()),
    ("t_us", sa.BigInteger()),
    ("wall_at", sa.Text()),
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "session",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("started_tick_count", sa.Integer(), nullable=False),
        sa.Column("order_name", sa.Text(), nullable=False),
        sa.Column("order_text", sa.Text(), nullable=False),
        sa.Column("plan_json", sa.Text(), nullable=False),
        sa.Column("port", sa.Text(), nullable=False),
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("firmware", sa.Text(), nullable=False),
        sa.Column("interpreter", sa.Text(), nullable=False),
        sa.Column("wire_schema", sa.Text(), nullable=False),
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("host_version", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.Column("summary_json", sa.Text()),
    )
    _create_rows(
        "event",
        *_PLACE,
        ("source", sa.Text()),
        ("name", sa.Text()),
        ("detail_json", sa.Text()),
    )
    op.create_index("event_by_name", "event", ["session_id", "name"])
    _create_rows(
        "frames",
        ("first_tick_count", sa.Integer()),
        ("t_us", sa.BigInteger()),
        ("frame_count", sa.Integer()),
        ("crc32", sa.BigInteger()),
        ("content", sa.LargeBinary()),
    )
    _create_rows(
        "command",
        *_PLACE,
        ("name", sa.Text()),
        ("request_id", sa.Integer()),
        ("frame", sa.LargeBinary()),
    )


def _create_rows(name: str, *columns: tuple[str, sa.types.TypeEngine[Any]]) -> None:
    """A table of numbered rows of a session, none of which is null."""
    op.create_table(
        name,
        sa.Column("session_id", sa.Text(), sa.ForeignKey("session.id"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        *(sa.Column(column, kind, nullable=False) for column, kind in columns),
        sa.PrimaryKeyConstraint("session_id", "seq"),
    )
