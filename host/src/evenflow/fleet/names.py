"""Topics, and what a site, a bridge or an ingest may be called.

    evenflow/<site>/bridge/<bridge>/online          retained, with a last will
    evenflow/<site>/bridge/<bridge>/pump/<pump>     retained: the pump as it was last heard
    evenflow/<site>/bridge/<bridge>/rows/<session>  what was recorded, to the ingest
    evenflow/<site>/bridge/<bridge>/stored          the ingest's answers
    evenflow/<site>/ingest/<ingest>/online          retained, with a last will

All that a bridge writes lies below its own name, so that one line of a broker's access list per
bridge is enough.
"""

import re
import socket

from evenflow.errors import WrongUsage

_ROOT = "evenflow"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
# Where the bridge stands in a topic of its own.
BRIDGE_PART = 3


def checked(name: str, what: str) -> str:
    """The name; WrongUsage if it could not be a part of a topic."""
    if not is_name(name):
        raise WrongUsage(
            "bad_name",
            f"{name!r} cannot be the name of a {what}",
            "up to 64 letters, digits, dots, hyphens or underscores, not a sign first",
        )
    return name


def is_name(name: str) -> bool:
    """Whether it may be part of a topic."""
    return _NAME.fullmatch(name) is not None


def of_this_host() -> str:
    """What a bridge or an ingest is called that is not told otherwise."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", socket.gethostname()).lstrip("-._")[:64]
    return name or "host"


def bridge_online(site: str, bridge: str) -> str:
    """Where a bridge says whether it is there."""
    return f"{_ROOT}/{site}/bridge/{bridge}/online"


def pump(site: str, bridge: str, unique_id: str) -> str:
    """Where a bridge says how a pump was last heard."""
    return f"{_ROOT}/{site}/bridge/{bridge}/pump/{unique_id}"


def rows(site: str, bridge: str, session_id: str) -> str:
    """Where a bridge sends what a session recorded; `+` for any."""
    return f"{_ROOT}/{site}/bridge/{bridge}/rows/{session_id}"


def stored(site: str, bridge: str) -> str:
    """Where the ingest answers a bridge."""
    return f"{_ROOT}/{site}/bridge/{bridge}/stored"


def ingest_online(site: str, ingest: str) -> str:
    """Where an ingest says whether it is there; `+` for any."""
    return f"{_ROOT}/{site}/ingest/{ingest}/online"
