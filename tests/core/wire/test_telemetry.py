"""Telemetry packed at once is what the table of messages says of it, byte for byte."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumpcore.limits import OutOfRange
from pumpcore.wire import frame
from pumpcore.wire.codec import encode, size_bytes
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import KINDS, TO_DEVICE, by_name
from pumpcore.wire.telemetry import pack

pytestmark = pytest.mark.requirement("SEC-05")

TELEMETRY = by_name("telemetry")
BOUNDS = [(KINDS[field.kind].low, KINDS[field.kind].high) for field in TELEMETRY.fields]
VALUES = st.tuples(*(st.sampled_from(bounds) | st.integers(*bounds) for bounds in BOUNDS))


def _written(values: list[int]) -> bytes:
    endpoint = Endpoint(TO_DEVICE)
    return bytes(endpoint.outgoing[: endpoint.write(TELEMETRY, values)])


@given(VALUES)
def test_packed_at_once_it_is_what_the_codec_makes_of_it(values: tuple[int, ...]) -> None:
    buffer = bytearray(2 + size_bytes(TELEMETRY))
    expected = bytearray(len(buffer))
    expected[1] = TELEMETRY.ident
    encode(TELEMETRY, list(values), expected, 2)

    assert pack(list(values), buffer)
    assert expected == buffer


@pytest.mark.parametrize("index", range(len(BOUNDS)))
@pytest.mark.parametrize("beyond", [lambda low, _high: low - 1, lambda _low, high: high + 1])
def test_a_value_that_does_not_fit_is_refused_by_the_name_of_its_field(
    index: int, beyond: Callable[[int, int], int]
) -> None:
    values = [0] * len(BOUNDS)
    values[index] = beyond(*BOUNDS[index])

    with pytest.raises(OutOfRange) as refused:
        _written(values)
    assert TELEMETRY.fields[index].name == refused.value.name


@given(VALUES)
def test_a_crc_of_the_interpreter_s_own_makes_the_same_frame(values: tuple[int, ...]) -> None:
    assert frame.crc32 is not None
    buffer = bytearray(frame.MAX_FRAME)
    pack(list(values), buffer)
    length = frame.seal(buffer, 2 + size_bytes(TELEMETRY))

    assert buffer[:length] == _written(list(values))
