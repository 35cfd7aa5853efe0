"""A session of an emulated pump, recorded once for all tests that only read it."""

from pathlib import Path

import pytest
from host.fleet.parts import Recording


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its record: `recorded.parent.parent` is the folder of runs."""
    with Recording(tmp_path_factory.mktemp("runs"), "one") as one:
        one.finish()
    return one.path
