"""The wiring of a board as a picture: the controller in the middle, its parts to both sides.

Pins keep their order, half of them on each side. A wire goes level, then upright in a lane of its
own, then level to its terminal; terminals lie half a row off the pins, so that no two wires lie on
each other. The same profile gives the same bytes.
"""

from dataclasses import dataclass
from html import escape

from evenflow.boards.board_file import Profile
from evenflow.boards.wiring import (
    EXPANDER_PORTS,
    Wire,
    bus_parts,
    controller_of,
    wires,
)

_ROW = 20
_TITLE = 24
_GAP = 16
_LANE = 9
_MARGIN = 20
_TOP = 92
_CHIP_WIDTH = 190
# Of the fonts named below, no letter at these sizes is wider.
_WIDE_PX, _PLAIN_PX = 8.4, 7.2
_WARNING = (
    "Not for use on people. No hardware has confirmed this wiring. "
    "All grounds are joined; all logic is 3.3 V."
)
_COLOURS = ("#0b6e99", "#b3541e", "#3d7a3d", "#8a3d8a", "#9a6a00", "#5a5aa8", "#a83232", "#2f7f7f")
_STYLE = (
    "text{font-family:'DejaVu Sans',Verdana,Helvetica,sans-serif;font-size:12px;fill:#222}"
    ".h{font-weight:bold}.t{font-size:18px;font-weight:bold}.k{fill:#666}.e{text-anchor:end}"
    ".m{text-anchor:middle}.b{fill:#f7f7f4;stroke:#444}.c{fill:#e8eef2;stroke:#222;"
    "stroke-width:1.5}.w{fill:none;stroke-width:1.6}"
)


@dataclass(frozen=True, slots=True)
class _Box:
    """A part on one side, with its wires in the order of their pins; `top` is its upper edge."""

    part: str
    wires: tuple[Wire, ...]
    top: float
    colour: str

    @property
    def height(self) -> int:
        return _TITLE + _ROW * len(self.wires) + 6

    def terminal_y(self, index: int) -> float:
        return self.top + _TITLE + _ROW * index + _ROW / 2


def svg(profile: Profile) -> str:
    """The picture as the text of an SVG file."""
    all_wires = wires(profile)
    middle = (len(all_wires) + 1) // 2
    sides = (_in_parts(all_wires[:middle]), _in_parts(all_wires[middle:]))
    rows = max(middle, 1)
    chip_height = rows * _ROW + 2 * _TITLE + 8
    height = max(chip_height, *(_height(side) for side in sides))
    widths = [max(_width(part, group) for part, group in side) for side in sides]
    channels = [_LANE * (sum(len(group) for _, group in side) + 3) for side in sides]
    chip_left = _MARGIN + widths[0] + channels[0]
    chip_top = _snapped(_TOP + (height - chip_height) / 2)
    total_width = chip_left + _CHIP_WIDTH + channels[1] + widths[1] + _MARGIN
    pins_top = chip_top + _TITLE + 4 + _ROW / 2
    drawn: list[str] = []
    bottom = chip_top + chip_height
    colours = {part: _COLOURS[n % len(_COLOURS)] for n, part in enumerate(_parts(all_wires))}
    for number, side in enumerate(sides):
        is_left = number == 0
        boxes = _stacked(side, _TOP + (height - _height(side)) / 2, pins_top, colours)
        edge = chip_left if is_left else chip_left + _CHIP_WIDTH
        box_left = _MARGIN if is_left else edge + channels[1]
        pins = all_wires[:middle] if is_left else all_wires[middle:]
        bottom = max(bottom, boxes[-1].top + boxes[-1].height)
        drawn += _side(boxes, pins, (edge, pins_top), (box_left, widths[number]), is_left=is_left)
    drawn += _chip(profile, all_wires, middle, (chip_left, chip_top, chip_height))
    foot, foot_height = _foot(profile, total_width, bottom + _GAP)
    return _page(profile, [*drawn, *foot], total_width, bottom + _GAP + foot_height)


def _page(profile: Profile, drawn: list[str], width: float, height: float) -> str:
    title = f"{profile['board.name']}: wiring"
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        "<!-- from the board file, by tools/generate_boards.py; do not edit -->",
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
        _text("t", _MARGIN, 32, title),
        _text("k", _MARGIN, 52, _WARNING),
        *drawn,
        "</svg>",
    )
    return "\n".join(lines) + "\n"


# ---- parts of a side ----------------------------------------------------------------------------


def _parts(found: tuple[Wire, ...]) -> list[str]:
    return list(dict.fromkeys(wire.part for wire in found))


def _in_parts(found: tuple[Wire, ...]) -> list[tuple[str, tuple[Wire, ...]]]:
    """Parts by the mean place of their pins; who shares a mean keeps the pins' order."""
    groups = [(part, tuple(wire for wire in found if wire.part == part)) for part in _parts(found)]
    places = {wire.key: index for index, wire in enumerate(found)}
    return sorted(
        groups, key=lambda group: sum(places[wire.key] for wire in group[1]) / len(group[1])
    )


def _height(side: list[tuple[str, tuple[Wire, ...]]]) -> int:
    return sum(_TITLE + _ROW * len(group) + 6 + _GAP for _, group in side) - _GAP


def _width(part: str, group: tuple[Wire, ...]) -> float:
    rows = max((len(wire.terminal) + len(wire.key) + 3) * _PLAIN_PX for wire in group)
    return max(len(part) * _WIDE_PX, rows) + 24


def _stacked(
    side: list[tuple[str, tuple[Wire, ...]]], top: float, grid: float, colours: dict[str, str]
) -> list[_Box]:
    """Boxes one below the other, their terminals half a row off the pins."""
    boxes: list[_Box] = []
    for part, group in side:
        wanted = top + _TITLE + _ROW / 2
        off = (wanted - grid - _ROW / 2) % _ROW
        top += -off if boxes == [] else (_ROW - off) % _ROW
        boxes.append(_Box(part, group, top, colours[part]))
        top += boxes[-1].height + _GAP - _ROW / 2
    return boxes


def _snapped(value: float) -> float:
    return value - value % (_ROW / 2)


# ---- drawing ------------------------------------------------------------------------------------


def _side(
    boxes: list[_Box],
    pins: tuple[Wire, ...],
    chip: tuple[float, float],
    box: tuple[float, float],
    *,
    is_left: bool,
) -> list[str]:
    edge, pins_top = chip
    left, width = box
    drawn = []
    ends = {
        wire.key: (one.terminal_y(index), one.colour)
        for one in boxes
        for index, wire in enumerate(one.wires)
    }
    lanes = _lanes([(pins_top + _ROW * row, ends[wire.key][0]) for row, wire in enumerate(pins)])
    inner = left + width if is_left else left
    away = -1 if is_left else 1
    for row, wire in enumerate(pins):
        y = pins_top + _ROW * row
        end, colour = ends[wire.key]
        lane = edge + away * _LANE * (lanes[row] + 2)
        drawn.append(
            f'<path class="w" stroke="{colour}" d="M{edge:g} {y:g}H{lane:g}V{end:g}H{inner:g}"/>'
        )
    for one in boxes:
        drawn.append(_box("b", left, one.top, width, one.height))
        drawn.append(_text("h", left + 10, one.top + 17, one.part, one.colour))
        near, far = (left + width - 10, left + 10) if is_left else (left + 10, left + width - 10)
        for index, wire in enumerate(one.wires):
            y = one.terminal_y(index) + 4
            drawn.append(_text("e" if is_left else "", near, y, wire.terminal))
            drawn.append(_text("k" if is_left else "k e", far, y, wire.key))
    return drawn


def _lanes(ends: list[tuple[float, float]]) -> list[int]:
    """A lane for each wire, 0 next to the pins.

    Of wires that rise, the upper one turns nearer to the parts' side only after the lower ones
    have passed below it: it takes the nearer lane; of those that fall, the farther.
    """
    rising = [row for row, (pin, end) in enumerate(ends) if end < pin]
    falling = [row for row, (pin, end) in enumerate(ends) if end >= pin]
    order = [*rising, *reversed(falling)]
    lanes = [0] * len(ends)
    for lane, row in enumerate(order):
        lanes[row] = lane
    return lanes


def _chip(
    profile: Profile,
    found: tuple[Wire, ...],
    middle: int,
    box: tuple[float, float, float],
) -> list[str]:
    left, top, height = box
    controller = controller_of(profile)
    drawn = [_box("c", left, top, _CHIP_WIDTH, height)]
    centre = left + _CHIP_WIDTH / 2
    for kind, y, text in (("m h", 17, controller.title), ("m k", height - 9, controller.module)):
        drawn.append(_text(kind, centre, top + y, text))
    for index, wire in enumerate(found):
        row = index if index < middle else index - middle
        y = top + _TITLE + 4 + _ROW * row + _ROW / 2 + 4
        at, kind = (left + 8, "h") if index < middle else (left + _CHIP_WIDTH - 8, "h e")
        label = wire.pin if not wire.pin.isdigit() else f"GPIO {wire.pin}"
        drawn.append(_text(kind, at, y, label))
    return drawn


def _foot(profile: Profile, width: float, top: float) -> tuple[list[str], float]:
    """What hangs on the bus, and what hangs behind the expander; and how high that is."""
    bus = " · ".join(f"{name} at 0x{address:02x}" for name, address in bus_parts(profile))
    ports = [f"{port} {use}" for port, use in EXPANDER_PORTS]
    lines = [("h", f"On I2C bus {profile['clock.i2c']}"), ("", bus), ("h", "Behind the expander")]
    line = ""
    for port in ports:
        if line and (len(line) + len(port) + 3) * _PLAIN_PX > width - 2 * _MARGIN - 20:
            lines.append(("", line))
            line = ""
        line = f"{line} · {port}" if line else port
    lines.append(("", line))
    height = _ROW * len(lines) + 14
    drawn = [_box("b", _MARGIN, top, width - 2 * _MARGIN, height)]
    for row, (kind, text) in enumerate(lines):
        y = top + _ROW * (row + 1)
        drawn.append(_text(kind, _MARGIN + 10, y, text))
    return drawn, height + _MARGIN


def _box(kind: str, left: float, top: float, width: float, height: float) -> str:
    at = f'x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}"'
    return f'<rect class="{kind}" {at} rx="5"/>'


def _text(kind: str, x: float, y: float, text: str, colour: str = "") -> str:
    kind = f' class="{kind}"' if kind else ""
    style = f' style="fill:{colour}"' if colour else ""
    return f'<text{kind} x="{x:g}" y="{y:g}"{style}>{escape(text, quote=False)}</text>'
