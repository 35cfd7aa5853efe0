"""Rows of the trace: what the plant shows, under the names that the device gives it."""

import io

import pytest

from evenflow.scenario.device_view import DeviceView
from evenflow.scenario.trace import COLUMNS, Reading, Trace, led_name, sounder_name

pytestmark = pytest.mark.requirement("DES-09")


@pytest.mark.parametrize(
    ("level", "claimed", "name"),
    [
        ("off", "red_flash", "off"),
        ("red_flash", "red_flash", "red_flash"),
        ("yellow_flash", "yellow", "yellow"),
        ("yellow", "yellow_flash", "yellow_flash"),
        ("green", "red_flash", "green"),
        ("yellow", "off", "yellow"),
    ],
)
def test_the_light_is_the_pins_the_pattern_s_name_the_device_s(
    level: str, claimed: str, name: str
) -> None:
    assert led_name(level, claimed) == name


@pytest.mark.parametrize(
    ("level", "claimed", "name"),
    [
        ("off", "high", "off"),
        ("high", "medium", "medium"),
        ("medium", "off", "medium"),
    ],
)
def test_the_sound_is_the_pin_s_the_pattern_s_name_the_device_s(
    level: str, claimed: str, name: str
) -> None:
    assert sounder_name(level, claimed) == name


def test_a_row_has_the_decimals_of_the_interface_and_no_negative_zero() -> None:
    stream = io.StringIO()
    view = DeviceView()
    view.commanded_ul_per_h = 26_250
    view.alarms = ("near_end", "link_lost")
    Trace(stream).write(
        Reading(1_234_567_890, -0.4, 19_999_999.6, -0.5, 12, 3),
        view,
        enabled=True,
        led="yellow",
        sounder="off",
    )

    header, row = stream.getvalue().splitlines()
    assert tuple(header.split(",")) == COLUMNS
    assert row == "1.2346,boot,0.000000,20.000000,0.00,1,12,3,26.250,yellow,off,near_end;link_lost"


def test_an_edge_within_a_span_has_the_volumes_of_its_moment() -> None:
    before = Reading(0, 0.0, 100.0, 10.0, 5, 1)
    after = Reading(20, 4.0, 90.0, 30.0, 7, 2)

    assert after.between(5, before) == Reading(5, 1.0, 97.5, 15.0, 7, 2)
    assert after.between(0, after) == after._replace(at_ns=0)
