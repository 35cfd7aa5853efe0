"""Rig files: what they give, and every way in which one can be wrong, by name and all at once."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from evenflow.errors import Refused, WrongUsage
from evenflow.rig.labgrid_place import tables_of
from evenflow.rig.rig import NEEDS
from evenflow.rig.rig_file import RigFile, from_tables, load

pytestmark = pytest.mark.requirement("DES-11")

LEAST = """
schema = 1
[rig]
name = "corner"
[pump]
port = "/dev/ttyACM0"
[syringe]
model = "bd-plastipak-50"
fill = "20 mL"
"""
WHOLE = (
    LEAST
    + """
[balance]
kind = "mt-sics"
address = "/dev/ttyUSB0"
baud = 19200
[relays]
kind = "usb-relay"
address = "/dev/ttyUSB1"
channel_count = 8
[wiring]
cut_power = 1
occlude = 2
key_start = 3
key_stop = 4
key_acknowledge = 5
key_audio_pause = 6
key_prime = 7
key_check = 8
[fixture]
port = "/dev/ttyACM1"
"""
)


def read(text: str) -> RigFile:
    return from_tables(tomllib.loads(text), "rig.toml")


def lacks(found: RigFile) -> set[str]:
    return {need for need in NEEDS if found.lacks(need)}


def test_the_least_file_is_a_pump_alone() -> None:
    found = read(LEAST)

    assert (found.name, found.port) == ("corner", "/dev/ttyACM0")
    assert (found.mounted.model, found.mounted.fill_ml) == ("bd-plastipak-50", 20.0)
    assert lacks(found) == {*NEEDS}


def test_each_instrument_gives_what_it_can() -> None:
    assert lacks(read(WHOLE)) == {"pressure", "back_pressure", "plant"}


@pytest.mark.parametrize("need", NEEDS)
def test_what_is_lacking_is_said_in_words(need: str) -> None:
    assert read(LEAST).lacks(need) == NEEDS[need]


@pytest.mark.parametrize(
    ("before", "after", "where", "code"),
    [
        ("schema = 1", "schema = 2", "schema", "wrong_schema"),
        ("schema = 1", "schema = true", "schema", "wrong_schema"),
        ('name = "corner"', "name = 7", "rig.name", "missing"),
        ('name = "corner"', 'name = "../../corner"', "rig.name", "wrong_value"),
        ('name = "corner"', 'nane = "corner"', "rig.nane", "unknown_key"),
        ('port = "/dev/ttyACM0"', 'port = "ttyACM0"', "pump.port", "port_form"),
        ("[syringe]", "[syringes]", "syringe", "missing"),
        ("bd-plastipak-50", "bd-plastipak-51", "syringe.model", "unknown_syringe"),
        ("20 mL", "20", "syringe.fill", "unit_missing"),
        ("20 mL", "61 mL", "syringe.fill", "fill_range"),
        ("mt-sics", "mt-sicks", "balance.kind", "unknown_kind"),
        ("baud = 19200", "baut = 19200", "balance.baut", "unknown_key"),
        ("[balance]", "[ballance]", "ballance", "unknown_key"),
        ("occlude = 2", "occlude = 1", "wiring.occlude", "taken"),
        ("occlude = 2", 'occlude = "2"', "wiring.occlude", "wrong_type"),
        ("occlude = 2", "oclude = 2", "wiring.oclude", "unknown_key"),
        ("key_check = 8", "", "wiring", "missing"),
        ("key_check = 8", "key_check = 9", "wiring.key_check", "no_contact"),
        ("channel_count = 8", "channel_count = 4", "wiring.key_check", "no_contact"),
        ("channel_count = 8", 'channel_count = "8"', "relays.channel_count", "wrong_value"),
        ("/dev/ttyUSB1", "/dev/ttyUSB0", "relays.address", "address_taken"),
        ("/dev/ttyUSB1", "serial:/dev/ttyUSB0", "relays.address", "address_taken"),
        ("/dev/ttyUSB0", "/dev/ttyACM0", "balance.address", "address_taken"),
        ("/dev/ttyACM1", "/dev/ttyACM0", "fixture.port", "address_taken"),
        ("/dev/ttyACM1", "/dev/ttyUSB1", "fixture.port", "address_taken"),
        ("[fixture]", "[pump.fixture]", "pump.fixture", "unknown_key"),
    ],
)
def test_a_mistake_is_named(before: str, after: str, where: str, code: str) -> None:
    assert before in WHOLE
    with pytest.raises(Refused) as refused:
        read(WHOLE.replace(before, after, 1))

    assert (where, code) in {(one.where, one.code) for one in refused.value.problems}


def test_a_contact_that_the_relays_lack_says_how_many_there_are() -> None:
    with pytest.raises(Refused) as refused:
        read(WHOLE.replace("channel_count = 8", "channel_count = 7"))

    (problem,) = refused.value.problems
    assert (problem.where, problem.code) == ("wiring.key_check", "no_contact")
    assert "contacts 1 to 7" in problem.reason


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/dev/ttyUSB0", "ASRL/dev/ttyUSB0::INSTR"),
        ("socket://lab:4001", "TCPIP0::lab::4001::SOCKET"),
        ("socket://lab:4001", "socket://LAB:4001"),
    ],
)
def test_an_address_that_is_taken_says_by_whom(one: str, other: str) -> None:
    supply = '[supply]\nkind = "scpi-supply"\nmax_mv = 1\nmax_ma = 1\n'
    with pytest.raises(Refused) as refused:
        read(f'{WHOLE}{supply}address = "{other}"'.replace("/dev/ttyUSB0", one, 1))

    (problem,) = refused.value.problems
    assert (problem.where, problem.code) == ("supply.address", "address_taken")
    assert "balance.address" in problem.reason


def test_emulated_pumps_share_no_line() -> None:
    found = read(
        WHOLE.replace("/dev/ttyACM0", "emulated:pico").replace("/dev/ttyACM1", "emulated:pico")
    )

    assert found.port == found.fixture_port


def test_wires_without_relays_are_refused() -> None:
    with pytest.raises(Refused) as refused:
        read(LEAST + "[wiring]\nocclude = 1\n")

    assert [one.code for one in refused.value.problems] == ["no_relays"]


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage):
        load(tmp_path / "none.toml")


def told(**tags: str) -> dict[str, Any]:
    """What a coordinator tells of a place with a pump and a balance."""

    def port(name: str, number: int, **more: str) -> dict[str, Any]:
        given = {"host": "lab", "port": number, **more}
        return {"name": name, "kind": "NetworkSerialPort", "args": given}

    resources = [port("pump", 4001, protocol="raw"), port("balance", 4002)]
    return {"tags": tags, "resources": [*resources, {"name": "x", "kind": "USBVideo", "args": {}}]}


def test_a_place_of_labgrid_makes_the_same_tables() -> None:
    place = told(syringe="bd-plastipak-20", fill="10mL", balance="sartorius-sbi")

    found = from_tables(tables_of("bench1", place), "place")

    assert found.port == "socket://lab:4001"
    assert found.instruments["balance"]["address"] == "rfc2217://lab:4002"
    assert found.mounted.fill_ml == 10.0


@pytest.mark.parametrize("tag", ["key_strat", "cut_pwer", "sryinge", "relay"])
def test_a_tag_that_is_nearly_one_is_refused(tag: str) -> None:
    sound = {"syringe": "bd-plastipak-20", "fill": "10mL", "balance": "mt-sics"}
    with pytest.raises(Refused) as refused:
        tables_of("bench1", told(**sound, **{tag: "1"}))
    assert refused.value.problems[0].where == tag

    # Somebody else's.
    tables_of("bench1", told(**sound, location="lab-2"))


def test_a_wire_that_is_no_number_is_refused() -> None:
    tables = tables_of("bench1", told(occlude="two"))

    with pytest.raises(Refused) as refused:
        from_tables(tables, "place")

    assert ("wiring.occlude", "wrong_type") in {
        (one.where, one.code) for one in refused.value.problems
    }


def test_a_place_without_its_tags_is_refused_by_what_is_missing() -> None:
    with pytest.raises(Refused) as refused:
        from_tables(tables_of("bench1", told()), "place")

    wheres = {one.where for one in refused.value.problems}
    assert wheres == {"balance.kind", "syringe.model", "syringe.fill"}
