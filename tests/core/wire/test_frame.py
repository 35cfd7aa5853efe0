"""Frames against an independent CRC-32 and an independent COBS."""

from binascii import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumpcore.wire.frame import (
    BAD_COBS,
    BAD_CRC,
    BAD_LENGTH,
    MAX_FRAME,
    MAX_PAYLOAD,
    seal,
    unseal,
    write_crc,
)

pytestmark = pytest.mark.requirement("SEC-05")

PAYLOADS = st.binary(min_size=1, max_size=MAX_PAYLOAD) | st.lists(
    st.sampled_from([0, 0, 1, 0xFF]), min_size=1, max_size=MAX_PAYLOAD
).map(bytes)


def _stuffed(raw: bytes) -> bytes:
    """COBS of fewer than 254 bytes: each run between zeros, led by its length and one."""
    return b"".join(bytes([len(run) + 1]) + run for run in raw.split(b"\0"))


def _reference_frame(payload: bytes) -> bytes:
    return _stuffed(payload + crc32(payload).to_bytes(4, "little")) + b"\0"


def _sealed(payload: bytes) -> bytes:
    buffer = bytearray(b"\xa5" * MAX_FRAME)
    buffer[1 : 1 + len(payload)] = payload
    return bytes(buffer[: seal(buffer, 1 + len(payload))])


def _unsealed(stuffed: bytes) -> bytes | int:
    buffer = bytearray(stuffed) + bytearray(4)
    end = unseal(buffer, len(stuffed))
    return bytes(buffer[1:end]) if end > 0 else end


@given(st.binary(max_size=300), st.integers(0, 5))
def test_the_crc_is_that_of_zlib(raw: bytes, start: int) -> None:
    buffer = bytearray(start) + raw + bytearray(8)
    end = start + len(raw)
    write_crc(buffer, start, end, end + 3)

    assert buffer[end + 3 : end + 7] == crc32(raw).to_bytes(4, "little")
    assert bytes(buffer[: end + 3]) == bytes(start) + raw + bytes(3)


def test_the_crc_of_the_catalogue_s_check_string() -> None:
    buffer = bytearray(b"123456789....")
    write_crc(buffer, 0, 9, 9)

    assert buffer[9:] == b"\x26\x39\xf4\xcb"


@given(PAYLOADS)
def test_a_frame_is_the_payload_its_crc_stuffed_and_a_zero(payload: bytes) -> None:
    assert _sealed(payload) == _reference_frame(payload)


@given(PAYLOADS)
def test_a_payload_comes_back_from_its_frame(payload: bytes) -> None:
    assert _unsealed(_reference_frame(payload)[:-1]) == payload


def test_the_longest_frame_needs_no_second_code_byte() -> None:
    longest = _sealed(b"\x01" * MAX_PAYLOAD)

    assert len(longest) == MAX_FRAME < 254
    assert _unsealed(longest[:-1]) == b"\x01" * MAX_PAYLOAD


@pytest.mark.parametrize("count", range(6))
def test_a_frame_too_short_for_ident_and_crc_is_refused(count: int) -> None:
    assert _unsealed(_stuffed(bytes(5))[:count]) == BAD_LENGTH


def test_a_frame_without_an_ident_is_refused() -> None:
    assert _unsealed(_reference_frame(b"")[:-1]) == BAD_LENGTH


@pytest.mark.parametrize("code", [0, 9, 0x80, 0xFF])
def test_a_code_byte_that_leads_nowhere_is_refused(code: int) -> None:
    stuffed = bytearray(_reference_frame(b"\x01\x02\x03")[:-1])
    stuffed[0] = code

    assert _unsealed(bytes(stuffed)) == BAD_COBS


@given(PAYLOADS, st.data())
def test_a_changed_payload_is_refused(payload: bytes, data: st.DataObject) -> None:
    raw = bytearray(payload + crc32(payload).to_bytes(4, "little"))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 0xFF))

    assert _unsealed(_stuffed(bytes(raw))) == BAD_CRC
