"""Keys that sign: Ed25519, the private one in PKCS #8, both as PEM files.

There is no key that comes with Evenflow, and none is made without being asked for.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evenflow.errors import Refused, WrongUsage

_ID_BYTES = 16


def make(name: Path, passphrase: str | None) -> tuple[Path, Path, str]:
    """A fresh pair, as NAME.pem (for this user alone) and NAME.pub.pem, and its id.

    None for a passphrase stores the private key in clear. WrongUsage if a file is there already.
    """
    private_path, public_path = (Path(f"{name}{end}") for end in (".pem", ".pub.pem"))
    for path in (private_path, public_path):
        if path.exists():
            raise WrongUsage("key_exists", f"{path} is there already", "name another one")
    key = Ed25519PrivateKey.generate()
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    # Never there with other rights.
    descriptor = os.open(private_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(private)
    public_path.write_bytes(public_pem(key.public_key()))
    return private_path, public_path, ident(key.public_key())


def private(path: Path, asked: Callable[[], str]) -> Ed25519PrivateKey:
    """A private key; `asked` is called for the passphrase of one that has one."""
    content = _content(path)
    try:
        try:
            key = serialization.load_pem_private_key(content, None)
        except TypeError:
            key = serialization.load_pem_private_key(content, asked().encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as invalid:
        hint = "name the file NAME.pem of `evenflow library keygen`, and its own passphrase"
        raise Refused("wrong_key", f"{path}: no key, or another passphrase", hint) from invalid
    if not isinstance(key, Ed25519PrivateKey):
        raise Refused("wrong_algorithm", f"{path}: no Ed25519 key", "make one with keygen")
    return key


def public(path: Path) -> Ed25519PublicKey:
    """A public key of a file."""
    return public_of(_content(path), str(path))


def public_of(content: bytes, name: str) -> Ed25519PublicKey:
    """A public key in PEM; `name` is where it is from."""
    try:
        key = serialization.load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as invalid:
        hint = "name a public key in PEM, as keygen makes it, or `evenflow sessions key` shows it"
        raise Refused("wrong_key", f"{name}: no public key", hint) from invalid
    if not isinstance(key, Ed25519PublicKey):
        raise Refused("wrong_algorithm", f"{name}: no Ed25519 key", "only Ed25519 is taken")
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    """The key as its file has it."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def ident(key: Ed25519PublicKey) -> str:
    """What names the key: the first half of SHA-256 over its 32 bytes, in hex."""
    return sha256(key.public_bytes_raw()).digest()[:_ID_BYTES].hex()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as unreadable:
        reason = f"{path}: {unreadable.strerror}"
        raise WrongUsage("no_file", reason, "name a readable key file") from unreadable
