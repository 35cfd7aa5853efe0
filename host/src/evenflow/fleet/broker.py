"""The way to a broker: its address, who we are there, TLS, and what its refusals mean.

A password comes from a file that only its owner reads, from the environment or from a person; an
address that holds one is refused, since every program on a machine can read command lines. Without
TLS only this very machine is spoken to, unless a person says that plain is right.
"""

import asyncio
import ipaddress
import json
import logging
import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiomqtt

from evenflow.errors import LinkError, Refused, WrongUsage

FROM_ENVIRONMENT = "EVENFLOW_MQTT_PASSWORD"
QOS = 1
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_LAST_PORT = 65535
_OTHERS_MAY = 0o077
_KEEPALIVE_S = 30
_TIMEOUT_S = 10.0
_PARTING_S = 2.0
_MANY_CALLS = 1_000
# What MQTT 3.1.1 and 5 say to a wrong name or password, and to one who may not.
_NOT_LET_IN = frozenset({4, 5, 134, 135})
_NOT_GRANTED = 128


@dataclass(frozen=True, slots=True)
class Broker:
    """Where it is and who we are to it; the password is in no text of it."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None

    def __str__(self) -> str:
        """As a person may see it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"mqtt{'s' if self.tls else ''}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Presence:
    """A topic on which we are said to be there, by ourselves, or not, by the broker."""

    topic: str
    content: dict[str, object]

    def payload(self, *, is_online: bool) -> str:
        """What the topic keeps."""
        return json.dumps({"online": is_online, **self.content})


def says_online(payload: bytes) -> bool:
    """What a presence says; anything else is nobody."""
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("online") is True


class _Bounded(asyncio.Queue[aiomqtt.Message]):
    """So many bytes of messages; one more is not taken, hence not answered, hence sent again."""

    BOUND_BYTES = 64 * 1024 * 1024
    _held_bytes = 0

    def _put(self, item: aiomqtt.Message) -> None:
        self._held_bytes += _length(item)
        super()._put(item)

    def _get(self) -> aiomqtt.Message:
        item = super()._get()
        self._held_bytes -= _length(item)
        return item

    def full(self) -> bool:
        """Whether another message must wait at its sender."""
        return self._held_bytes >= self.BOUND_BYTES


def payload_of(message: aiomqtt.Message) -> bytes:
    """What came; aiomqtt's type allows for more than comes off a line."""
    payload: object = message.payload
    return payload if isinstance(payload, bytes) else b""


def _length(message: aiomqtt.Message) -> int:
    return len(payload_of(message))


def broker(
    address: str,
    *,
    password: Callable[[], str | None],
    tls: Callable[[], ssl.SSLContext],
    is_plain_right: bool,
) -> Broker:
    """From `mqtt[s]://[user@]host[:port]`; a password is asked for only where there is a user."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise _bad_address(address) from error
    if parts.password is not None:
        raise WrongUsage(
            "password_in_address",
            "a password in the broker's address can be read by every program on this machine",
            f"leave it out; --password-file, {FROM_ENVIRONMENT}, or wait to be asked",
        )
    if (
        parts.scheme not in _PORTS
        or not parts.hostname
        or parts.path not in {"", "/"}
        or parts.query
        or parts.fragment
    ):
        raise _bad_address(address)
    if parts.scheme == "mqtt" and not (is_plain_right or _is_this_machine(parts.hostname)):
        raise Refused(
            "plain_broker",
            f"{parts.hostname}: without TLS, rows and password can be read on the way",
            "mqtts://, or --insecure-plain if the way is safe by other means",
        )
    user = unquote(parts.username) if parts.username else None
    return Broker(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        user=user,
        password=password() if user else None,
        tls=tls() if parts.scheme == "mqtts" else None,
    )


def from_file(path: Path) -> str:
    """The first line of a file that nobody else may read; Refused otherwise."""
    mode = path.stat().st_mode
    if mode & _OTHERS_MAY:
        raise Refused(
            "password_file_open",
            f"{path}: others may read it (mode {mode & 0o777:03o})",
            f"chmod 600 {path}",
        )
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or not lines[0]:
        raise Refused("password_file_empty", f"{path}: holds no password", "write it as a line")
    return lines[0]


def from_environment() -> str | None:
    """None where it is not set."""
    return os.environ.get(FROM_ENVIRONMENT) or None


def tls_context(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """Trusts the machine's authorities, or that file's alone; shows a certificate if given one."""
    try:
        context = ssl.create_default_context(cafile=None if ca is None else str(ca))
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        raise Refused("bad_certificate", f"not a certificate that can be used: {error}") from error
    return context


@asynccontextmanager
async def connected(
    target: Broker, identifier: str, presence: Presence
) -> AsyncIterator[aiomqtt.Client]:
    """A clean session; whoever is in it announces that, and is said to be gone at its end.

    LinkError if there is none or it is lost; Refused if we are not let in.
    """
    topic = presence.topic
    client = aiomqtt.Client(
        target.host,
        target.port,
        username=target.user,
        password=target.password,
        identifier=identifier,
        clean_session=True,
        tls_context=target.tls,
        will=aiomqtt.Will(topic, presence.payload(is_online=False), QOS, retain=True),
        keepalive=_KEEPALIVE_S,
        timeout=_TIMEOUT_S,
        queue_type=_Bounded,
        logger=_quiet(),
    )
    # Several sessions wait for the broker at once; that is no reason for a warning.
    client.pending_calls_threshold = _MANY_CALLS
    try:
        async with client:
            try:
                yield client
            finally:
                gone = presence.payload(is_online=False)
                with suppress(aiomqtt.MqttError):
                    await client.publish(topic, gone, QOS, retain=True, timeout=_PARTING_S)
    except aiomqtt.MqttError as error:
        raise _lost(target, error) from error


async def subscribe(client: aiomqtt.Client, *topics: str) -> None:
    """Refused if the broker does not let us hear one of them."""
    granted = await client.subscribe([(topic, QOS) for topic in topics])
    for topic, one in zip(topics, granted, strict=True):
        code: object = getattr(one, "value", one)
        if not isinstance(code, int) or code >= _NOT_GRANTED:
            reason = f"the broker does not let us hear {topic}"
            raise Refused("broker_refused", reason, "see its access list")


async def announce(client: aiomqtt.Client, presence: Presence) -> None:
    """We are there, and hear."""
    await client.publish(presence.topic, presence.payload(is_online=True), QOS, retain=True)


class Waits:
    """How long to wait before another attempt: longer each time, until one went well."""

    def __init__(self, first_s: float = 0.5, longest_s: float = 30.0) -> None:
        """Doubles from the first to the longest."""
        self._first_s = first_s
        self._longest_s = longest_s
        self._next_s = first_s

    def went_well(self) -> None:
        """Begin with the first again."""
        self._next_s = self._first_s

    def next_s(self) -> float:
        """The wait that is due."""
        now_s = self._next_s
        self._next_s = min(2 * now_s, self._longest_s)
        return now_s


def _lost(target: Broker, error: aiomqtt.MqttError) -> Refused | LinkError:
    code = getattr(error, "rc", None)
    if getattr(code, "value", code) in _NOT_LET_IN:
        who = f"user {target.user}" if target.user else "nobody in particular"
        return Refused(
            "broker_refused", f"{target} does not let {who} in", "check user and password"
        )
    # aiomqtt keeps the words alone.
    if isinstance(error.__context__, ssl.SSLCertVerificationError):
        return Refused(
            "broker_certificate",
            f"{target} is not who it says: {error.__context__.verify_message}",
            "--cafile names the authority that signed its certificate",
        )
    return LinkError("broker_lost", f"{target}: {error}", "is it running, and reachable?")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _bad_address(address: str) -> WrongUsage:
    # What was typed may hold a password.
    shown = address.rpartition("@")[2]
    return WrongUsage(
        "bad_broker", f"{shown!r} is no broker's address", "mqtts://user@host:8883, for instance"
    )


def _quiet() -> logging.Logger:
    """The client tells of every retry; what matters is raised as well."""
    logger = logging.getLogger("evenflow.fleet.mqtt")
    logger.setLevel(logging.CRITICAL)
    return logger
