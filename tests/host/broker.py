"""A real MQTT broker for tests, in a process of its own that can be killed: mosquitto, or amqtt.

It listens on loopback alone. `start` after `kill` gives one on the same port that knows nothing of
what was before.
"""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "bridge-one", "only-for-tests"
_READY_S = 30
_AMQTT = Path(__file__).parent / "amqtt_broker.py"


@dataclass
class RunningBroker:
    """`address` is without user; `ca` signed its certificate, if it has one."""

    folder: Path
    port: int
    ca: Path | None
    process: "subprocess.Popen[bytes] | None" = None
    wants_password: bool = False

    @property
    def address(self) -> str:
        """As `--broker` takes it."""
        user = f"{USER}@" if self.wants_password else ""
        return f"mqtt{'s' if self.ca else ''}://{user}127.0.0.1:{self.port}"

    def start(self) -> None:
        """On its port; returns once it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        deadline = datetime.now(UTC) + timedelta(seconds=_READY_S)
        while not self._answers():
            if self.process.poll() is not None or datetime.now(UTC) > deadline:
                pytest.fail(f"no broker: {(self.folder / 'log').read_text()[-2000:]}")

    def kill(self) -> None:
        """At once, with all that it knew."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def _command(self) -> list[str]:
        mosquitto = shutil.which("mosquitto")
        if mosquitto is None:
            return [sys.executable, str(_AMQTT), str(self._amqtt_config())]
        return [mosquitto, "-c", str(self._mosquitto_config())]

    def _amqtt_config(self) -> Path:
        listener: dict[str, object] = {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}
        if self.ca:
            certificate, key = self.folder / "broker.pem", self.folder / "broker.key"
            listener |= {"ssl": True, "certfile": str(certificate), "keyfile": str(key)}
        config = {
            "listeners": {"default": listener},
            "password": [USER, PASSWORD] if self.wants_password else None,
        }
        path = self.folder / "amqtt.json"
        path.write_text(json.dumps(config))
        return path

    def _mosquitto_config(self) -> Path:
        # Started by root it would become somebody who may not read its files.
        as_root = ["user root"] if os.geteuid() == 0 else []
        lines = [*as_root, f"listener {self.port} 127.0.0.1", "persistence false"]
        if self.ca:
            lines += [f"certfile {self.folder / 'broker.pem'}"]
            lines += [f"keyfile {self.folder / 'broker.key'}"]
        if self.wants_password:
            passwords = self.folder / "passwords"
            passwords.write_text(f"{USER}:{PASSWORD}\n")
            subprocess.run(["mosquitto_passwd", "-U", str(passwords)], check=True)
            lines += [f"password_file {passwords}"]
        lines += [f"allow_anonymous {'false' if self.wants_password else 'true'}"]
        path = self.folder / "mosquitto.conf"
        path.write_text("\n".join(lines) + "\n")
        return path


@contextmanager
def running(
    folder: Path, *, has_tls: bool = False, wants_password: bool = False
) -> Iterator[RunningBroker]:
    """Started; killed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    ca = certificates(folder) if has_tls else None
    broker = RunningBroker(folder, _free_port(), ca, wants_password=wants_password)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def certificates(folder: Path) -> Path:
    """An authority's certificate; the broker's, signed by it, and its key lie beside it."""
    now = datetime.now(UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name, name = _name("an authority for tests"), _name("127.0.0.1")

    def signed(
        subject: x509.Name, public: ec.EllipticCurvePublicKey, *, is_ca: bool
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
                critical=False,
            )
        )

    ca_builder = signed(ca_name, ca_key.public_key(), is_ca=True).add_extension(
        x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        ),
        critical=True,
    )
    here = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    builder = signed(name, key.public_key(), is_ca=False).add_extension(here, critical=False)
    ca = folder / "ca.pem"
    for path, content in (
        (ca, ca_builder.sign(ca_key, hashes.SHA256())),
        (folder / "broker.pem", builder.sign(ca_key, hashes.SHA256())),
    ):
        path.write_bytes(content.public_bytes(serialization.Encoding.PEM))
    (folder / "broker.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    ssl.create_default_context(cafile=str(ca))
    return ca


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port
