"""Fields to bytes and back: whole round trips, and every value that does not fit refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumpcore.limits import OutOfRange
from pumpcore.wire.codec import WireError, decode, encode
from pumpcore.wire.messages import KINDS, MESSAGES, Kind, Message, by_name

pytestmark = pytest.mark.requirement("SEC-05")

INTEGER_FIELDS = [
    pytest.param(message, index, id=f"{message.name}.{message.fields[index].name}")
    for message in MESSAGES
    for index in range(len(message.fields))
    if KINDS[message.fields[index].kind].low is not None
]
HELLO = by_name("hello")
HELLO_REPLY = by_name("hello_reply")
PING = by_name("ping")


def _values(kind: Kind) -> st.SearchStrategy[int | bytes | str]:
    if kind.name.startswith("t"):
        text = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
        return text.filter(lambda text: len(text.encode()) <= kind.size_bytes)
    if kind.name.startswith("b"):
        return st.binary(min_size=kind.size_bytes, max_size=kind.size_bytes)
    return st.integers(kind.low, kind.high)


def _message_values(message: Message) -> st.SearchStrategy[tuple[int | bytes | str, ...]]:
    return st.tuples(*(_values(KINDS[field.kind]) for field in message.fields))


def _plain_values(message: Message) -> list[int | bytes | str]:
    return [_plain_value(field.kind) for field in message.fields]


def _plain_value(kind: str) -> int | bytes | str:
    if kind[0] == "b":
        return bytes(KINDS[kind].size_bytes)
    return "text" if kind[0] == "t" else 1


def _reference(message: Message, values: tuple[int | bytes | str, ...]) -> bytes:
    """The fields' bytes as Python's own conversions make them."""
    encoded = b""
    for field, value in zip(message.fields, values, strict=True):
        kind = KINDS[field.kind]
        if isinstance(value, int):
            encoded += value.to_bytes(kind.size_bytes, "little", signed=kind.low < 0)
        elif isinstance(value, str):
            encoded += value.encode().ljust(kind.size_bytes, b"\0")
        else:
            encoded += value
    return encoded


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
@given(st.data(), st.integers(0, 3))
def test_values_survive_the_way_there_and_back(
    message: Message, data: st.DataObject, offset: int
) -> None:
    values = data.draw(_message_values(message))
    buffer = bytearray(b"\xa5" * 256)
    end = encode(message, list(values), buffer, offset)
    received: list[int | bytes | str | None] = [None] * len(values)
    decode(message, buffer, offset, end, received)

    assert end - offset == message.size_bytes
    assert bytes(buffer[offset:end]) == _reference(message, values)
    assert set(buffer[:offset]) | set(buffer[end:]) == {0xA5}
    assert tuple(received) == values


@pytest.mark.parametrize(("message", "index"), INTEGER_FIELDS)
@pytest.mark.parametrize("beyond", ["below", "above"])
def test_an_integer_outside_its_kind_is_refused_by_name(
    message: Message, index: int, beyond: str
) -> None:
    kind = KINDS[message.fields[index].kind]
    values = _plain_values(message)
    values[index] = kind.low - 1 if beyond == "below" else kind.high + 1
    with pytest.raises(OutOfRange) as refused:
        encode(message, values, bytearray(256), 0)

    error = refused.value
    assert error.name == message.fields[index].name
    assert (error.value, error.low, error.high) == (values[index], kind.low, kind.high)


def test_a_byte_of_300_is_refused_with_its_bounds() -> None:
    with pytest.raises(OutOfRange, match=r"^refusal: 300 is outside 0 to 255$"):
        encode(by_name("answer"), [1, 2, 300, 4, 5], bytearray(256), 0)


def test_a_fraction_is_a_mistake_not_a_value() -> None:
    with pytest.raises(TypeError):
        encode(PING, [1.0], bytearray(256), 0)


@pytest.mark.parametrize("count", [0, 7, 9])
def test_bytes_of_another_length_are_refused(count: int) -> None:
    with pytest.raises(OutOfRange, match=f"^schema: {count} bytes is outside 8 to 8$"):
        encode(HELLO, [1, bytes(count)], bytearray(256), 0)


def test_text_in_place_of_bytes_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        encode(HELLO, [1, "eight by"], bytearray(256), 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("seventeen letters", "firmware: 17 bytes is outside 0 to 16"),
        ("µµµµµµµµµ", "firmware: 18 bytes is outside 0 to 16"),
        ("a\0b", "firmware: character 0 is outside 1 to 1114111"),
    ],
)
def test_text_that_does_not_fit_is_refused(text: str, reason: str) -> None:
    values = _plain_values(HELLO_REPLY)
    values[2] = text
    with pytest.raises(OutOfRange) as refused:
        encode(HELLO_REPLY, values, bytearray(256), 0)

    assert str(refused.value) == reason


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
@pytest.mark.parametrize("excess", [-1, 1])
def test_a_message_of_another_length_is_refused(message: Message, excess: int) -> None:
    buffer = bytearray(256)
    end = encode(message, _plain_values(message), buffer, 0)
    with pytest.raises(WireError) as refused:
        decode(message, buffer, 0, end + excess, _plain_values(message))

    assert refused.value.name == message.name + ".length"


def test_four_bytes_that_u30_does_not_hold_are_refused_by_name() -> None:
    event = by_name("event")
    buffer = bytearray(256)
    end = encode(event, [(1 << 30) - 1, 1, 2, 3], buffer, 0)
    buffer[3] += 1
    with pytest.raises(WireError, match=r"^received event\.tick_count is not valid$") as refused:
        decode(event, buffer, 0, end, [0] * 4)

    assert refused.value.name == "event.tick_count"


@pytest.mark.parametrize("raw", [b"a\0b", b"\0b", b"\xff", b"\xed\xa0\x80"])
def test_bytes_that_are_not_padded_text_are_refused_by_name(raw: bytes) -> None:
    buffer = bytearray(256)
    end = encode(HELLO_REPLY, _plain_values(HELLO_REPLY), buffer, 0)
    buffer[10:26] = raw.ljust(16, b"\0")
    with pytest.raises(WireError) as refused:
        decode(HELLO_REPLY, buffer, 0, end, _plain_values(HELLO_REPLY))

    assert refused.value.name == "hello_reply.firmware"
