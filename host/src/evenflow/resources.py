"""Where the files that come with Evenflow lie: in the wheel's `_data`, or in the checkout."""

from importlib.util import find_spec
from pathlib import Path

from evenflow.errors import CheckFailed

_BESIDE = Path(__file__).parent / "_data"
_CHECKOUT = Path(__file__).parents[3]


def path(*parts: str) -> Path:
    """A file or folder such as `path("board_configs", "pico.toml")`; CheckFailed if it is missing.

    Top folders: board_configs, examples, firmware (its main.py).
    """
    root = _BESIDE if _BESIDE.is_dir() else _CHECKOUT
    found = root.joinpath(*parts)
    if not found.exists():
        raise CheckFailed(
            "resource_missing", f"{found} is missing from this installation", "install it again"
        )
    return found


def firmware_source() -> Path:
    """The folder that holds the packages pumpcore, pumpboard and pumpapp."""
    spec = find_spec("pumpcore")
    if spec is None or spec.origin is None:
        raise CheckFailed(
            "resource_missing",
            "the firmware's packages are missing from this installation",
            "install it again",
        )
    return Path(spec.origin).parents[1]
