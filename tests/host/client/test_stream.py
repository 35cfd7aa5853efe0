"""The fast decoder takes and refuses exactly what the reference endpoint does."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenflow.client.batch import Batch
from evenflow.client.stream import Alien, Received, Stream
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.frame import seal
from pumpcore.wire.messages import KINDS, MESSAGES, TO_HOST, Message, by_name


def _value(kind_name: str) -> st.SearchStrategy[int | bytes | str]:
    kind = KINDS[kind_name]
    if kind.low is not None:
        return st.integers(kind.low, kind.high) | st.sampled_from([0, kind.low, kind.high])
    if kind_name.startswith("b"):
        return st.binary(min_size=kind.size_bytes, max_size=kind.size_bytes)
    letters = st.characters(min_codepoint=1, max_codepoint=0x2FF)
    return st.text(letters, max_size=kind.size_bytes // 2)


def _frame(message: Message, values: list) -> bytes:
    endpoint = Endpoint(TO_HOST)
    length = endpoint.write(message, values)
    return bytes(endpoint.outgoing[:length])


def _frames(messages: Iterable[Message]) -> st.SearchStrategy[bytes]:
    return st.one_of(
        [
            st.tuples(*(_value(field.kind) for field in message.fields)).map(
                lambda values, message=message: _frame(message, list(values))
            )
            for message in messages
        ]
    )


FRAMES = _frames(MESSAGES)


def _broken(pair: tuple[bytes, list[tuple[int, int]]]) -> bytes:
    frame, changes = pair
    changed = bytearray(frame)
    for place, value in changes:
        changed[place % len(changed)] = value
    return bytes(changed)


def _with_last_code_too_large(frame: bytes) -> bytes:
    changed = bytearray(frame)
    at = 0
    while at + changed[at] < len(frame) - 1:
        at += changed[at]
    changed[at] += 1
    return bytes(changed)


def _sealed(payload: bytes) -> bytes:
    buffer = bytearray(1) + payload + bytes(10)
    return bytes(buffer[: seal(buffer, 1 + len(payload))])


def _raw(message: Message) -> st.SearchStrategy[bytes]:
    """Frames whose CRC holds, whatever the fields are."""
    size = message.size_bytes
    letters = st.sampled_from([b"\0\0\1\x40\xff", b"\0A"])
    fields = letters.flatmap(
        lambda bytes_: st.lists(st.sampled_from(bytes_), min_size=size, max_size=size).map(bytes)
    ) | st.binary(min_size=size, max_size=size)
    return fields.map(lambda fields: _sealed(bytes([message.ident]) + fields))


CHUNKS = st.one_of(
    FRAMES,
    st.one_of([_raw(message) for message in MESSAGES]),
    st.binary(min_size=1, max_size=12).map(_sealed),
    FRAMES.map(_with_last_code_too_large),
    st.tuples(
        FRAMES, st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=3)
    ).map(_broken),
    FRAMES.map(lambda frame: frame[: len(frame) // 2]),
    st.binary(max_size=40),
    st.integers(204, 208).map(lambda size: b"\7" * size + b"\0"),
    st.integers(200, 230).map(lambda size: b"\7" * size),
    st.just(b"\0"),
)


def _reference(chunks: list[bytes]) -> tuple[list[tuple[str, list]], Counter[str]]:
    endpoint = Endpoint(TO_HOST)
    messages = []
    errors: Counter[str] = Counter()
    for byte in b"".join(chunks):
        before = endpoint.error_count
        endpoint.feed(bytes([byte]), 1)
        message = endpoint.poll()
        if message is not None:
            messages.append((message.name, list(endpoint.values)))
        if endpoint.error_count != before:
            errors[endpoint.last_error] += 1
    return messages, errors


def _fast(stream: Stream, chunks: list[bytes]) -> list[tuple[str, list]]:
    messages = []
    for chunk in chunks:
        for item in stream.feed(chunk):
            if isinstance(item, Batch):
                records = list(item)
            elif isinstance(item, Received):
                records = [item.record]
            else:
                continue
            for record in records:
                names = [field.name for field in by_name(record.MESSAGE).fields]
                messages.append((record.MESSAGE, [getattr(record, name) for name in names]))
    return messages


@settings(max_examples=300)
@given(st.lists(CHUNKS, max_size=8))
def test_stream_and_endpoint_agree_on_any_bytes(chunks: list[bytes]) -> None:
    stream = Stream()
    expected, expected_errors = _reference(chunks)

    assert _fast(stream, chunks) == expected
    assert stream.errors == expected_errors
    assert stream.frame_count == len(expected)


@given(st.lists(_frames([m for m in MESSAGES if m.direction == TO_HOST]), max_size=5), st.data())
def test_where_the_bytes_are_cut_makes_no_difference(
    frames: list[bytes], data: st.DataObject
) -> None:
    whole = b"".join(frames)
    cut = data.draw(st.integers(0, len(whole)))

    assert _fast(Stream(), [whole[:cut], whole[cut:]]) == _fast(Stream(), [whole])


def telemetry_frame(**changed: int) -> bytes:
    message = by_name("telemetry")
    return _frame(message, [changed.get(field.name, 0) for field in message.fields])


def test_neighbouring_telemetry_is_one_batch_and_order_is_kept() -> None:
    answer = _frame(by_name("answer"), [7, 3, 0, 11, 0])
    chunk = telemetry_frame(tick_count=10) + telemetry_frame(tick_count=11) + answer
    chunk += telemetry_frame(tick_count=12)

    first, second, third = Stream().feed(chunk)

    assert [record.tick_count for record in first] == [10, 11]
    assert isinstance(second, Received)
    assert second.frame + b"\0" == answer
    assert [record.tick_count for record in third] == [12]
    assert third.frames[0] + b"\0" == telemetry_frame(tick_count=12)


def test_a_frame_that_is_too_long_is_counted_once_and_the_next_one_arrives() -> None:
    stream = Stream()

    items = stream.feed(b"\5" * 206) + stream.feed(b"\5" * 500) + stream.feed(b"\5\0")
    items += stream.feed(telemetry_frame(tick_count=1))

    assert dict(stream.errors) == {"oversize": 1}
    assert items[0].tick_count(0) == 1


def test_a_whole_frame_of_an_unknown_message_is_handed_on_as_alien() -> None:
    stream = Stream()

    assert stream.feed(_sealed(b"\x7e\x01\x02")) == [Alien(b"\x7e\x01\x02")]
    assert dict(stream.errors) == {"ident": 1}


@pytest.mark.requirement("LOG-07")
def test_gaps_are_found_within_and_between_batches() -> None:
    (batch,) = Stream().feed(
        b"".join(telemetry_frame(tick_count=tick) for tick in (5, 6, 9, 10, 0, 1))
    )

    assert batch.gaps(None) == [(2, 2), (4, -11)]
    (later,) = Stream().feed(telemetry_frame(tick_count=4))
    assert later.gaps(batch.rows[-1]) == [(0, 2)]
    (next_one,) = Stream().feed(telemetry_frame(tick_count=2))
    assert next_one.gaps(batch.rows[-1]) == []


def test_changes_are_those_of_state_alarms_and_checklist_only() -> None:
    (batch,) = Stream().feed(
        b"".join(
            telemetry_frame(tick_count=tick, state=state, alarms_low=alarms, raw_force=tick)
            for tick, state, alarms in ((0, 2, 0), (1, 2, 0), (2, 5, 0), (3, 5, 0), (4, 5, 1))
        )
    )

    assert batch.changes(None) == [0, 2, 4]
    assert batch.changes(batch.rows[0]) == [2, 4]


def test_elapsed_time_counts_all_three_bytes() -> None:
    (batch,) = Stream().feed(
        telemetry_frame(tick_count=0, elapsed_us=20_000)
        + telemetry_frame(tick_count=1, elapsed_us=70_001)
    )

    assert batch.elapsed_us() == 90_001
    assert batch.elapsed_us(1) == 70_001
