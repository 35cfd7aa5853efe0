"""Where a pump is: the addresses that every command takes as `--port`."""

import re
from dataclasses import dataclass
from typing import Literal

from evenflow.errors import WrongUsage

Scheme = Literal["emulated", "serial", "url"]

FORMS = "emulated:BOARD, serial:PATH or just the path, socket://HOST:PORT, rfc2217://HOST:PORT"

_URL = re.compile(r"(?:socket|rfc2217)://(?P<host>[^\s:/]+|\[[0-9A-Fa-f:]+\]):(?P<port>\d{1,5})")
_WINDOWS_PORT = re.compile(r"COM\d{1,3}", re.IGNORECASE)
_MAX_TCP_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Address:
    """`scheme` says which line to open, `target` what on it, `text` is what the person wrote."""

    scheme: Scheme
    target: str
    text: str


def parse(text: str) -> Address:
    """The address, or WrongUsage that names what is wrong with it."""
    if text.startswith("emulated:"):
        return Address(
            "emulated", _required(text, "emulated:", "a board, as in emulated:pico"), text
        )
    if text.startswith("serial:"):
        target = _required(text, "serial:", "a path, as in serial:/dev/ttyACM0")
        return Address("serial", target, text)
    if "://" in text:
        return _url(text)
    if text.startswith(("/", "./", "../")) or _WINDOWS_PORT.fullmatch(text):
        return Address("serial", text, text)
    scheme, colon, _ = text.partition(":")
    if colon:
        raise WrongUsage("port_scheme", f"port {text!r}: unknown kind {scheme!r}", f"use {FORMS}")
    meant = "emulated:pico" if text == "emulated" else f"emulated:{text}"
    raise WrongUsage(
        "port_form",
        f"port {text!r}: neither a path nor an address",
        f"a path starts with / or ./; or did you mean {meant}? Use {FORMS}",
    )


def _required(text: str, prefix: str, what: str) -> str:
    target = text.removeprefix(prefix)
    if not target.strip():
        raise WrongUsage("port_form", f"port {text!r}: nothing after {prefix!r}", f"give {what}")
    return target


def _url(text: str) -> Address:
    scheme = text.partition("://")[0]
    if scheme not in ("socket", "rfc2217"):
        raise WrongUsage(
            "port_scheme", f"port {text!r}: unknown kind {scheme + '://'!r}", f"use {FORMS}"
        )
    match = _URL.fullmatch(text)
    if match is None:
        raise WrongUsage(
            "port_form",
            f"port {text!r}: not {scheme}://HOST:PORT",
            f"name a host and a TCP port, as in {scheme}://localhost:4001",
        )
    if not 1 <= int(match["port"]) <= _MAX_TCP_PORT:
        raise WrongUsage(
            "port_form",
            f"port {text!r}: TCP port {match['port']} is outside 1 to {_MAX_TCP_PORT}",
            "correct the number after the last colon",
        )
    return Address("url", text, text)
