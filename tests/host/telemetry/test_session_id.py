"""An id of a session begins with its time, orders as time does, and is nobody else's."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenflow.telemetry import session_id

pytestmark = pytest.mark.requirement("LOG-05")

BOUNDS = datetime(1980, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
TIMES = st.datetimes(*(one.replace(tzinfo=None) for one in BOUNDS), timezones=st.just(UTC))
NOW = datetime(2026, 1, 5, 9, 0, 0, 123_000, tzinfo=UTC)
TIMED = "019b8d62-7afb-76c1-85ca-f48a39e6bd0a"
BY_CHANCE = "6cb1d9b6-6f0e-4c6f-8a52-3f0a1c2d4e5f"


@given(earlier=TIMES, span=st.timedeltas(timedelta(milliseconds=1), timedelta(days=9999)))
def test_ids_order_as_their_times_do(earlier: datetime, span: timedelta) -> None:
    earlier_id, later_id = (session_id.fresh(one) for one in (earlier, earlier + span))

    assert session_id.beginning(earlier) <= earlier_id < session_id.beginning(earlier + span)
    assert session_id.beginning(earlier + span) <= later_id


def test_an_id_is_a_uuid_of_version_7_and_tells_its_time() -> None:
    found = session_id.fresh(NOW)

    assert session_id.moment(TIMED) is not None
    assert (UUID(found).version, UUID(found).variant) == (7, "specified in RFC 4122")
    assert session_id.moment(found) == NOW


def test_no_two_are_alike() -> None:
    assert len({session_id.fresh(NOW) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("other", ["", "one", BY_CHANCE, TIMED.upper(), "-" * 36])
def test_what_tells_no_time_is_said_to_tell_none(other: str) -> None:
    assert session_id.moment(other) is None
