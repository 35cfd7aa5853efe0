"""`evenflow rig`: the catalogue, and one reading of an instrument."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import cast

import pytest
from click.testing import CliRunner

from evenflow.cli import main
from evenflow.cli.rig import _READINGS
from evenflow.instruments import instrument
from evenflow.instruments.catalogue import KINDS, ROLES
from evenflow.instruments.emulated import sigrok_program
from evenflow.instruments.emulated.mt_sics import EmulatedMtSics
from evenflow.instruments.emulated.pan import Pan
from evenflow.instruments.emulated.relay_board import EmulatedRelayBoard
from evenflow.instruments.emulated.sbi import EmulatedSbi
from evenflow.instruments.emulated.scpi_gauge import EmulatedScpiGauge
from evenflow.instruments.emulated.scpi_supply import EmulatedScpiSupply
from evenflow.instruments.emulated.served import Dialogue, served
from evenflow.rig.bench import RelaySupply

pytestmark = pytest.mark.requirement("FLO-01")


@contextmanager
def served_apart(dialogue: Dialogue) -> Iterator[str]:
    """The emulated instrument with an event loop of its own, as the command has one."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    serving = served(dialogue)
    try:
        yield asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result()
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _pan() -> Pan:
    return Pan(lambda: 17_500_000)


@pytest.mark.parametrize(
    ("kind", "dialogue", "options", "reading"),
    [
        (
            "mt-sics",
            EmulatedMtSics(_pan()),
            (),
            {"mass_ug": 17_500_000, "is_stable": True, "resolution_ug": 100},
        ),
        (
            "sartorius-sbi",
            EmulatedSbi(_pan()),
            ("unit=g", "baud=1200", "data_bits=8"),
            {"mass_ug": 17_500_000, "is_stable": True, "resolution_ug": 100},
        ),
        ("scpi-gauge", EmulatedScpiGauge(lambda: 40), ("unit=hPa",), {"pressure_pa": 4000}),
        (
            "scpi-supply",
            EmulatedScpiSupply(),
            ("max_mv=12000", "max_ma=500"),
            {"voltage_mv": 0, "current_ma": 0, "is_on": False},
        ),
        ("usb-relay", EmulatedRelayBoard(2), ("channel_count=2",), {"channel_count": 2}),
    ],
)
def test_one_reading_of_each_kind(
    kind: str, dialogue: Dialogue, options: tuple[str, ...], reading: dict[str, object]
) -> None:
    settings = [word for option in options for word in ("--set", option)]
    with served_apart(dialogue) as address:
        place = f"{kind}@{address}"
        told = CliRunner().invoke(main, ["rig", "measure", place, *settings, "--json"])
        shown = CliRunner().invoke(main, ["rig", "measure", place, *settings])

    content = json.loads(told.stdout)
    assert (told.exit_code, shown.exit_code) == (0, 0)
    assert content["kind"] == kind
    assert set(content["identity"]) == {"maker", "model", "serial_number", "version"}
    assert content["reading"] == reading
    assert all(f"{key:16} {value}" in shown.stdout for key, value in reading.items())
    assert "asking" in shown.stderr


def test_a_capture_counts_edges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenflow.cli.rig._CAPTURE_S", 0.0)
    program = sigrok_program.made(tmp_path, [(0, "D0", False), (5, "D0", True)], 9)
    words = ["--set", "channels.step=D0", "--set", f"program={program}", "--json"]

    result = CliRunner().invoke(main, ["rig", "measure", "sigrok@fx2lafw", *words])

    assert json.loads(result.stdout)["reading"] == {
        "span_ns": 9000,
        "resolution_ns": 1000,
        "edge_count": {"step": 1},
    }


def test_a_port_that_cannot_be_set_so_is_said() -> None:
    # A pseudo-terminal has no parity; the second to ask for it is told.
    with served_apart(EmulatedSbi(_pan())) as address:
        words = ["rig", "measure", f"sartorius-sbi@{address}", "--set", "parity=odd", "--json"]
        CliRunner().invoke(main, [*words, "--set", "data_bits=7"])
        result = CliRunner().invoke(main, [*words, "--set", "data_bits=7"])

    assert result.exit_code == 5
    assert json.loads(result.stdout)["error"]["code"] == "instrument_missing"


def test_an_overload_is_an_error_by_name_with_its_exit_code() -> None:
    emulated = EmulatedMtSics()
    emulated.behaviour = "overload"
    with served_apart(emulated) as address:
        result = CliRunner().invoke(main, ["rig", "measure", f"mt-sics@{address}", "--json"])

    assert result.exit_code == 5
    assert json.loads(result.stdout)["error"]["code"] == "instrument_overload"


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (["mt-sics"], 2, "wrong_usage"),
        (["mt-sics@/dev/x", "--set", "baud"], 2, "wrong_usage"),
        (["mt-sic@/dev/x"], 3, "unknown_kind"),
        (["mt-sics@nowhere"], 3, "wrong_value"),
        (["mt-sics@/dev/x", "--set", "baud=fast"], 3, "wrong_value"),
        (["mt-sics@/dev/x", "--set", "clock=5"], 3, "unknown_key"),
        (["mt-sics@/dev/x", "--set", "address=/dev/y"], 3, "unknown_key"),
        (["mt-sics@/dev/x", "--set", "clock.step=5"], 3, "unknown_key"),
        (["scpi-supply@/dev/x"], 3, "missing"),
        (["mt-sics@/dev/no-such-port"], 5, "instrument_missing"),
    ],
)
def test_a_mistake_is_said(words: list[str], exit_code: int, code: str) -> None:
    result = CliRunner().invoke(main, ["rig", "measure", *words, "--json"])

    assert (result.exit_code, json.loads(result.stdout)["error"]["code"]) == (exit_code, code)


def test_the_catalogue_is_shown() -> None:
    shown = CliRunner().invoke(main, ["rig", "instruments"])
    content = json.loads(CliRunner().invoke(main, ["rig", "instruments", "--json"]).stdout)

    assert shown.exit_code == 0
    assert all(kind.name in shown.stdout for kind in KINDS)
    assert [kind["name"] for kind in content["kinds"]] == [kind.name for kind in KINDS]
    assert content["kinds"][0]["keys"][1] == {
        "name": "baud",
        "is": "300 to 921600",
        "required": False,
        "default": 9600,
        "about": "speed of the serial port",
    }


def test_every_role_can_be_read() -> None:
    assert set(_READINGS) == set(ROLES)


def test_what_was_not_measured_is_no_nought(monkeypatch: pytest.MonkeyPatch) -> None:
    async def power(opened: instrument.Instrument, _clock: object) -> dict[str, object]:
        return asdict(await RelaySupply(cast("instrument.Relays", opened), 1).read())

    monkeypatch.setitem(_READINGS, "relays", power)
    with served_apart(EmulatedRelayBoard(1)) as address:
        words = ["rig", "measure", f"usb-relay@{address}", "--set", "channel_count=1"]
        told = CliRunner().invoke(main, [*words, "--json"])
        shown = CliRunner().invoke(main, words)

    assert json.loads(told.stdout)["reading"] == {
        "voltage_mv": None,
        "current_ma": None,
        "is_on": True,
    }
    assert f"{'current_ma':16} not measured" in shown.stdout
