"""A session's own count is a series like any other, and told loudly not to be a measurement."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from host.session.scripted import SilentView
from host.telemetry.recorded import record

from evenflow.cli import main
from evenflow.errors import WrongUsage
from evenflow.flow import source
from evenflow.flow.measured import PUMPS_OWN_WORD
from evenflow.telemetry.store import create

pytestmark = pytest.mark.requirement("FLO-06", "PRC-06")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1 mL at 600 mL/h, in 6 s."""
    return record(tmp_path_factory.mktemp("recorded") / "record.db", SilentView())


def test_a_session_is_the_pumps_own_count(path: Path) -> None:
    found = source.load(path)

    assert found.is_measured is False
    assert found.notes == (PUMPS_OWN_WORD,)
    assert found.rate_ml_per_h == 600.0
    assert found.volume_ml[0] == 0.0
    assert found.volume_ml[-1] == pytest.approx(1.0, abs=0.0002)
    assert found.infused_s == pytest.approx(6.0, abs=0.1)


def test_every_way_of_telling_says_so(path: Path) -> None:
    table = CliRunner().invoke(main, ["flow", "analyse", str(path), "--sample", "1"])
    told = CliRunner().invoke(main, ["flow", "analyse", str(path), "--sample", "1", "--json"])

    assert "NOT A MEASUREMENT" in table.stdout.split("\n")[0]
    content = json.loads(told.stdout)
    assert content["source"]["is_measured"] is False
    assert content["source"]["notes"] == [PUMPS_OWN_WORD]


def test_a_session_that_is_not_there_is_told(path: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongUsage) as unknown:
        source.load(path, session="ffff")
    with create(tmp_path / "empty.db"):
        pass
    with pytest.raises(WrongUsage) as none:
        source.load(tmp_path / "empty.db")

    assert unknown.value.code == none.value.code == "session_unknown"
