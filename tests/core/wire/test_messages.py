"""The table of messages: unambiguous, small enough, and hashed for what matters."""

from hashlib import sha256

import pytest

from evenflow.emulator.bytecode import bare_table
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.frame import MAX_PAYLOAD
from pumpcore.wire.message_table import TABLE
from pumpcore.wire.messages import (
    KINDS,
    MESSAGES,
    SCHEMA,
    TO_DEVICE,
    TO_HOST,
    Message,
    by_name,
    canonical_text,
    read,
)

pytestmark = pytest.mark.requirement("DES-07")


def test_idents_and_names_are_unique() -> None:
    assert len({message.ident for message in MESSAGES}) == len(MESSAGES)
    assert len({message.name for message in MESSAGES}) == len(MESSAGES)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_a_message_is_well_formed(message: Message) -> None:
    names = [field.name for field in message.fields]

    assert 0 < message.ident <= 0xFF
    assert message.direction in (TO_DEVICE, TO_HOST)
    assert len(set(names)) == len(names)
    assert {field.kind for field in message.fields} <= set(KINDS)
    assert 1 + message.size_bytes <= MAX_PAYLOAD


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_a_message_is_found_by_its_name(message: Message) -> None:
    assert by_name(message.name) is message


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(KeyError, match="telemetri"):
        by_name("telemetri")


def test_a_telemetry_frame_fits_72_bytes() -> None:
    telemetry = by_name("telemetry")
    highest = [KINDS[field.kind].high for field in telemetry.fields]

    assert Endpoint(TO_DEVICE).write(telemetry, highest) <= 72


def test_every_kind_of_a_tick_is_a_small_integer_of_a_32_bit_micropython() -> None:
    for field in by_name("telemetry").fields:
        kind = KINDS[field.kind]
        assert kind.low >= -(1 << 30)
        assert kind.high < 1 << 30


STAGE_AT = TABLE.index("20 stage >")
NEXT_AT = TABLE.index("21 staged <")


def _text_after(before: str, after: str) -> str:
    """Canonical text of the table with one change in `stage`."""
    stage = TABLE[STAGE_AT:NEXT_AT]
    assert stage.count(before) == 1, before
    return canonical_text(read(TABLE[:STAGE_AT] + stage.replace(before, after) + TABLE[NEXT_AT:]))


def test_the_schema_is_the_hash_of_the_canonical_text() -> None:
    assert sha256(canonical_text(MESSAGES).encode()).digest()[:8] == SCHEMA


@pytest.mark.parametrize(
    ("before", "after"),
    [("> Offers a programme", "> Otherwise said"), ("u8 ident in SYRINGES", "u8 otherwise said")],
)
def test_the_schema_does_not_change_with_the_prose(before: str, after: str) -> None:
    assert _text_after(before, after) == canonical_text(MESSAGES)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    fill_nl u30", "    x u30"),
        ("    fill_nl u30", "    fill_nl u64"),
        (
            "    request_id\n    programme_number u16 ",
            "    programme_number u16\n    request_id\n    x u8 ",
        ),
        ("    request_id\n", "    request_id\n    x u8\n"),
        ("    request_id\n", ""),
        ("20 stage >", "fe stage >"),
    ],
    ids=["renamed", "retyped", "reordered", "extended", "shortened", "renumbered"],
)
def test_the_schema_changes_with_the_fields(before: str, after: str) -> None:
    assert _text_after(before, after) != canonical_text(MESSAGES)


def test_a_board_s_table_has_no_words_and_says_the_same() -> None:
    bare = read(bare_table(TABLE))

    assert canonical_text(bare) == canonical_text(MESSAGES)
    assert not any(message.doc for message in bare)
    assert not any(field.doc for message in bare for field in message.fields[1:])
