"""Telemetry packed at once is what the table of messages says of it, byte for byte."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumpcore.limits import OutOfRange
from pumpcore.tick_io import Inputs, Outputs
from pumpcore.wire import frame
from pumpcore.wire.codec import encode
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import KINDS, TO_DEVICE
from pumpcore.wire.telemetry import TELEMETRY, pack, values

pytestmark = pytest.mark.requirement("SEC-05")

BOUNDS = [(KINDS[field.kind].low, KINDS[field.kind].high) for field in TELEMETRY.fields]
VALUES = st.tuples(*(st.sampled_from(bounds) | st.integers(*bounds) for bounds in BOUNDS))


Tick = tuple[int, Inputs, Outputs, int]


def _tick(row: Sequence[int]) -> Tick:
    """A tick whose telemetry is that row."""
    inputs, outputs = Inputs(), Outputs()
    for field, value in list(zip(TELEMETRY.fields, row, strict=True))[1:-1]:
        part = inputs if hasattr(inputs, field.name) else outputs
        assert hasattr(part, field.name)
        setattr(part, field.name, value)
    return row[0], inputs, outputs, row[-1]


def _written(row: Sequence[int]) -> bytes:
    endpoint = Endpoint(TO_DEVICE)
    return bytes(endpoint.outgoing[: endpoint.write_telemetry(*_tick(row))])


@given(VALUES)
def test_packed_at_once_it_is_what_the_codec_makes_of_it(row: tuple[int, ...]) -> None:
    buffer = bytearray(2 + TELEMETRY.size_bytes)
    expected = bytearray(len(buffer))
    expected[1] = TELEMETRY.ident
    encode(TELEMETRY, list(row), expected, 2)

    assert pack(*_tick(row), buffer)
    assert expected == buffer
    assert values(*_tick(row)) == list(row)


@pytest.mark.parametrize("index", range(len(BOUNDS)))
@pytest.mark.parametrize("beyond", [lambda low, _high: low - 1, lambda _low, high: high + 1])
def test_a_value_that_does_not_fit_is_refused_by_the_name_of_its_field(
    index: int, beyond: Callable[[int, int], int]
) -> None:
    row = [0] * len(BOUNDS)
    row[index] = beyond(*BOUNDS[index])

    with pytest.raises(OutOfRange) as refused:
        _written(row)
    assert TELEMETRY.fields[index].name == refused.value.name


@given(VALUES)
def test_a_crc_of_the_interpreter_s_own_makes_the_same_frame(row: tuple[int, ...]) -> None:
    assert frame.crc32 is not None
    buffer = bytearray(frame.MAX_FRAME)
    pack(*_tick(row), buffer)
    length = frame.seal(buffer, 2 + TELEMETRY.size_bytes)

    assert buffer[:length] == _written(row)
