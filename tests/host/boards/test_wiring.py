"""Wiring, page and picture of a board: complete, the same each time, and readable."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from core.board.mistakes import TMC2209
from core.board.profiles import PUMPS, profile

from evenflow.boards import page, picture, unverified, wiring
from evenflow.boards.wiring import controller_of
from pumpboard.generic import expander
from pumpcore.board import drivers
from pumpcore.board.keys import KEYS

pytestmark = pytest.mark.requirement("DES-08")

PROFILES = {path.stem: profile(path.stem) for path in PUMPS}
PROFILES["pico with a tmc2209"] = profile("pico", TMC2209)
PROFILES["pico with a display"] = profile("pico", {"display.is_fitted": True})
of_each_board = pytest.mark.parametrize("board", PROFILES)
# Of DejaVu Sans at 12 px: no line of ours is wider on average.
LETTER_PX = 7.0
ROW_PX = 12


@of_each_board
def test_every_pin_leads_somewhere_once(board: str) -> None:
    found = wiring.wires(PROFILES[board])
    pins = [key.name for key in KEYS if key.kind.startswith("pin") and key.name in PROFILES[board]]

    assert sorted(wire.key for wire in found) == sorted(pins)
    assert [wire.order for wire in found] == sorted(wire.order for wire in found)


def test_a_display_is_on_the_bus_where_it_is_fitted() -> None:
    named = {board: dict(wiring.bus_parts(PROFILES[board])) for board in PROFILES}

    assert named["pico with a display"]["SSD1306 display"] == 0x3C
    assert {board for board in named if "SSD1306 display" in named[board]} == {
        board for board, profile in PROFILES.items() if profile["display.is_fitted"]
    }
    assert "SSD1306 display" not in named["pico"]


def test_the_expander_s_ports_are_those_of_its_driver() -> None:
    ports = dict(wiring.EXPANDER_PORTS)
    bits = {"RED": "B0", "GREEN": "B1", "BLUE": "B2", "SECOND_SOUNDER": "B3", "ARMED": "B4"}
    bits |= {"AIR_SEEN": "A0", "DRIVER_FAULT": "A1", "SOUNDER_HEARD": "A2"}

    for name, port in bits.items():
        assert getattr(expander, name) == 1 << int(port[1]), name
    assert set(ports) == set(bits.values())


@of_each_board
def test_page_has_every_pin_and_all_that_is_unverified(board: str) -> None:
    text = page.markdown(PROFILES[board])

    for wire in wiring.wires(PROFILES[board]):
        assert f"| {wire.pin} | `{wire.key}` |" in text
    for words in unverified.of(PROFILES[board]):
        assert f"- {words}\n" in text
    assert "not for use on people" in text


def test_page_says_what_to_trim_or_strap() -> None:
    assert "trim VREF to 300 mV" in page.markdown(profile("pico"))
    assert "trim VREF to 480 mV" in page.markdown(profile("pico", {"motor.driver": "a4988"}))
    assert "strap MS1 and MS2 to 0" in page.markdown(profile("pico", TMC2209))


def test_what_is_unverified_depends_on_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drivers, "DRIVEN", (("board.controller", ("rp2040", "rp2350")),))
    pico, esp32 = unverified.of(profile("pico")), unverified.of(profile("esp32s3"))

    assert any(words.startswith("PIO and DMA") for words in pico)
    assert not any(words.startswith("PIO and DMA") for words in esp32)
    assert any("lacks drivers" in words for words in esp32)
    assert any(
        "A4988" in words for words in unverified.of(profile("pico", {"motor.driver": "a4988"}))
    )
    assert not unverified.is_proven(profile("pico"))


def elements(board: str, kind: str) -> list[ET.Element]:
    root = ET.fromstring(picture.svg(PROFILES[board]))
    return root.findall(f"{{http://www.w3.org/2000/svg}}{kind}")


@of_each_board
def test_picture_is_the_same_each_time_and_has_all_pins(board: str) -> None:
    assert picture.svg(PROFILES[board]) == picture.svg(dict(reversed(PROFILES[board].items())))

    texts = [element.text or "" for element in elements(board, "text")]
    for wire in wiring.wires(PROFILES[board]):
        assert wire.key in texts
        assert wire.pin in texts or f"GPIO {wire.pin}" in texts
    assert controller_of(PROFILES[board]).title in texts
    assert len(elements(board, "path")) == len(wiring.wires(PROFILES[board]))


def box_of(text: ET.Element) -> tuple[float, float, float, float]:
    """About where a text stands: left, right, top, bottom."""
    x, y = float(text.get("x", "")), float(text.get("y", ""))
    kinds = (text.get("class") or "").split()
    width = len(text.text or "") * LETTER_PX
    left = x - width if "e" in kinds else x - width / 2 if "m" in kinds else x
    return left, left + width, y - ROW_PX, y + 2


@of_each_board
def test_no_text_of_the_picture_is_cut_or_covers_another(board: str) -> None:
    boxes = [box_of(text) for text in elements(board, "text") if text.get("class") != "t"]
    sheet = elements(board, "rect")[0]
    width, height = float(sheet.get("width", "")), float(sheet.get("height", ""))

    for number, (left, right, top, bottom) in enumerate(boxes):
        assert left >= 0, boxes[number]
        assert right <= width, boxes[number]
        assert bottom <= height, boxes[number]
        for other in boxes[number + 1 :]:
            is_apart = (
                right <= other[0] or other[1] <= left or bottom <= other[2] or other[3] <= top
            )
            assert is_apart, (boxes[number], other)


@of_each_board
def test_no_two_wires_of_the_picture_lie_on_or_close_to_each_other(board: str) -> None:
    level: list[tuple[float, float, float]] = []
    upright: list[tuple[float, float, float]] = []
    for path in elements(board, "path"):
        numbers = [float(found) for found in re.findall(r"-?[\d.]+", path.get("d", ""))]
        x, y, lane, end, inner = numbers
        level += [(y, *sorted((x, lane))), (end, *sorted((lane, inner)))]
        upright.append((lane, *sorted((y, end))))

    for lines in (level, upright):
        for number, (at, low, high) in enumerate(lines):
            for other_at, other_low, other_high in lines[number + 1 :]:
                is_apart = abs(at - other_at) >= 5 or high <= other_low or other_high <= low
                assert is_apart, (board, at, low, high)


@of_each_board
def test_boxes_of_the_picture_do_not_overlap(board: str) -> None:
    boxes = [
        tuple(float(box.get(name, "")) for name in ("x", "y", "width", "height"))
        for box in elements(board, "rect")[1:]
    ]

    for number, (x, y, width, height) in enumerate(boxes):
        for a, b, c, d in boxes[number + 1 :]:
            assert x + width <= a or a + c <= x or y + height <= b or b + d <= y


def test_the_generated_pages_are_those_of_the_boards() -> None:
    folder = Path(__file__).resolve().parents[3] / "docs" / "boards"
    wanted = {f"{path.stem}{end}" for path in PUMPS for end in (".md", ".svg")}

    assert {path.name for path in folder.iterdir()} == wanted
