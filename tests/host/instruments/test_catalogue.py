"""The table of instruments: what a rig file may say, refused by name and all at once."""

import inspect

import pytest
from host.instruments.bench import VirtualClock

from evenflow.errors import Refused
from evenflow.instruments import catalogue
from evenflow.instruments.emulated.mt_sics import EmulatedMtSics
from evenflow.instruments.emulated.served import BEHAVIOURS, served
from evenflow.instruments.mt_sics import MtSics

pytestmark = pytest.mark.requirement("DES-08")

BALANCE: dict[str, object] = {"kind": "mt-sics", "address": "/dev/ttyUSB0", "baud": 19200}


def test_a_sound_table_has_no_problem() -> None:
    assert catalogue.check("balance", BALANCE) == []


@pytest.mark.parametrize(
    ("change", "where", "code", "hint"),
    [
        ({"kind": "mt-sic"}, "balance.kind", "unknown_kind", "did you mean mt-sics?"),
        ({"kind": 7}, "balance.kind", "unknown_kind", "known are mt-sics, sartorius-sbi"),
        ({"baud_rate": 9600}, "balance.baud_rate", "unknown_key", "did you mean baud?"),
        ({"zzz": 1}, "balance.zzz", "unknown_key", "known are address, baud"),
        ({"baud": 299}, "balance.baud", "wrong_value", "speed of the serial port"),
        ({"baud": "9600"}, "balance.baud", "wrong_value", "300 to 921600"),
        ({"baud": True}, "balance.baud", "wrong_value", "300 to 921600"),
        ({"baud": 9600.0}, "balance.baud", "wrong_value", "300 to 921600"),
        ({"parity": "E"}, "balance.parity", "wrong_value", "of the serial port"),
        ({"data_bits": 9}, "balance.data_bits", "wrong_value", "of the serial port"),
        ({"answer_ms": 0}, "balance.answer_ms", "wrong_value", "silent"),
        ({"address": 5}, "balance.address", "wrong_value", "socket://HOST:PORT"),
        ({"address": "ttyUSB0"}, "balance.address", "wrong_value", "a path"),
        ({"address": "http://x:80"}, "balance.address", "wrong_value", "a path"),
        ({"address": "socket://nowhere"}, "balance.address", "wrong_value", "a path"),
        ({"address": ""}, "balance.address", "wrong_value", "a path"),
        ({"max_drift_ug": 0}, "balance.max_drift_ug", "wrong_value", "stable value"),
    ],
)
def test_a_mistake_is_named(change: dict[str, object], where: str, code: str, hint: str) -> None:
    problems = catalogue.check("balance", BALANCE | change)

    assert [(problem.where, problem.code) for problem in problems] == [(where, code)]
    assert hint in problems[0].hint


def test_all_mistakes_come_at_once() -> None:
    table: dict[str, object] = {"kind": "sartorius-sbi", "baud": 1, "unit": "lb", "colour": "red"}

    problems = catalogue.check("balance", table)

    assert {problem.where: problem.code for problem in problems} == {
        "balance.baud": "wrong_value",
        "balance.unit": "wrong_value",
        "balance.colour": "unknown_key",
        "balance.address": "missing",
    }


def test_a_table_without_a_kind_says_which_there_are() -> None:
    (problem,) = catalogue.check("balance", {"address": "/dev/ttyUSB0"})

    assert (problem.where, problem.code) == ("balance.kind", "missing")
    assert "mt-sics" in problem.hint


def test_an_unknown_role_is_named() -> None:
    (problem,) = catalogue.check("ballance", {})

    assert (problem.code, problem.hint) == ("unknown_role", "did you mean balance?")


@pytest.mark.parametrize(
    "address",
    ["/dev/ttyUSB0", "serial:/dev/ttyUSB0", "COM3", "socket://[::1]:4001", "rfc2217://h:2217"],
)
def test_addresses_that_a_serial_instrument_takes(address: str) -> None:
    assert catalogue.check("balance", BALANCE | {"address": address}) == []


def test_the_defaults_of_the_table_are_those_of_the_drivers() -> None:
    for row in catalogue.KINDS:
        parameters = inspect.signature(row.open).parameters
        assert [name.lstrip("_") for name in list(parameters)[:2]] == ["address", "clock"]
        taken = {
            name: None if one.default is inspect.Parameter.empty else one.default
            for name, one in list(parameters.items())[2:]
        }
        told = {key.name: key.default for key in row.keys if key.name != "address"}
        assert told == taken, row.name


def test_each_row_is_whole() -> None:
    names = [row.name for row in catalogue.KINDS]

    assert len(set(names)) == len(names)
    assert {row.role for row in catalogue.KINDS} <= set(catalogue.ROLES)
    for row in catalogue.KINDS:
        assert row.about
        assert row.emulated is None or row.emulated().behaviour not in BEHAVIOURS


async def test_a_role_is_opened_from_its_table() -> None:
    async with served(EmulatedMtSics()) as address:
        balance = await catalogue.open_role(
            "balance", {"kind": "mt-sics", "address": address}, VirtualClock()
        )
        await balance.close()

    assert isinstance(balance, MtSics)


async def test_nothing_is_opened_with_a_mistake() -> None:
    with pytest.raises(Refused) as of_role:
        await catalogue.open_role("balance", {"kind": "mt-sics", "baud": 0})
    with pytest.raises(Refused) as of_kind:
        await catalogue.open_instrument("mt-sic", "/dev/ttyUSB0")
    with pytest.raises(Refused) as of_option:
        await catalogue.open_instrument("mt-sics", "/dev/ttyUSB0", None, bauds=9600)

    assert len(of_role.value.problems) == 2
    assert (of_kind.value.code, of_kind.value.hint) == ("unknown_kind", "did you mean mt-sics?")
    assert of_option.value.code == "unknown_key"


@pytest.mark.parametrize("key", ["clock", "name", "address", "self", "kind"])
async def test_an_option_that_is_no_key_of_the_kind_is_refused_by_its_name(key: str) -> None:
    options: dict[str, object] = {key: 5}

    with pytest.raises(Refused) as refused:
        await catalogue.open_instrument("mt-sics", "/dev/ttyUSB0", VirtualClock(), **options)

    assert [(one.where, one.code) for one in refused.value.problems] == [(key, "unknown_key")]
