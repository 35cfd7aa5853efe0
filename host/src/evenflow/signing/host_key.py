"""The host's own key, with which it signs the sessions that it recorded; made when first needed.

It lies in clear in the user's configuration folder, for this user alone: what it proves is that
somebody wrote a record who could act as this user on this host.
"""

import os
import tempfile
from pathlib import Path

from click import get_app_dir
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evenflow.errors import EvenflowError, Refused
from evenflow.signing import key

_OTHERS = 0o077


def path() -> Path:
    """Where it lies."""
    return Path(get_app_dir("evenflow")) / "host.pem"


def own() -> Ed25519PrivateKey:
    """The key; EvenflowError if it cannot be made or read, or others can read it."""
    place = path()
    try:
        if not place.exists():
            _make(place)
        is_seen = os.name == "posix" and place.stat().st_mode & _OTHERS
    except OSError as error:
        hint = "let this user write to that folder"
        raise Refused("no_host_key", f"{place}: {error.strerror}", hint) from error
    if is_seen:
        reason = f"{place}: others than its user may read or write it"
        raise Refused("host_key_seen", reason, "remove it: another one is made when it is needed")
    return key.private(place, str)


def known_ident() -> str | None:
    """Its id, if there is one that can be read; none is made."""
    try:
        return key.ident(own().public_key()) if path().exists() else None
    except (EvenflowError, OSError):
        return None


def _make(place: Path) -> None:
    """Whole or not at all, and once: of two programs that begin together, one makes it."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    # Made with mode 0600.
    descriptor, unfinished = tempfile.mkstemp(dir=place.parent, prefix="host-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, place)
    except FileExistsError:
        pass
    finally:
        Path(unfinished).unlink()
