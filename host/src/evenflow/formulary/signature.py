"""Who vouches for the bytes of a library file: FILE.sig beside it, made and verified.

What is signed is a text that says what it is for, so that it can stand for nothing else, with the
SHA-256 of the whole file in it. Verified against keys that this host trusts, and no others.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evenflow import bounded
from evenflow.errors import Refused
from evenflow.formulary.source import Source
from evenflow.signing import key
from evenflow.signing.trust import Trusted, check_name

SCHEMA = 1
ALGORITHM = "Ed25519"
MAX_FILE_BYTES = 4_096
_DOMAIN = "evenflow drug library signature"
_HINT = "have it signed by somebody whom this host trusts"


@dataclass(frozen=True, slots=True)
class Signature:
    """The content of FILE.sig; hex throughout, `signed_at` in UTC."""

    schema: int
    algorithm: str
    signer: str
    signed_at: str
    sha256: str
    key: str
    signature: str

    def signed_text(self) -> bytes:
        """What the key has signed: one line for each field, in this order."""
        lines = (
            f"{_DOMAIN} {self.schema}",
            f"algorithm {self.algorithm}",
            f"signer {self.signer}",
            f"signed_at {self.signed_at}",
            f"sha256 {self.sha256}",
            f"key {self.key}",
        )
        return "".join(f"{line}\n" for line in lines).encode()


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that holds: the signer's own name, and whose key it is by this host's word."""

    signature: Signature
    trusted: Trusted

    def __str__(self) -> str:
        """In words."""
        signer, name = self.signature.signer, self.trusted.name
        by = signer if signer == name else f"{signer} with the key of {name}"
        return f"signed by {by} at {self.signature.signed_at}"


def path_of(library_path: Path) -> Path:
    """Where the signature of a library file lies."""
    return library_path.with_name(f"{library_path.name}.sig")


def sign(source: Source, private: Ed25519PrivateKey, signer: str, now: datetime) -> Signature:
    """The signature over a sound library; Refused if its last day is past."""
    check_name(signer)
    require_valid(source, now.astimezone(UTC).date())
    unsigned = Signature(
        SCHEMA,
        ALGORITHM,
        signer,
        now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        sha256(source.content).hexdigest(),
        key.ident(private.public_key()),
        "",
    )
    content = asdict(unsigned) | {"signature": private.sign(unsigned.signed_text()).hex()}
    return Signature(**content)


def write(signature: Signature, path: Path) -> None:
    """Store it."""
    text = json.dumps(asdict(signature), indent=2, ensure_ascii=True) + "\n"
    path.write_text(text, encoding="ascii")


def verify(source: Source, trusted: Iterable[Trusted], today: date) -> Verified:
    """Who has signed it; else Refused, by the first of these codes that applies.

    unsigned, not_a_signature, wrong_algorithm, other_bytes, unknown_signer, bad_signature,
    expired.
    """
    path = path_of(source.path)
    found = _read(path)
    if found.algorithm != ALGORITHM:
        reason = f"{path}: signed by {found.algorithm!r}; only {ALGORITHM} is taken"
        raise Refused("wrong_algorithm", reason, _HINT)
    if found.sha256 != sha256(source.content).hexdigest():
        reason = f"{path}: is of other bytes than {source.path} has"
        raise Refused("other_bytes", reason, "it was changed after it was signed; sign it anew")
    by_ident = {one.ident: one for one in trusted}
    if found.key not in by_ident:
        reason = f"{path}: signed by {found.signer} with the key {found.key}, not trusted here"
        hint = "if it is theirs: `evenflow library trust add NAME.pub.pem --name …`"
        raise Refused("unknown_signer", reason, hint)
    try:
        signature = bytes.fromhex(found.signature)
        by_ident[found.key].public.verify(signature, found.signed_text())
    except (ValueError, InvalidSignature) as invalid:
        reason = f"{path}: the signature is not one of the key {found.key}"
        raise Refused("bad_signature", reason, _HINT) from invalid
    require_valid(source, today)
    return Verified(found, by_ident[found.key])


def require_valid(source: Source, today: date) -> None:
    """Refused if the library's last day is past."""
    if source.library.is_expired(today):
        reason = f"{source.path}: its last day was {source.library.valid_until}"
        raise Refused("expired", reason, "have it reviewed, and move valid_until")


def _read(path: Path) -> Signature:
    if not path.exists():
        hint = "`evenflow library sign FILE --key PEM --by NAME` makes one"
        raise Refused("unsigned", f"{path}: there is no signature", hint)
    content = bounded.content(path, "a signature", MAX_FILE_BYTES)
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError) as invalid:
        raise _not_one(path) from invalid
    if not isinstance(fields, dict) or set(fields) != set(Signature.__slots__):
        raise _not_one(path)
    texts = [value for name, value in fields.items() if name != "schema"]
    are_texts = all(isinstance(value, str) and value.isprintable() for value in texts)
    if not are_texts or isinstance(fields["schema"], bool) or fields["schema"] != SCHEMA:
        raise _not_one(path)
    return Signature(**fields)


def _not_one(path: Path) -> Refused:
    return Refused("not_a_signature", f"{path}: no signature of schema {SCHEMA}", _HINT)
