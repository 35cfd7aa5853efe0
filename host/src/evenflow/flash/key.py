"""Device keys on this host: one file for each board, for this user alone."""

import os
import secrets
from pathlib import Path

from click import get_app_dir

KEY_BYTES = 32
ON_DEVICE = "/device.key"


def folder() -> Path:
    """Where the keys lie."""
    return Path(get_app_dir("evenflow")) / "keys"


def path_of(unique_id: str) -> Path:
    """The file of the board with that id."""
    return folder() / f"{unique_id}.key"


def content(key_hex: str) -> bytes:
    """What a key's file holds, here and on the board."""
    return f"{key_hex}\n".encode("ascii")


def make(unique_id: str) -> bytes:
    """A fresh key, stored here with mode 0600; what the board's file shall hold."""
    values = content(secrets.token_hex(KEY_BYTES))
    path = path_of(unique_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Never there with other rights, and never half of it.
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(values)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return values


def stored(unique_id: str) -> bytes | None:
    """What this host has of that board; None if it has nothing."""
    try:
        return path_of(unique_id).read_bytes()
    except FileNotFoundError:
        return None
