"""Evenflow's host: configures doses, flashes boards, logs telemetry, drives rigs. Not for use on people."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
NOT_FOR_USE = "NOT FOR USE ON PEOPLE: bench and research equipment, not a medical device."

# Public names load their modules only when used: `evenflow --version` must stay quick.
_LAZY = {
    "Pump": "evenflow.client",
    "SyncPump": "evenflow.client",
    "connect": "evenflow.client",
}


def __getattr__(name: str) -> Any:
    """Public names of the client, imported on first use."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(name)
