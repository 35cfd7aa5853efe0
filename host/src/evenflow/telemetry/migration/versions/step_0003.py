"""Views for users of SQL; in PostgreSQL, frames by the month."""

from alembic import op

from evenflow.telemetry import partitions, views

revision = "0003"
down_revision = "0002"

_OWNED = ("event", "frames", "command")
_COLUMNS = "session_id, seq, first_tick_count, t_us, frame_count, crc32, content, row_hash"


def upgrade() -> None:
    """Make the views; lay frames anew where they can be parted."""
    if op.get_context().dialect.name == "postgresql":
        _part()
    views.create(op.get_bind())


def _part() -> None:
    """Ids order as bytes do, whatever the server's language, so that a range of them is a time."""
    for table in _OWNED:
        op.drop_constraint(f"{table}_session_id_fkey", table)
        op.execute(f'ALTER TABLE {table} ALTER COLUMN session_id TYPE text COLLATE "C"')
    op.execute('ALTER TABLE session ALTER COLUMN id TYPE text COLLATE "C"')
    op.execute("ALTER TABLE frames RENAME TO frames_before")
    op.execute("ALTER TABLE frames_before RENAME CONSTRAINT frames_pkey TO frames_before_pkey")
    op.execute("CREATE TABLE frames (LIKE frames_before) PARTITION BY RANGE (session_id)")
    op.execute("ALTER TABLE frames ADD PRIMARY KEY (session_id, seq)")
    partitions.create_rest(op.get_bind())
    op.execute(f"INSERT INTO frames ({_COLUMNS}) SELECT {_COLUMNS} FROM frames_before")
    op.execute("DROP TABLE frames_before")
    for table in _OWNED:
        op.create_foreign_key(f"{table}_session_id_fkey", table, "session", ["session_id"], ["id"])
