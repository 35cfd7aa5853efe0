"""The journal's ring: every record that was written is there, but the newest if it was torn."""

import random

import pytest
from core.memory_bench import BenchMemory, PowerCut

from pumpcore import journal_record
from pumpcore.journal import Journal
from pumpcore.journal_record import RECORD_BYTES
from pumpcore.memory import JOURNAL_ADDRESS, MIN_SIZE_BYTES

SMALL = JOURNAL_ADDRESS + 16 * RECORD_BYTES


def opened(memory: BenchMemory) -> Journal:
    journal = Journal(memory)
    journal.open()
    return journal


def append(journal: Journal, value: int) -> None:
    journal.append(3, value, 1_000 + value, journal_record.KEY, value & 0xFF, value, -value)


def raw(journal: Journal, sequence: int) -> bytes:
    buffer = bytearray(RECORD_BYTES)
    journal.read_into(sequence, buffer)
    return bytes(buffer)


def records(journal: Journal) -> list[journal_record.Record]:
    """All that are there, each whole, in sequence, and chained to the one before."""
    found = []
    chain = None
    for sequence in range(journal.oldest_sequence(), journal.next_sequence):
        read = raw(journal, sequence)
        assert journal_record.is_whole(read)
        record = journal_record.decode(read)
        assert record.sequence == sequence
        assert chain is None or journal_record.follows(read, chain)
        chain = record.chain
        found.append(record)
    return found


@pytest.mark.requirement("LOG-03")
def test_32_kib_hold_a_thousand_records() -> None:
    """LOG-03."""
    journal = opened(BenchMemory(MIN_SIZE_BYTES))
    for value in range(2_500):
        append(journal, value)

    assert len(records(journal)) >= 1_000
    assert records(journal)[-1].value == 2_499


@pytest.mark.requirement("LOG-01")
def test_a_record_says_what_it_was_given() -> None:
    journal = opened(BenchMemory(SMALL))
    journal.append(70_000, 1 << 29, 201_000_000, journal_record.STATE, 5, -(1 << 31), 1 << 30)

    (record,) = records(journal)
    assert record[:8] == (
        0,
        70_000 & 0xFFFF,
        1 << 29,
        201_000_000,
        journal_record.STATE,
        5,
        -(1 << 31),
        1 << 30,
    )
    assert journal_record.follows(raw(journal, 0), journal_record.NO_CHAIN)


@pytest.mark.requirement("LOG-04")
@pytest.mark.parametrize("count", [0, 1, 2, 15, 16, 17, 31, 32, 33, 100])
def test_a_reset_finds_the_newest(count: int) -> None:
    memory = BenchMemory(SMALL)
    journal = opened(memory)
    for value in range(count):
        append(journal, value)
    again = opened(memory)

    assert again.next_sequence == count
    append(again, 7)
    assert [record.value for record in records(again)][-2:] == [count - 1, 7][-(count + 1) :]


def test_finding_it_takes_a_dozen_reads() -> None:
    memory = BenchMemory()
    journal = opened(memory)
    for value in range(1_500):
        append(journal, value)
    memory.read_count = 0
    opened(memory)

    assert memory.read_count <= 13


@pytest.mark.requirement("LOG-03")
def test_the_oldest_is_overwritten_first() -> None:
    """LOG-03."""
    journal = opened(BenchMemory(SMALL))
    for value in range(40):
        append(journal, value)

    assert [record.value for record in records(journal)] == list(range(25, 40))


@pytest.mark.requirement("LOG-04", "PWR-07")
def test_a_write_torn_at_any_byte_harms_no_earlier_record() -> None:
    """LOG-04, PWR-07: some hundred histories, cut at every byte of a write."""
    chance = random.Random(4)
    for _ in range(12):
        count = chance.randrange(60)
        for cut in range(RECORD_BYTES + 1):
            memory = BenchMemory(SMALL)
            journal = opened(memory)
            for value in range(count):
                append(journal, value)
            memory.left_bytes = cut
            if cut < RECORD_BYTES:
                with pytest.raises(PowerCut):
                    append(journal, count)
            else:
                append(journal, count)
            memory.restore_power()
            again = opened(memory)

            # The last bytes may be what they were, so that nothing is missing.
            assert count <= again.next_sequence <= count + (cut > 0)
            assert cut < RECORD_BYTES or again.next_sequence == count + 1
            there = [record.value for record in records(again)]
            assert there == list(range(again.next_sequence))[-15:]
            append(again, 999)
            assert records(again)[-1].value == 999


@pytest.mark.requirement("LOG-04")
def test_a_memory_that_does_not_answer_leaves_the_journal_as_it_was() -> None:
    memory = BenchMemory(SMALL)
    journal = opened(memory)
    append(journal, 0)
    memory.is_answering = False
    with pytest.raises(OSError, match="5"):
        append(journal, 1)
    memory.is_answering = True
    append(journal, 2)

    assert [record.value for record in records(journal)] == [0, 2]


@pytest.mark.requirement("LOG-04")
def test_a_record_that_has_decayed_does_not_hide_the_newest() -> None:
    for decayed in range(16):
        memory = BenchMemory(SMALL)
        journal = opened(memory)
        for value in range(40):
            append(journal, value)
        memory.content[JOURNAL_ADDRESS + decayed * RECORD_BYTES + 18] ^= 4
        again = opened(memory)

        # 39 is in slot 7.
        assert again.next_sequence == (39 if decayed == 7 else 40)


@pytest.mark.requirement("LOG-06")
@pytest.mark.parametrize("change", ["edit", "swap", "drop"])
def test_what_was_changed_breaks_the_chain(change: str) -> None:
    """LOG-06: even if every CRC is made anew."""
    memory = BenchMemory(SMALL)
    journal = opened(memory)
    for value in range(6):
        append(journal, value)
    found = [bytearray(raw(journal, sequence)) for sequence in range(6)]
    if change == "edit":
        found[2][16] ^= 1
    elif change == "swap":
        found[2], found[3] = found[3], found[2]
    else:
        del found[2]
    chains = [journal_record.NO_CHAIN] + [journal_record.decode(read).chain for read in found]

    follow = [
        journal_record.follows(read, chain) for read, chain in zip(found, chains[:-1], strict=True)
    ]
    assert not all(follow)


def test_kinds_are_named_once() -> None:
    names = [kind.name for kind in journal_record.KINDS]

    assert len(set(names)) == len(names)
    assert names[journal_record.BEGUN] == "begun"
