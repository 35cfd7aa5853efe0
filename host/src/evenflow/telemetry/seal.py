"""Who vouches for a closed session: a signature, in its seal, over the hash that covers all of it.

It is made with the recording host's own key. The public key stands beside it, so that it can be
verified anywhere; whose key that is, is known only where somebody said so.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from evenflow.errors import EvenflowError
from evenflow.telemetry.tables import UNSIGNED_SCHEMA

THIS_HOST = "this host"

_ALGORITHM = "Ed25519"
_DOMAIN = "evenflow session seal 1"
_FIELDS = {"algorithm", "key", "public_key", "value"}


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose signature holds: the key's id, and whose it is by this host's word; None: unknown."""

    key: str
    by: str | None


class Unsigned(Exception):
    """There is no signature that holds; `code` is not_signed or bad_signature."""

    def __init__(self, code: str, reason: str) -> None:
        """For a fault."""
        super().__init__(reason)
        self.code = code
        self.reason = reason


def signed(session_id: str, seal_text: str) -> str:
    """The seal with this host's signature, or with the reason why there is none."""
    # Costly, and needed once a session.
    from evenflow.signing import host_key, key

    content = json.loads(seal_text)
    try:
        private = host_key.own()
    except EvenflowError as error:
        return json.dumps(content | {"unsigned": error.reason})
    ident = key.ident(private.public_key())
    signature = private.sign(_text(session_id, content["head"], ident))
    return json.dumps(
        content
        | {
            "signature": {
                "algorithm": _ALGORITHM,
                "key": ident,
                "public_key": private.public_key().public_bytes_raw().hex(),
                "value": signature.hex(),
            }
        }
    )


def signer(session: Mapping[str, object]) -> Signer | None:
    """Who has signed a closed session, by its row; None if it is of a time without signatures.

    Raises Unsigned.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PublicKey,
    )

    from evenflow.signing import key

    schema = session["schema"]
    if not isinstance(schema, int) or schema <= UNSIGNED_SCHEMA:
        return None
    content = _parsed(session["seal_json"])
    found = content.get("signature")
    if not isinstance(found, dict):
        why = content.get("unsigned", "and does not say why")
        raise Unsigned("not_signed", f"its host did not sign it: {why}")
    if set(found) != _FIELDS or found["algorithm"] != _ALGORITHM:
        raise Unsigned("bad_signature", f"the seal has no signature of {_ALGORITHM}")
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found["public_key"]))
        ident = key.ident(public)
        text = _text(str(session["id"]), content.get("head"), ident)
        public.verify(bytes.fromhex(found["value"]), text)
    except (ValueError, TypeError, InvalidSignature) as error:
        reason = f"the signature is not one of the key {found['key']}"
        raise Unsigned("bad_signature", reason) from error
    if ident != found["key"]:
        raise Unsigned("bad_signature", f"the key is {ident}, not {found['key']}")
    return Signer(ident, _owner(ident))


def _owner(ident: str) -> str | None:
    from evenflow.signing import host_key, trust

    if ident == host_key.known_ident():
        return THIS_HOST
    return next((one.name for one in trust.all_keys(trust.HOSTS) if one.ident == ident), None)


def _text(session_id: str, head: object, ident: str) -> bytes:
    """What is signed: what it is for, so that it can stand for nothing else."""
    return f"{_DOMAIN}\nsession {session_id}\nhead {head}\nkey {ident}\n".encode()


def _parsed(text: object) -> dict[str, object]:
    try:
        content = json.loads(str(text))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
