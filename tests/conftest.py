"""What all tests share: this folder on the path, for `crossrun.interpreters`; unhurried cases."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.append(str(Path(__file__).parent))

pytest_plugins = ("skip_policy",)

# A busy machine is not a failure; pytest-timeout catches a hang.
settings.register_profile("evenflow", deadline=None)
# Where lines count, not cases (`make coverage`, tools/mutants.py): the same few each time.
settings.register_profile("few", deadline=None, max_examples=10, derandomize=True, database=None)
settings.load_profile("evenflow")
