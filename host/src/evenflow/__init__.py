"""Evenflow's host: configures doses, talks to pumps, logs telemetry, emulates boards.

Bench and research equipment; not for use on people.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenflow.client import Pump, SyncPump
    from evenflow.session.opening import connect

__all__ = ["NOT_FOR_USE", "Pump", "SyncPump", "__version__", "connect"]

__version__ = "0.1.0"
NOT_FOR_USE = "NOT FOR USE ON PEOPLE: bench and research equipment, not a medical device."

# Public names load their modules only when used: `evenflow --version` must stay quick.
_LAZY = {
    "Pump": "evenflow.client",
    "SyncPump": "evenflow.client",
    "connect": "evenflow.session.opening",
}


def __getattr__(name: str) -> object:
    """A public name, from its module on first use."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(name)
