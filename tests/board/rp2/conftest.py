"""The chip that the drivers of a test run on."""

import sys
from collections.abc import Iterator

import pytest
from board.rp2.fakes import Chip


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chip]:
    """A chip whose modules `machine` and `rp2` the drivers import."""
    made = Chip()
    _forget_drivers()
    for name, module in made.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    yield made
    _forget_drivers()


def _forget_drivers() -> None:
    for name in [
        name for name in sys.modules if name.startswith(("pumpboard.rp2", "pumpboard.generic"))
    ]:
        del sys.modules[name]
