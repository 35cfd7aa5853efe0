"""Curves are written as SVG and PNG, the same each time, with the scale and words of manuals."""

from pathlib import Path

import numpy as np
import pytest

from evenflow import NOT_FOR_USE
from evenflow.flow import plot
from evenflow.flow.analysis import Wish, analyse
from evenflow.flow.measured import PUMPS_OWN_WORD, Measured

pytestmark = pytest.mark.requirement("FLO-02", "FLO-07", "PRC-06")
pytest.importorskip("matplotlib")

TIME_S = np.arange(0.0, 7210.0, 10.0)
VOLUME_ML = 5.0 * TIME_S / 3600 + 0.001 * np.sin(TIME_S / 90)


def measured(**more: object) -> Measured:
    return Measured("a test", "made", TIME_S, VOLUME_ML, 5.0, **more)  # type: ignore[arg-type]


def test_a_run_gets_its_curves_byte_by_byte_alike(tmp_path: Path) -> None:
    found = analyse(measured(), Wish(therapy_s=2400.0))
    one, other = (plot.write(found, tmp_path / name) for name in ("one", "other"))

    assert [path.name for path in one] == [
        f"{name}.{kind}" for name in ("startup", "trumpet", "therapy") for kind in ("svg", "png")
    ]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in one[1::2])
    assert b"<dc:date>" not in one[0].read_bytes()


def drawn(found: object, path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The SVG with its words as text."""
    monkeypatch.setitem(plot._STYLE, "svg.fonttype", "none")
    plot.write(found, path)  # type: ignore[arg-type]
    return (path / "trumpet.svg").read_text(encoding="utf-8")


def test_a_trumpet_has_the_axis_of_manuals_and_says_what_it_is_not_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = drawn(analyse(measured()), tmp_path, monkeypatch)

    for words in (
        "15",
        "\N{MINUS SIGN}15",
        "Medfusion 3500",
        "FLO-02",
        "observation window (min)",
    ):
        assert words in text
    assert NOT_FOR_USE in text
    # Not read, so not drawn.
    assert "Agilia" not in text
    assert "NOT A MEASUREMENT" not in text


def test_the_pumps_own_word_is_said_on_the_curve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = analyse(measured(is_measured=False, notes=(PUMPS_OWN_WORD,)))

    assert "THE PUMP'S OWN COUNT, NOT A MEASUREMENT" in drawn(found, tmp_path, monkeypatch)


def test_a_series_of_boluses_has_a_curve_of_its_own(tmp_path: Path) -> None:
    time_s = np.arange(0.0, 1560.0)
    volumes = Measured("a test", "made", time_s, np.floor(time_s / 60.0), None)
    paths = plot.write(analyse(volumes, Wish(bolus_ml=1.0)), tmp_path)

    assert [path.name for path in paths] == ["boluses.svg", "boluses.png"]
