"""What may go onto a pump: signed by somebody trusted, not too large, and forward only."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from host.dose.library_tables import tables

from evenflow.dose import library
from evenflow.errors import Refused
from evenflow.formulary import release, signature
from evenflow.formulary.release import Installed
from evenflow.formulary.source import Source, read
from evenflow.signing import trust
from pumpapp import drug_library
from pumpcore.library import MAX_LIBRARY_BYTES
from pumpcore.programme import NO_LIBRARY

pytestmark = pytest.mark.requirement("SEC-03", "LIB-17")

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NONE = Installed("", NO_LIBRARY)


@pytest.fixture
def signed(
    library_file: Callable[..., Path], private: Ed25519PrivateKey, tmp_path: Path
) -> Source:
    """The shipped library, signed by a trusted key."""
    trust.add(trust.LIBRARIES, tmp_path / "signer.pub.pem", "Pharmacy", NOW.date())
    source = read(library_file())
    made = signature.sign(source, private, "Pharmacy", NOW)
    signature.write(made, signature.path_of(source.path))
    return source


def prepared(
    source: Source, previous: Installed | None = NONE, *, is_unsigned_allowed: bool = False
) -> bytes:
    return release.prepare(
        source,
        previous=previous,
        trusted=trust.all_keys(trust.LIBRARIES),
        today=NOW.date(),
        is_unsigned_allowed=is_unsigned_allowed,
    )


def refusal(source: Source, previous: Installed | None = NONE, **options: bool) -> str:
    with pytest.raises(Refused) as refused:
        prepared(source, previous, **options)
    assert refused.value.hint
    return refused.value.code


def test_what_is_signed_is_prepared_as_the_pump_reads_it(signed: Source) -> None:
    installed = drug_library.parse(prepared(signed))

    assert installed.digest == signed.library.digest
    assert len(installed.entries) == 4


def test_what_nobody_has_signed_is_for_the_bench_alone(library_file: Callable[..., Path]) -> None:
    unsigned = read(library_file())

    assert refusal(unsigned) == "unsigned"
    assert prepared(unsigned, is_unsigned_allowed=True)


def test_a_signature_that_is_there_must_hold_on_the_bench_too(signed: Source) -> None:
    signed.path.write_bytes(signed.content + b"\n")

    assert refusal(read(signed.path), is_unsigned_allowed=True) == "other_bytes"


@pytest.mark.parametrize("version", ["0.3.1", "0.10.0", "1.0.0"])
def test_a_pump_does_not_go_back(signed: Source, version: str) -> None:
    assert refusal(signed, Installed(version, bytes(range(8)))) == "rollback"


def test_the_same_version_with_other_content_is_refused(signed: Source) -> None:
    assert refusal(signed, Installed("0.3.0", bytes(range(8)))) == "same_version"


@pytest.mark.parametrize("version", ["0.0.9", "0.2.10"])
def test_a_pump_goes_forward(signed: Source, version: str) -> None:
    assert prepared(signed, Installed(version, bytes(range(8))))
    assert prepared(signed, Installed("0.3.0", signed.library.digest))
    assert prepared(signed, None)


def test_a_pump_that_says_no_version_is_refused(signed: Source) -> None:
    assert refusal(signed, Installed("new", bytes(range(8)))) == "wrong_version"


def test_a_library_that_is_larger_than_the_pump_takes_is_refused(tmp_path: Path) -> None:
    content = tables()
    template = content["entry"][0]
    content["entry"] = [
        template | {"ident": index, "drug": f"drug-{index}"} for index in range(1, 41)
    ]
    large = library.from_tables(content, "large.toml")
    source = Source(tmp_path / "large.toml", b"", content, large)

    assert len(library.compile_library(large)) > MAX_LIBRARY_BYTES
    assert refusal(source, is_unsigned_allowed=True) == "too_large"


def test_an_expired_library_is_refused_unsigned_too(library_file: Callable[..., Path]) -> None:
    past = read(library_file(("valid_until = 2028-12-31", "valid_until = 2026-11-22")))

    assert refusal(past, is_unsigned_allowed=True) == "expired"
