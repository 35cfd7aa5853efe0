"""The record's tables; every time is device time in microseconds or wall time in UTC.

Columns that came with a later schema may be null, and lack in an older file. A change here needs a
step in `migration`.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

# Of a session; 1 had neither hashes nor what a replay needs, and says none; 2 was not signed.
SCHEMA = 3
UNSIGNED_SCHEMA = 2
FIRST_SCHEMA = 1

METADATA = MetaData()

HASH = "row_hash"

_OWNER = "session.id"
# Ids order as bytes do, so that a range of them is a time; SQLite's do so anyway.
_ID = Text().with_variant(Text(collation="C"), "postgresql")

# Texts are kept as they were, so that a record explains itself without its files.
SESSION = Table(
    "session",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("notice", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("started_tick_count", Integer, nullable=False),
    Column("order_name", Text, nullable=False),
    Column("order_text", Text, nullable=False),
    Column("plan_json", Text, nullable=False),
    Column("port", Text, nullable=False),
    Column("board", Text, nullable=False),
    Column("unique_id", Text, nullable=False),
    Column("firmware", Text, nullable=False),
    Column("interpreter", Text, nullable=False),
    Column("wire_schema", Text, nullable=False),
    Column("library", Text, nullable=False),
    Column("host_version", Text, nullable=False),
    Column("closed_at", Text),
    Column("outcome", Text),
    Column("summary_json", Text),
    Column("schema", Integer),
    # What the pump works with as far as the host knows; null where it does not.
    Column("profile_json", Text),
    Column("library_json", Text),
    # Of the kernel's files as this host had them.
    Column("core", Text),
    Column("seal_json", Text),
    Column(HASH, Text),
)

# Written when the session ends.
CLOSING = ("closed_at", "outcome", "summary_json", "seal_json")

# What happened, in the order in which the host knew it; `source` is pump, host, person or link.
EVENT = Table(
    "event",
    METADATA,
    Column("session_id", _ID, ForeignKey(_OWNER), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("tick_count", Integer, nullable=False),
    Column("t_us", BigInteger, nullable=False),
    Column("wall_at", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("detail_json", Text, nullable=False),
    Column(HASH, Text),
    PrimaryKeyConstraint("session_id", "seq"),
    Index("event_by_name", "session_id", "name"),
)

# Every valid frame from the device as it came, zeros between them; `t_us` is before the first.
# In PostgreSQL it is parted, see `partitions`.
FRAMES = Table(
    "frames",
    METADATA,
    Column("session_id", _ID, ForeignKey(_OWNER), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("first_tick_count", Integer, nullable=False),
    Column("t_us", BigInteger, nullable=False),
    Column("frame_count", Integer, nullable=False),
    Column("crc32", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column(HASH, Text),
    PrimaryKeyConstraint("session_id", "seq"),
)

# Every frame to the device; `tick_count` is the last tick heard before it was sent.
COMMAND = Table(
    "command",
    METADATA,
    Column("session_id", _ID, ForeignKey(_OWNER), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("tick_count", Integer, nullable=False),
    Column("t_us", BigInteger, nullable=False),
    Column("wall_at", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("request_id", Integer, nullable=False),
    Column("frame", LargeBinary, nullable=False),
    Column(HASH, Text),
    PrimaryKeyConstraint("session_id", "seq"),
)

CHAINED = (EVENT, FRAMES, COMMAND)
