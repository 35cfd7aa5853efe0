"""Signatures: what holds, and by which name everything else is refused."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evenflow.errors import Refused, WrongUsage
from evenflow.formulary import signature
from evenflow.formulary.source import Source, read
from evenflow.signing import key, trust

pytestmark = pytest.mark.requirement("SEC-03", "SEC-06")

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def signed(
    library_file: Callable[..., Path], private: Ed25519PrivateKey, tmp_path: Path
) -> Source:
    """A library with a signature whose key is trusted."""
    source = read(library_file())
    signature.write(
        signature.sign(source, private, "A. Pharmacist", NOW), signature.path_of(source.path)
    )
    trust.add(trust.LIBRARIES, tmp_path / "signer.pub.pem", "Pharmacy", TODAY)
    return source


def refusal(source: Source, today: date = TODAY) -> str:
    with pytest.raises(Refused) as refused:
        signature.verify(source, trust.all_keys(trust.LIBRARIES), today)
    assert refused.value.hint
    return refused.value.code


def altered(source: Source, **fields: object) -> None:
    path = signature.path_of(source.path)
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_a_signature_of_a_trusted_key_holds(signed: Source) -> None:
    verified = signature.verify(signed, trust.all_keys(trust.LIBRARIES), TODAY)

    words = "signed by A. Pharmacist with the key of Pharmacy at 2026-11-23T12:00:00Z"
    assert str(verified) == words


def test_nothing_is_trusted_until_somebody_says_so(signed: Source) -> None:
    (trusted,) = trust.all_keys(trust.LIBRARIES)
    assert trust.remove(trust.LIBRARIES, trusted.ident[:6]).name == "Pharmacy"

    assert trust.all_keys(trust.LIBRARIES) == ()
    assert refusal(signed) == "unknown_signer"


def test_no_signature_is_refused(signed: Source) -> None:
    signature.path_of(signed.path).unlink()

    assert refusal(signed) == "unsigned"


def test_one_changed_byte_is_refused(signed: Source) -> None:
    signed.path.write_bytes(signed.content.replace(b"# Grades", b"# grades"))

    assert refusal(read(signed.path)) == "other_bytes"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"algorithm": "HMAC"}, "wrong_algorithm"),
        ({"algorithm": ""}, "wrong_algorithm"),
        ({"signer": "Somebody else"}, "bad_signature"),
        ({"signed_at": "2027-01-01T00:00:00Z"}, "bad_signature"),
        ({"signature": "00" * 64}, "bad_signature"),
        ({"signature": "no hex"}, "bad_signature"),
        ({"signature": ""}, "bad_signature"),
        ({"key": "00" * 16}, "unknown_signer"),
        ({"schema": 2}, "not_a_signature"),
        ({"schema": True}, "not_a_signature"),
        ({"signer": 5}, "not_a_signature"),
        ({"signer": "A.\nPharmacist"}, "not_a_signature"),
        ({"more": "x"}, "not_a_signature"),
    ],
)
def test_an_altered_signature_is_refused_by_name(
    signed: Source, fields: dict[str, object], code: str
) -> None:
    altered(signed, **fields)

    assert refusal(signed) == code


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"[" * 5_000])
def test_what_is_no_signature_is_refused(signed: Source, content: bytes) -> None:
    signature.path_of(signed.path).write_bytes(content)

    assert refusal(signed) in ("not_a_signature", "too_long")


def test_a_signature_of_one_key_does_not_pass_for_another_s(
    signed: Source, tmp_path: Path
) -> None:
    *_, other = key.make(tmp_path / "other", None)
    trust.add(trust.LIBRARIES, tmp_path / "other.pub.pem", "Other", TODAY)
    altered(signed, key=other)

    assert refusal(signed) == "bad_signature"


def test_a_library_past_its_last_day_is_neither_signed_nor_taken(
    signed: Source, private: Ed25519PrivateKey
) -> None:
    assert refusal(signed, date(2029, 1, 1)) == "expired"
    with pytest.raises(Refused, match="last day"):
        signature.sign(signed, private, "A. Pharmacist", datetime(2029, 1, 1, tzinfo=UTC))


def test_a_signature_says_what_it_is_for(signed: Source, private: Ed25519PrivateKey) -> None:
    text = signature.sign(signed, private, "A. Pharmacist", NOW).signed_text()

    assert text.startswith(b"evenflow drug library signature 1\nalgorithm Ed25519\n")
    assert text.count(b"\n") == 6


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 65])
def test_a_signer_has_a_name(signed: Source, private: Ed25519PrivateKey, name: str) -> None:
    with pytest.raises(WrongUsage):
        signature.sign(signed, private, name, NOW)


def test_a_private_key_is_for_its_owner_alone_and_never_replaced(tmp_path: Path) -> None:
    path, public, ident = key.make(tmp_path / "mine", "open sesame")

    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    assert key.ident(key.private(path, lambda: "open sesame").public_key()) == ident
    assert key.ident(key.public(public)) == ident
    with pytest.raises(Refused, match="another passphrase"):
        key.private(path, lambda: "open barley")
    with pytest.raises(WrongUsage, match="already"):
        key.make(tmp_path / "mine", None)


def test_two_keys_are_never_the_same(tmp_path: Path) -> None:
    idents = {key.make(tmp_path / str(index), None)[2] for index in range(3)}

    assert len(idents) == 3


def test_keys_of_another_kind_are_refused(tmp_path: Path) -> None:
    other = Ed448PrivateKey.generate()
    private, public = tmp_path / "other.pem", tmp_path / "other.pub.pem"
    private.write_bytes(
        other.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(
        other.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )

    codes = []
    for read_key, path in ((lambda one: key.private(one, str), private), (key.public, public)):
        with pytest.raises(Refused) as refused:
            read_key(path)
        codes.append(refused.value.code)
    assert codes == ["wrong_algorithm", "wrong_algorithm"]
    with pytest.raises(Refused, match="no public key"):
        key.public(private)


def test_a_spoilt_trusted_key_is_named(signed: Source, trusted_folder: Path) -> None:
    (path,) = trusted_folder.glob("*.json")
    path.rename(trusted_folder / f"{'0' * 32}.json")

    assert signed.path.exists()
    with pytest.raises(Refused, match="holds the key"):
        trust.all_keys(trust.LIBRARIES)
