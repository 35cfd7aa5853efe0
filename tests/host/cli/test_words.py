"""The line that says where an infusion is."""

from dataclasses import replace

import pytest

from evenflow.cli import _words
from evenflow.session.view import Progress

_NOW = Progress(
    state_name="infusing",
    t_s=260.0,
    since_start_s=240.0,
    observe_s=7_200.0,
    commanded_ul_per_h=26_250,
    delivered_nl=1_750_000,
    volume_nl=17_500_000,
    pressure_mmhg=2.0,
    alarm_names=("near_end",),
)


@pytest.mark.requirement("LIB-14")
def test_it_has_state_rate_volumes_pressure_and_alarms() -> None:
    assert _words.line(_NOW) == (
        "infusing  10 %  26.25 mL/h  delivered 1.750, remaining 15.750 mL  2 mmHg  near_end"
    )


@pytest.mark.requirement("LIB-02")
def test_an_override_stays_in_sight() -> None:
    line = _words.line(replace(_NOW, is_overridden=True))
    assert line.endswith("2 mmHg  soft limit overridden  near_end")
