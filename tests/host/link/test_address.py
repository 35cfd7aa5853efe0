"""Addresses of pumps, and what is said of those that are none."""

import pytest

from evenflow.errors import WrongUsage
from evenflow.link import parse


@pytest.mark.parametrize(
    ("text", "scheme", "target"),
    [
        ("emulated:pico", "emulated", "pico"),
        ("emulated:./my board.toml", "emulated", "./my board.toml"),
        ("serial:/dev/ttyACM0", "serial", "/dev/ttyACM0"),
        ("serial:COM3", "serial", "COM3"),
        ("/dev/ttyACM0", "serial", "/dev/ttyACM0"),
        ("./port", "serial", "./port"),
        ("COM12", "serial", "COM12"),
        ("socket://rig-3.lab:4001", "url", "socket://rig-3.lab:4001"),
        ("rfc2217://[fe80::1]:2217", "url", "rfc2217://[fe80::1]:2217"),
    ],
)
def test_every_form_of_address_is_understood(text: str, scheme: str, target: str) -> None:
    address = parse(text)

    assert (address.scheme, address.target, address.text) == (scheme, target, text)


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("", "port_form", "''"),
        ("pico", "port_form", "emulated:pico"),
        ("emulated", "port_form", "emulated:pico"),
        ("ttyACM0", "port_form", "starts with /"),
        ("emulated:", "port_form", "emulated:pico"),
        ("serial: ", "port_form", "/dev/ttyACM0"),
        ("usb:pico", "port_scheme", "'usb'"),
        ("http://rig:80", "port_scheme", "'http://'"),
        ("socket://rig", "port_form", "socket://HOST:PORT"),
        ("socket://:4001", "port_form", "socket://HOST:PORT"),
        ("socket://rig:99999", "port_form", "1 to 65535"),
        ("rfc2217://rig:0", "port_form", "1 to 65535"),
    ],
)
def test_anything_else_is_refused_by_name_with_a_hint(text: str, code: str, named: str) -> None:
    with pytest.raises(WrongUsage) as error:
        parse(text)

    assert error.value.code == code
    assert named in f"{error.value.reason} {error.value.hint}"
    assert repr(text) in error.value.reason
    assert error.value.exit_code == 2
