"""Constants written into the modules that read them: the same values, the same lines."""

import pytest

from evenflow.emulator.constants import folded
from evenflow.emulator.flash import sources

pytestmark = pytest.mark.requirement("DES-05")

UNITS = b"""from core._compat import const
LOW = const(1 << 3)
HIGH = -LOW
NAMES = ("low", "high")
"""


def _folded(module: bytes, **others: bytes) -> str:
    files = {"core/units.py": UNITS, "core/module.py": module}
    files.update({f"core/{name}.py": content for name, content in others.items()})
    return folded(files)["core/module.py"].decode()


def test_an_imported_constant_is_a_number() -> None:
    module = b"from core.units import HIGH, LOW as FIRST\nprint(FIRST, HIGH)\n"

    assert _folded(module).endswith("\nprint(8, (-8))\n")


def test_a_constant_of_an_imported_module_is_a_number() -> None:
    assert _folded(b"from core import units\nprint(units.LOW)\n").endswith("\nprint(8)\n")


def test_a_constant_made_of_others_is_one() -> None:
    between = b"from core import units\nfrom core.units import LOW\nMOST = LOW | 1\n"
    module = b"from core.between import MOST\nprint(MOST)\n"

    assert _folded(module, between=between).endswith("\nprint(9)\n")


@pytest.mark.parametrize(
    "module",
    [
        b"from core.units import NAMES\nprint(NAMES)\n",
        b"from core.units import LOW\nLOW = 2\nprint(LOW)\n",
        b"from core.units import LOW\ndef show(LOW): print(LOW)\n",
        b"from core import units\nunits = 5\nprint(units.LOW)\n",
        b"LARGE = 1 << 30\nprint(LARGE)\n",
        b"count = 5\nprint(count)\n",
        b"from elsewhere import LOW\nprint(LOW)\n",
        b"from core import units\nunits.LOW = 4\n",
    ],
)
def test_what_is_no_constant_stays(module: bytes) -> None:
    assert module.decode() == _folded(module)


def test_the_firmware_keeps_its_lines_and_names() -> None:
    plain = sources()

    done = folded(plain)

    assert plain.keys() == done.keys()
    assert any(plain[path] != done[path] for path in plain)
    for path, content in plain.items():
        assert content.count(b"\n") == done[path].count(b"\n"), path
        assert content.count(b"import") == done[path].count(b"import"), path
