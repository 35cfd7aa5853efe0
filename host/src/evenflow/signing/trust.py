"""Whose signatures this host accepts: public keys in the user's own configuration folder.

Who may sign drug libraries and who records sessions are different questions, hence a folder each.
They are empty until somebody adds a key. A key's file is named by its id.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from click import get_app_dir
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evenflow.errors import Refused, WrongUsage
from evenflow.signing import key

SCHEMA = 1
# Whose signature is looked for: of drug libraries, of recorded sessions.
LIBRARIES, HOSTS = "trusted", "hosts"
MAX_NAME_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Trusted:
    """A public key, and whose it is by the word of who added it."""

    ident: str
    name: str
    added_on: str
    public: Ed25519PublicKey


def folder(kind: str) -> Path:
    """Where the keys lie."""
    return Path(get_app_dir("evenflow")) / kind


def add(kind: str, path: Path, name: str, today: date) -> Trusted:
    """Trust the public key of that file from now on; WrongUsage if it is trusted already."""
    check_name(name)
    public = key.public(path)
    trusted = Trusted(key.ident(public), name, today.isoformat(), public)
    place = _path(kind, trusted.ident)
    if place.exists():
        raise WrongUsage("key_exists", f"{trusted.ident} is trusted already", "nothing is to do")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = {
        "schema": SCHEMA,
        "name": name,
        "added_on": trusted.added_on,
        "public_key": key.public_pem(public).decode("ascii"),
    }
    place.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return trusted


def all_keys(kind: str) -> tuple[Trusted, ...]:
    """Every trusted key, by its id."""
    return tuple(_read(path) for path in sorted(folder(kind).glob("*.json")))


def remove(kind: str, ident: str) -> Trusted:
    """Trust a key no longer; WrongUsage if none has that id, or the beginning of it."""
    found = [one for one in all_keys(kind) if ident and one.ident.startswith(ident)]
    if len(found) != 1:
        reason = f"{len(found)} trusted keys have an id that begins with {ident!r}"
        raise WrongUsage("unknown_key", reason, "see the keys that are listed")
    _path(kind, found[0].ident).unlink()
    return found[0]


def check_name(name: str) -> None:
    """WrongUsage unless it is a name that can be shown."""
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS or not name.isprintable() or name != name.strip():
        reason = f"a name has 1 to {MAX_NAME_CHARACTERS} printable characters"
        raise WrongUsage("wrong_name", reason, "say who it is")


def _read(path: Path) -> Trusted:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        public = key.public_of(content["public_key"].encode("ascii"), str(path))
        trusted = Trusted(key.ident(public), content["name"], content["added_on"], public)
    except (ValueError, KeyError, TypeError, AttributeError) as invalid:
        raise Refused("trust_spoilt", f"{path}: no trusted key", "remove the file") from invalid
    if trusted.ident != path.stem:
        reason = f"{path}: holds the key {trusted.ident}"
        raise Refused("trust_spoilt", reason, "remove the file")
    return trusted


def _path(kind: str, ident: str) -> Path:
    return folder(kind) / f"{ident}.json"
