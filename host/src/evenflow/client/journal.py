"""The pump's journal as it was read, each record judged: whole, and continuing the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from evenflow.client import _names
from evenflow.client.records import JournalPage
from pumpcore.journal_record import (
    KINDS,
    NO_CHAIN,
    RECORD_BYTES,
    Record,
    decode,
    follows,
    is_whole,
)
from pumpcore.wire.messages import by_name

RECORDS_A_PAGE = sum(field.kind == f"b{RECORD_BYTES}" for field in by_name("journal_page").fields)
# What the pump's clock counts seconds from.
_FIRST_MOMENT = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record. What `code`, `value` and `bound` are depends on the kind."""

    sequence: int
    boot_count: int
    tick_count: int
    at: datetime | None
    kind_name: str
    code: int
    value: int
    bound: int
    problem: str | None

    @property
    def is_sound(self) -> bool:
        """Whole, in its place, and chained to the record before it."""
        return self.problem is None


def raw_records(page: JournalPage) -> tuple[bytes, ...]:
    """The records of a page that count."""
    raw: tuple[bytes, ...] = (
        page.record_0,
        page.record_1,
        page.record_2,
        page.record_3,
        page.record_4,
    )
    return raw[: page.record_count]


def entries(first_sequence: int, raw: Sequence[bytes]) -> list[Entry]:
    """Records that lie one after the other from `first_sequence` on, judged.

    What the first one should follow is known only if it is the first there ever was.
    """
    found = []
    chain = NO_CHAIN if first_sequence == 0 else None
    for index, octets in enumerate(raw):
        record = decode(octets)
        problem = _problem(record, octets, first_sequence + index, chain)
        chain = record.chain
        found.append(_entry(record, first_sequence + index, problem))
    return found


def _problem(record: Record, octets: bytes, sequence: int, chain: bytes | None) -> str | None:
    if not is_whole(octets):
        return "damaged"
    if record.sequence != sequence:
        return "out_of_place"
    if chain is not None and not follows(octets, chain):
        return "chain_broken"
    return None


def _entry(record: Record, sequence: int, problem: str | None) -> Entry:
    at = _FIRST_MOMENT + timedelta(seconds=record.clock_s) if record.clock_s else None
    return Entry(
        sequence,
        record.boot_count,
        record.tick_count,
        at,
        _names.named(KINDS, record.kind),
        record.code,
        record.value,
        record.bound,
        problem,
    )
