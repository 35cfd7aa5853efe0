"""The names of reset causes, as the wire has them."""

import pytest

from pumpcore import reset_cause


@pytest.mark.requirement("TST-09")
def test_a_cause_is_the_index_of_its_name() -> None:
    named = {name: getattr(reset_cause, name.upper()) for name in reset_cause.RESET_CAUSES}

    assert list(named.values()) == list(range(6))
