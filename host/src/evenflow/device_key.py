"""Keys of boards on this host: one file for each board and role, for this user alone.

`ID.key` holds a board's own key, of which the key of every role is made. `ID.ROLE.key` holds that
of one role, for a host that shall do no more. There is no key that comes with Evenflow, no board
has the key of another, and nothing here writes a key where others may read it.
"""

import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from click import get_app_dir

from evenflow.errors import Refused, WrongUsage
from pumpcore.wire import tag

KEY_BYTES = tag.KEY_BYTES
ON_DEVICE = "/device.key"
SCHEMA = 1
# Of an exported key.
MOST_BYTES = 4_096
# Of the board itself, with which every role's key can be made.
BOARD = "board"
_ID_DIGITS = 16
_NAME_BYTES = 8
# What a text that is no exported key raises; the last where it is nested too deeply.
_NO_KEY = (ValueError, KeyError, TypeError, RecursionError)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Stored:
    """A key on this host; `role` is BOARD or one of tag.ROLES."""

    unique_id: str
    role: str
    key: bytes
    board_key: bytes

    def of_role(self, role: str) -> "Stored | None":
        """The key of that role, as far as it can be made of this one."""
        if self.role == role:
            return self
        if self.role != BOARD:
            return None
        return Stored(self.unique_id, role, tag.role_key(self.key, role), self.board_key)


def of_board(unique_id: bytes, key: bytes) -> Stored:
    """A board's own key, wherever it is from."""
    return Stored(unique_id.hex(), BOARD, key, tag.key_name(key))


def folder() -> Path:
    """Where the keys lie."""
    return Path(get_app_dir("evenflow")) / "keys"


def path_of(unique_id: str, role: str = BOARD) -> Path:
    """The file of the board with that id."""
    return folder() / (f"{unique_id}.key" if role == BOARD else f"{unique_id}.{role}.key")


def content(key_hex: str) -> bytes:
    """What a board's key file holds, here and on the board."""
    return f"{key_hex}\n".encode("ascii")


def make(unique_id: str) -> bytes:
    """A fresh key, stored here with mode 0600; what the board's file shall hold."""
    values = fresh()
    keep(unique_id, values)
    forget_roles(unique_id)
    return values


def fresh() -> bytes:
    """What the file of a new key holds; it lies nowhere yet."""
    return content(secrets.token_hex(KEY_BYTES))


def keep(unique_id: str, values: bytes) -> None:
    """Store the key of that board; the one before is replaced."""
    _write(path_of(unique_id), values)


def forget_roles(unique_id: str) -> None:
    """Remove what this host has of single roles on that board: its key is another now."""
    for role in tag.ROLES:
        path_of(unique_id, role).unlink(missing_ok=True)


def stored(unique_id: str) -> bytes | None:
    """What this host's file of that board holds; None if there is none."""
    try:
        return path_of(unique_id).read_bytes()
    except FileNotFoundError:
        return None


def find(unique_id: str, role: str) -> Stored | None:
    """The key here for a role on that board; None if it has none, Refused if it is exposed."""
    for path in (path_of(unique_id), path_of(unique_id, role)):
        if path.exists():
            return read(path).of_role(role)
    return None


def paths() -> list[Path]:
    """The files of every key on this host, by board and role."""
    return sorted(folder().glob("*.key"))


def read(path: Path) -> Stored:
    """The key of a file; Refused if others may read it, or it is none."""
    unique_id, _, role = path.stem.partition(".")
    if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        reason = f"{path}: others than its owner may use this file"
        raise Refused("key_exposed", reason, f"chmod 600 {path}; better still, rotate the key")
    try:
        text = path.read_text(encoding="ascii")
        if not role:
            found = of_board(bytes.fromhex(unique_id), bytes.fromhex(text))
        else:
            found = parse(text)
    except (*_NO_KEY, OSError) as spoilt:
        reason = f"{path}: not a key"
        raise Refused("key_spoilt", reason, "remove it; import or rotate the key") from spoilt
    if (
        len(found.key) != KEY_BYTES
        or found.unique_id != unique_id
        or found.role != (role or BOARD)
    ):
        reason = f"{path}: the key of something else, or of a wrong length"
        raise Refused("key_spoilt", reason, "remove it; import or rotate the key")
    return found


def exported(key: Stored) -> str:
    """The text of a role's key, for another host; it is as secret as the key."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "unique_id": key.unique_id,
            "role": key.role,
            "key": key.key.hex(),
            "board_key": key.board_key.hex(),
        }
    )


def parse(text: str) -> Stored:
    """The key of an exported text; an exception of _NO_KEY if it is none."""
    values = json.loads(text)
    if values["schema"] != SCHEMA or values["role"] not in tag.ROLES:
        raise ValueError("another schema, or no role")
    key, board_key = bytes.fromhex(values["key"]), bytes.fromhex(values["board_key"])
    unique_id = str(values["unique_id"])
    if len(key) != KEY_BYTES or len(board_key) != _NAME_BYTES:
        raise ValueError("wrong length")
    if len(unique_id) != _ID_DIGITS or bytes.fromhex(unique_id).hex() != unique_id:
        raise ValueError("no board has that id")
    return Stored(unique_id, values["role"], key, board_key)


def export(key: Stored, path: Path) -> None:
    """Write a role's key to a new file with mode 0600; WrongUsage if something is there."""
    if path.exists():
        raise WrongUsage("file_exists", f"{path} is there already", "name a new file")
    _write(path, exported(key).encode("ascii") + b"\n")


def take(text: str) -> Stored:
    """Store the key of an exported text here; Refused if it is none."""
    try:
        key = parse(text)
    except _NO_KEY as wrong:
        hint = "name a file that `evenflow keys export` has written"
        raise Refused("key_spoilt", "not an exported key", hint) from wrong
    _write(path_of(key.unique_id, key.role), exported(key).encode("ascii") + b"\n")
    return key


def _write(path: Path, values: bytes) -> None:
    """Never there with other rights, and never half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(values)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
