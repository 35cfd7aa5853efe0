"""A controller's own number on the link."""

import pytest

from pumpcore.unique_id import eight_bytes


@pytest.mark.requirement("PRC-05")
@pytest.mark.parametrize(
    ("told", "sent"),
    [
        (bytes(range(1, 9)), bytes(range(1, 9))),
        (b"\xa0\xb1\xc2\xd3\xe4\xf5", b"\xa0\xb1\xc2\xd3\xe4\xf5\0\0"),
        (b"abcdefgh\x01\x02\x03\x04", b"````efgh"),
    ],
)
def test_it_has_eight_bytes(told: bytes, sent: bytes) -> None:
    assert eight_bytes(told) == sent
