"""Schema 2: every row bears a hash, and a session what its replay needs; null in older rows."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_HASHED = ("session", "event", "frames", "command")
_OF_A_SESSION = (
    ("schema", sa.Integer()),
    ("profile_json", sa.Text()),
    ("library_json", sa.Text()),
    ("core", sa.Text()),
    ("seal_json", sa.Text()),
)


def upgrade() -> None:
    """Add the columns."""
    for name, kind in _OF_A_SESSION:
        op.add_column("session", sa.Column(name, kind))
    for name in _HASHED:
        op.add_column(name, sa.Column("row_hash", sa.Text()))
