"""One end of the line: whole messages out of any garbage, every fault counted by name."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pumpcore.limits import OutOfRange
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.frame import MAX_FRAME, MAX_PAYLOAD, seal
from pumpcore.wire.messages import KINDS, MESSAGES, TO_DEVICE, TO_HOST, Message, by_name

pytestmark = pytest.mark.requirement("SEC-05")

OTHER = {TO_DEVICE: TO_HOST, TO_HOST: TO_DEVICE}
PING = by_name("ping")
STOP = by_name("stop")
SAMPLES = [by_name(name) for name in ("ping", "stage", "telemetry", "hello_reply")]


def _values(message: Message, seed: int = 1) -> list[int | bytes | str]:
    chance = random.Random(f"{message.name} {seed}")
    values: list[int | bytes | str] = []
    for field in message.fields:
        kind = KINDS[field.kind]
        if kind.name.startswith("t"):
            values.append("µ" * chance.randint(0, kind.size_bytes // 2))
        elif kind.name.startswith("b"):
            values.append(chance.randbytes(kind.size_bytes))
        else:
            values.append(chance.randint(kind.low, kind.high))
    return values


def _frame(message: Message, values: list[int | bytes | str]) -> bytes:
    writer = Endpoint(OTHER[message.direction])
    return bytes(writer.outgoing[: writer.write(message, values)])


def _framed(payload: bytes) -> bytes:
    buffer = bytearray(300)
    buffer[1 : 1 + len(payload)] = payload
    return bytes(buffer[: seal(buffer, 1 + len(payload))])


def _poll_all(endpoint: Endpoint) -> list[tuple[Message, list[int | bytes | str]]]:
    polled = []
    while (message := endpoint.poll()) is not None:
        polled.append((message, list(endpoint.values)))
    return polled


def _receive(endpoint: Endpoint, line: bytes) -> list[tuple[Message, list[int | bytes | str]]]:
    endpoint.feed(line, len(line))
    return _poll_all(endpoint)


def _ping(request_id: int) -> bytes:
    return _frame(PING, [request_id])


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)
def test_a_message_written_at_one_end_is_polled_at_the_other(message: Message) -> None:
    endpoint = Endpoint(message.direction)
    values = _values(message)

    assert _receive(endpoint, _frame(message, values)) == [(message, values)]
    assert (endpoint.frame_count, endpoint.error_count, endpoint.last_error) == (1, 0, None)


def test_a_value_that_does_not_fit_is_refused_when_written() -> None:
    with pytest.raises(OutOfRange, match="request_id: 65536 is outside 0 to 65535"):
        Endpoint(TO_HOST).write(PING, [65536])


def test_nothing_received_is_nothing_polled() -> None:
    endpoint = Endpoint(TO_DEVICE)
    endpoint.feed(bytearray(256), 0)

    assert endpoint.poll() is None
    assert (endpoint.frame_count, endpoint.error_count, endpoint.last_error) == (0, 0, None)


def test_only_the_count_of_bytes_is_received() -> None:
    endpoint = Endpoint(TO_DEVICE)
    line = bytearray(_ping(1) + _ping(2))
    endpoint.feed(line, len(_ping(1)))

    assert _poll_all(endpoint) == [(PING, [1])]


def test_messages_received_together_are_polled_one_by_one() -> None:
    endpoint = Endpoint(TO_DEVICE)
    line = _ping(1) + _frame(STOP, [2]) + _ping(3)

    assert _receive(endpoint, line) == [(PING, [1]), (STOP, [2]), (PING, [3])]


def test_an_empty_feed_leaves_what_is_still_to_be_polled() -> None:
    endpoint = Endpoint(TO_DEVICE)
    line = _ping(1) + _ping(2)
    endpoint.feed(line, len(line))
    endpoint.poll()
    endpoint.feed(line, 0)

    assert _poll_all(endpoint) == [(PING, [2])]
    assert endpoint.error_count == 0


@given(st.lists(st.integers(1, 40)))
def test_a_line_may_arrive_in_pieces_of_any_size(sizes: list[int]) -> None:
    endpoint = Endpoint(TO_HOST)
    telemetry = by_name("telemetry")
    sent = [(telemetry, _values(telemetry, seed)) for seed in range(3)]
    line = b"".join(_frame(message, values) for message, values in sent)
    polled = []
    for size in [*sizes, len(line)]:
        polled += _receive(endpoint, line[:size])
        line = line[size:]

    assert polled == sent
    assert endpoint.error_count == 0


def test_the_values_of_a_message_are_always_the_same_list() -> None:
    endpoint = Endpoint(TO_DEVICE)
    _receive(endpoint, _ping(1))
    first = endpoint.values
    _receive(endpoint, _frame(STOP, [2]) + _ping(3))

    assert endpoint.values is first


def test_empty_frames_are_ignored_in_silence() -> None:
    endpoint = Endpoint(TO_DEVICE)

    assert _receive(endpoint, b"\0\0\0" + _ping(1) + b"\0\0") == [(PING, [1])]
    assert endpoint.error_count == 0


@pytest.mark.parametrize("message", SAMPLES, ids=lambda message: message.name)
def test_every_single_bit_flipped_is_refused_and_the_next_frame_accepted(message: Message) -> None:
    frame = _frame(message, _values(message))
    good = _values(message, 2)
    good_frame = _frame(message, good)
    for bit in range(8 * len(frame)):
        flipped = bytearray(frame)
        flipped[bit // 8] ^= 1 << bit % 8
        # A delimiter that was hit joins the frame to the one after it.
        frames = [flipped, good_frame] if flipped[-1] == 0 else [flipped, good_frame, good_frame]
        endpoint = Endpoint(message.direction)

        assert _receive(endpoint, b"".join(frames)) == [(message, good)]
        assert endpoint.frame_count == 1
        assert endpoint.error_count >= 1
        assert endpoint.last_error in {"length", "cobs", "crc", "oversize"}


@pytest.mark.parametrize("message", SAMPLES, ids=lambda message: message.name)
@pytest.mark.parametrize("is_delimited", [True, False])
def test_every_truncated_frame_is_refused_and_the_next_accepted(
    message: Message, *, is_delimited: bool
) -> None:
    frame = _frame(message, _values(message))
    good = _values(message, 2)
    good_frame = _frame(message, good)
    for count in range(1, len(frame) - 1 if is_delimited else len(frame)):
        # Without a delimiter the rest joins the next frame, and that is the one frame lost.
        ending = b"\0" if is_delimited else good_frame
        endpoint = Endpoint(message.direction)

        assert _receive(endpoint, frame[:count] + ending + good_frame) == [(message, good)]
        assert (endpoint.frame_count, endpoint.error_count) == (1, 1)


@pytest.mark.parametrize("message", SAMPLES, ids=lambda message: message.name)
def test_every_frame_without_its_beginning_is_refused(message: Message) -> None:
    frame = _frame(message, _values(message))
    good = _values(message, 2)
    for count in range(1, len(frame) - 1):
        endpoint = Endpoint(message.direction)

        assert _receive(endpoint, frame[count:] + _frame(message, good)) == [(message, good)]
        assert (endpoint.frame_count, endpoint.error_count) == (1, 1)


@given(st.lists(st.binary(max_size=400), max_size=4), st.integers(1, 300))
def test_after_any_garbage_at_most_one_frame_is_lost(garbage: list[bytes], size: int) -> None:
    endpoint = Endpoint(TO_DEVICE)
    line = b""
    for number, noise in enumerate(garbage):
        line += noise + _ping(2 * number) + _ping(2 * number + 1)
    polled = []
    for at in range(0, len(line), size):
        polled += [values[0] for _, values in _receive(endpoint, line[at : at + size])]

    assert set(polled) >= {2 * number + 1 for number in range(len(garbage))}
    assert polled == sorted(set(polled))
    assert endpoint.frame_count == len(polled)


@given(st.binary(max_size=600))
@example(b"\x01" * 600)
def test_garbage_alone_is_no_message(noise: bytes) -> None:
    endpoint = Endpoint(TO_HOST)

    assert _receive(endpoint, noise) == []
    assert endpoint.error_count <= 1 + noise.count(0)


def test_a_frame_in_the_wrong_direction_is_counted() -> None:
    endpoint = Endpoint(TO_HOST)

    assert _receive(endpoint, _ping(1)) == []
    assert (endpoint.frame_count, endpoint.error_count) == (0, 1)
    assert endpoint.last_error == "direction"


def test_a_frame_of_unknown_ident_is_counted() -> None:
    endpoint = Endpoint(TO_DEVICE)

    assert _receive(endpoint, _framed(b"\xfe\x01\x02") + _ping(1)) == [(PING, [1])]
    assert (endpoint.frame_count, endpoint.error_count) == (1, 1)
    assert endpoint.last_error == "ident"


def test_a_message_of_another_length_is_counted_by_its_name() -> None:
    endpoint = Endpoint(TO_DEVICE)

    assert _receive(endpoint, _framed(bytes([PING.ident, 1, 0, 0])) + _ping(1)) == [(PING, [1])]
    assert (endpoint.frame_count, endpoint.error_count) == (1, 1)
    assert endpoint.last_error == "ping.length"


def test_a_value_outside_its_kind_is_counted_by_its_name() -> None:
    endpoint = Endpoint(TO_HOST)
    event = by_name("event")

    assert _receive(endpoint, _framed(bytes([event.ident]) + b"\xff" * 11)) == []
    assert (endpoint.frame_count, endpoint.error_count) == (0, 1)
    assert endpoint.last_error == "event.tick_count"


def test_a_frame_too_short_is_counted() -> None:
    endpoint = Endpoint(TO_DEVICE)

    assert _receive(endpoint, b"\x02\x01\0") == []
    assert endpoint.last_error == "length"


@pytest.mark.parametrize(
    ("count", "error"),
    [(MAX_PAYLOAD, "ident"), (MAX_PAYLOAD + 1, "oversize"), (MAX_PAYLOAD + 40, "oversize")],
)
def test_a_payload_above_the_limit_is_oversize(count: int, error: str) -> None:
    endpoint = Endpoint(TO_DEVICE)

    assert _receive(endpoint, _framed(b"\xfe" * count) + _ping(1)) == [(PING, [1])]
    assert (endpoint.error_count, endpoint.last_error) == (1, error)


def test_an_endless_frame_counts_once_and_holds_no_memory() -> None:
    endpoint = Endpoint(TO_DEVICE)
    for _ in range(100):
        _receive(endpoint, b"\x55" * 256)

    assert (endpoint.error_count, endpoint.last_error) == (1, "oversize")
    assert len(endpoint.payload) == MAX_FRAME + 4
    assert _receive(endpoint, _ping(1) + _ping(2)) == [(PING, [2])]
    assert endpoint.error_count == 1


def test_bytes_fed_over_unpolled_ones_are_an_overrun() -> None:
    endpoint = Endpoint(TO_DEVICE)
    line = _ping(1) + _ping(2)
    endpoint.feed(line, len(line))

    assert _receive(endpoint, _ping(3) + _ping(4)) == [(PING, [4])]
    assert (endpoint.error_count, endpoint.last_error) == (1, "overrun")


def test_counts_start_again_below_the_limit_of_small_integers() -> None:
    endpoint = Endpoint(TO_DEVICE)
    endpoint.frame_count = endpoint.error_count = (1 << 30) - 1
    _receive(endpoint, _ping(1) + b"\x01\0")

    assert (endpoint.frame_count, endpoint.error_count) == (0, 0)
