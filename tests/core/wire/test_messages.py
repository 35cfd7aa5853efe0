"""The table of messages: unambiguous, small enough, and hashed for what matters."""

from collections.abc import Callable

import pytest

from pumpcore.wire import messages
from pumpcore.wire.codec import size_bytes
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.frame import MAX_PAYLOAD
from pumpcore.wire.messages import (
    KINDS,
    MESSAGES,
    SCHEMA,
    TO_DEVICE,
    TO_HOST,
    Field,
    Message,
    by_name,
    canonical_text,
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
    assert 1 + size_bytes(message) <= MAX_PAYLOAD


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


def _documented(message: Message) -> Message:
    fields = tuple(field._replace(doc="otherwise said") for field in message.fields)
    return message._replace(doc="otherwise said", fields=fields)


def _renamed(message: Message) -> Message:
    return message._replace(fields=(message.fields[0]._replace(name="x"), *message.fields[1:]))


def _retyped(message: Message) -> Message:
    return message._replace(fields=(message.fields[0]._replace(kind="t64"), *message.fields[1:]))


def _reordered(message: Message) -> Message:
    return message._replace(fields=tuple(reversed(message.fields)))


def _extended(message: Message) -> Message:
    return message._replace(fields=(*message.fields, Field("x", "u8", "")))


def _shortened(message: Message) -> Message:
    return message._replace(fields=message.fields[:-1])


def _renumbered(message: Message) -> Message:
    return message._replace(ident=0xFE)


Edit = Callable[[Message], Message]


def _text_after(edit: Edit, monkeypatch: pytest.MonkeyPatch) -> str:
    edited = [edit(message) if message.name == "stage" else message for message in MESSAGES]
    monkeypatch.setattr(messages, "MESSAGES", tuple(edited))
    return canonical_text()


def test_the_schema_is_the_hash_of_the_canonical_text() -> None:
    assert messages.sha256(canonical_text().encode()).digest()[:8] == SCHEMA


def test_the_schema_does_not_change_with_the_prose(monkeypatch: pytest.MonkeyPatch) -> None:
    before = canonical_text()

    assert _text_after(_documented, monkeypatch) == before


@pytest.mark.parametrize(
    "edit", [_renamed, _retyped, _reordered, _extended, _shortened, _renumbered]
)
def test_the_schema_changes_with_the_fields(edit: Edit, monkeypatch: pytest.MonkeyPatch) -> None:
    before = canonical_text()

    assert _text_after(edit, monkeypatch) != before
