"""The chip that the drivers of a test run on."""

from collections.abc import Iterator

import pytest
from board.generic.streaming import Chip, installed


@pytest.fixture(params=[1_024, 128], ids=["esp32", "stm32"])
def chip(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chip]:
    """A chip whose DMA moves parts as one of the ports has them."""
    yield from installed(monkeypatch, request.param)
