"""The tap at the transmit pin: nothing is lost by looking only at what changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenflow.client.batch import Batch
from evenflow.client.layout import LAYOUTS, TELEMETRY_IDENT
from evenflow.client.stream import Received, Stream
from evenflow.scenario.device_view import DeviceView
from evenflow.scenario.tap import Tap
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_HOST, by_name

pytestmark = pytest.mark.requirement("DES-09")

TELEMETRY = by_name("telemetry")
NAMES = [field.name for field in TELEMETRY.fields]
ENDPOINT = Endpoint(TO_HOST)


def frame(message: str, **values: int) -> bytes:
    fields = by_name(message).fields
    length = ENDPOINT.write(by_name(message), [values.get(field.name, 0) for field in fields])
    return bytes(ENDPOINT.outgoing[:length])


# Few values, so that telemetry often repeats itself; all sides of the watched runs of fields.
TELEMETRY_FRAMES = st.builds(
    lambda values: frame("telemetry", **values),
    st.fixed_dictionaries(
        {
            name: st.sampled_from([0, 1])
            for name in (
                "tick_count",
                "raw_position",
                "raw_barrel",
                "raw_temperature",
                "link_frame_count",
                "state",
                "alarms_low",
                "commanded_ul_per_h",
                "delivered_microsteps",
                "baseline_mn",
                "motion",
                "sounder",
                "programme_number",
                "last_request_id",
            )
        }
    ),
)
CHUNKS = st.lists(
    st.lists(
        TELEMETRY_FRAMES
        | st.builds(lambda request_id: frame("answer", request_id=request_id), st.integers(0, 3)),
        min_size=1,
        max_size=2,
    ).map(b"".join)
    | TELEMETRY_FRAMES.map(lambda raw: raw[:7] + b"\x01" + raw[8:])
    | st.binary(max_size=5)
    | TELEMETRY_FRAMES,
    max_size=20,
)


def views(tap_or_stream: Tap | Stream, chunks: list[bytes]) -> list[object]:
    """What a device view sees after each chunk, and every other message."""
    view = DeviceView()
    seen: list[object] = []
    for chunk in chunks:
        for item in tap_or_stream.feed(chunk):
            if isinstance(item, Batch):
                for row in item.rows:
                    view.take(row)
            elif isinstance(item, Received):
                seen.append(item.record)
        seen.append((view.state, view.alarms, view.sounder, view.checklist, view.motion))
        seen.append(view.commanded_ul_per_h)
    return seen


@given(CHUNKS)
def test_the_view_is_the_one_that_every_frame_would_give(chunks: list[bytes]) -> None:
    tap = Tap()
    stream = Stream()
    rows = [
        row
        for chunk in chunks
        for item in stream.feed(chunk)
        if isinstance(item, Batch)
        for row in item.rows
    ]

    assert views(tap, chunks) == views(Stream(), chunks)
    assert tap.last_row() == (rows[-1] if rows else None)


def test_telemetry_that_repeats_itself_costs_no_record() -> None:
    tap = Tap()
    first = tap.feed(frame("telemetry", tick_count=1, state=5))
    again = tap.feed(frame("telemetry", tick_count=2, state=5, delivered_microsteps=9))

    assert (len(first), again) == (1, [])
    columns = LAYOUTS[TELEMETRY_IDENT].columns
    row = tap.last_row()
    assert row is not None
    assert (row[columns["tick_count"]], row[columns["delivered_microsteps"]]) == (2, 9)


def test_a_broken_frame_is_no_repetition() -> None:
    tap = Tap()
    raw = frame("telemetry", tick_count=1)
    tap.feed(raw)
    broken = bytearray(frame("telemetry", tick_count=2))
    broken[2] ^= 4

    assert tap.feed(bytes(broken)) == []
    assert tap.stream.error_count == 1
    assert tap.last_row() is not None
    assert tap.last_row()[1] == 1  # type: ignore[index]


def test_a_whole_frame_after_half_a_frame_is_broken() -> None:
    tap = Tap()
    tap.feed(frame("telemetry", tick_count=1))
    tap.feed(b"\x05\x06")
    tap.feed(frame("telemetry", tick_count=2))

    assert tap.stream.error_count == 1
    assert tap.last_row() is not None
    assert tap.last_row()[1] == 1  # type: ignore[index]
