"""Telemetry decoded in columns is what the stream makes of the same bytes, sound or not."""

import random

import numpy as np
import pytest
from host.telemetry.frames import frame
from hypothesis import given
from hypothesis import strategies as st

from evenflow.client.batch import Batch
from evenflow.client.columns import _decode, decode
from evenflow.client.stream import Stream
from pumpcore.wire.messages import KINDS, by_name

pytestmark = pytest.mark.requirement("LOG-07")

FIELDS = by_name("telemetry").fields
# At the ends of their ranges and around zero, where byte stuffing has most to do.
VALUES = {
    field.name: st.one_of(
        st.sampled_from((KINDS[field.kind].low, KINDS[field.kind].high, 0, 1, 255)),
        st.integers(KINDS[field.kind].low, KINDS[field.kind].high),
    )
    for field in FIELDS
}
TELEMETRY = st.fixed_dictionaries(VALUES).map(lambda values: frame("telemetry", **values))
OTHER = st.builds(lambda one: frame("answer", request_id=one), st.integers(0, 65_535))


def by_stream(content: bytes) -> list[list[int]]:
    return [
        [getattr(record, field.name) for field in FIELDS]
        for item in Stream().feed(content)
        if isinstance(item, Batch)
        for record in item
    ]


def by_columns(content: bytes) -> list[list[int]]:
    found = decode(content)
    columns = [found.fields[field.name].tolist() for field in FIELDS]
    return [list(row) for row in zip(*columns, strict=True)]


@given(frames=st.lists(st.one_of(TELEMETRY, TELEMETRY, OTHER), max_size=20))
def test_every_field_of_every_frame_is_the_streams(frames: list[bytes]) -> None:
    content = b"".join(frames)

    assert by_columns(content) == by_stream(content)


@given(frames=st.lists(TELEMETRY, min_size=1, max_size=20))
def test_sound_telemetry_needs_no_stream(frames: list[bytes]) -> None:
    found = _decode(np.frombuffer(b"".join(frames), np.uint8))

    assert found is not None
    assert len(found) == len(frames)


@given(
    frames=st.lists(st.one_of(TELEMETRY, OTHER), min_size=1, max_size=8),
    place=st.integers(0, 10_000),
    bits=st.integers(1, 255),
)
def test_what_is_broken_is_left_out_as_the_stream_leaves_it_out(
    frames: list[bytes], place: int, bits: int
) -> None:
    content = bytearray(b"".join(frames))
    content[place % len(content)] ^= bits

    assert by_columns(bytes(content)) == by_stream(bytes(content))


@given(content=st.binary(max_size=300))
def test_noise_is_no_telemetry(content: bytes) -> None:
    assert by_columns(content) == by_stream(content)


def test_frames_are_found_where_they_begin() -> None:
    parts = [frame("telemetry", tick_count=1), frame("answer"), frame("telemetry", tick_count=2)]
    first, _, _ = parts

    for broken in (b"", b"\5\5\0"):
        content = b"".join(parts) + broken
        assert decode(content).starts.tolist() == [0, len(first) + len(parts[1])]


def test_thousands_of_frames_at_once() -> None:
    chance = random.Random(1)
    content = b"".join(
        frame("telemetry", tick_count=tick, raw_force=chance.randrange(-(2**23), 2**23))
        for tick in range(3000)
    )

    assert by_columns(content) == by_stream(content)
