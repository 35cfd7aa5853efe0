"""What all tests share: this folder on the path, unhurried cases, a configuration of their own."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

sys.path.append(str(Path(__file__).parent))

pytest_plugins = ("skip_policy",)

# A busy machine is not a failure; pytest-timeout catches a hang.
settings.register_profile("evenflow", deadline=None)
# Where lines count, not cases (`make coverage`, tools/mutants.py): the same few each time.
settings.register_profile("few", deadline=None, max_examples=10, derandomize=True, database=None)
settings.load_profile("evenflow")


@pytest.fixture(scope="session", autouse=True)
def own_configuration() -> Iterator[None]:
    """No test makes or finds keys in the configuration of whoever runs it."""
    before = os.environ.get("XDG_CONFIG_HOME")
    with TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        yield
    if before is None:
        del os.environ["XDG_CONFIG_HOME"]
    else:
        os.environ["XDG_CONFIG_HOME"] = before
