"""Text read back off the dots of an emulated display, by the firmware's own font."""

from pumpboard.generic.font import COLUMNS, FIRST, GLYPHS, LAST, OTHER

CELL, LINE = 6, 8
WIDTH, LINES = 21, 8
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def _by_dots() -> dict[bytes, str]:
    glyphs = {
        GLYPHS[start : start + COLUMNS]: chr(FIRST + start // COLUMNS)
        for start in range(0, len(GLYPHS), COLUMNS)
    }
    return {**glyphs, OTHER: UNKNOWN}


def text_of(rows: list[list[bool]]) -> list[str]:
    """Eight lines without blanks at their ends; a dot outside of the characters fails."""
    characters = _by_dots()
    lines = []
    for line in range(LINES):
        found = ""
        for place in range(WIDTH):
            cell = [
                sum(rows[line * LINE + dot][place * CELL + column] << dot for dot in range(LINE))
                for column in range(CELL)
            ]
            assert cell[COLUMNS] == 0, f"dots between characters in line {line}"
            found += characters.get(bytes(cell[:COLUMNS]), "#")
        margin = [any(row[WIDTH * CELL :]) for row in rows]
        assert not any(margin), "dots right of the text"
        lines.append(found.rstrip())
    return lines


def all_characters() -> str:
    """All that the font has."""
    return "".join(chr(code) for code in range(FIRST, LAST + 1))
