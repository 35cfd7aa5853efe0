"""Scenarios for tests: written as TOML, read from a folder that has an order in it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from host.scenario.ran import AUTO, Ran, run_scenario

from evenflow import resources
from evenflow.scenario import file
from evenflow.scenario.file import Scenario

HEAD = """
schema = 1
seed = 1
runtime = "cpython"
until = "20 s"
order = "ketamine-70kg.toml"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the reference order."""
    order = resources.path("examples", "orders", "ketamine-70kg.toml")
    (tmp_path / order.name).write_text(order.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """Writes a scenario file of a head and a body; its path."""

    def write_file(body: str = "", head: str = HEAD, name: str = "one.toml") -> Path:
        path = folder / name
        path.write_text(head + body, encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def read(write: Callable[..., Path]) -> Callable[..., file.Scenario]:
    """Writes a scenario and reads it."""

    def read_file(body: str = "", head: str = HEAD) -> file.Scenario:
        return file.load(write(body, head))

    return read_file


@pytest.fixture
def run(read: Callable[..., Scenario]) -> Callable[..., Ran]:
    def run_text(until: str, body: str = "", head: str = AUTO) -> Ran:
        return run_scenario(read(body, f'until = "{until}"\n' + head))

    return run_text


@pytest.fixture
def run_head(read: Callable[..., Scenario]) -> Callable[[str], Ran]:
    """Runs a scenario that is written in full."""

    def run_text(text: str) -> Ran:
        return run_scenario(read("", text))

    return run_text
