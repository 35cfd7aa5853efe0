"""A library file, a key that signs it, and a folder of trusted keys, all of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evenflow.dose import library
from evenflow.signing import key


@pytest.fixture(autouse=True)
def trusted_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's trusted keys lie."""
    monkeypatch.setattr("evenflow.signing.trust.folder", lambda kind: tmp_path / kind)
    return tmp_path / "trusted"


@pytest.fixture
def private(tmp_path: Path) -> Ed25519PrivateKey:
    """The key of `signer.pem` and `signer.pub.pem`."""
    key.make(tmp_path / "signer", None)
    return key.private(tmp_path / "signer.pem", str)


@pytest.fixture
def library_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes the shipped library with texts replaced."""

    def write(*changes: tuple[str, str], name: str = "library.toml") -> Path:
        text = library.SHIPPED.read_text()
        for written, instead in changes:
            assert written in text
            text = text.replace(written, instead, 1)
        path = tmp_path / name
        path.write_text(text)
        return path

    return write
