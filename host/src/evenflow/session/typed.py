"""What a person types during a session, line by line: signs, side effects, presence."""

from evenflow.errors import WrongUsage
from evenflow.session.finding import PERSON, SEVERITIES, SIDE_EFFECTS, Finding, SideEffect
from pumpcore.vital_signs import SEDATION, VitalSigns, refusal_of

HERE = "here"
HELP = "?"
_SIGNS = "v"
_EFFECT = "s"
WORDS = (_SIGNS, _EFFECT, HERE, HELP)

HELP_TEXT = (
    "v 120/80 60 98 alert: pressure, heart rate, saturation, sedation "
    f"({', '.join(SEDATION[1:])}); - where not measured\n"
    f"s nausea 2: a side effect, 1 mild, 2 moderate, 3 severe ({', '.join(SIDE_EFFECTS)})\n"
    "here: somebody is with the patient"
)
_SIGNS_HINT = "v 120/80 60 98 alert; - where not measured"
_EFFECT_HINT = f"s nausea 2; known are: {', '.join(SIDE_EFFECTS)}"
_ABSENT = "-"
_FIGURES = ("heart rate", "saturation")
# No figure needs more characters.
_MAX_FIGURE = 9
_SIGN_CELLS = 4
_EFFECT_CELLS = 2


def finding(line: str) -> Finding:
    """Of a line that begins with `v` or `s`; WrongUsage if it cannot be read."""
    first, *rest = line.split()
    return (
        Finding(PERSON, _signs(rest))
        if first == _SIGNS
        else Finding(PERSON, effects=_effect(rest))
    )


def _signs(cells: list[str]) -> VitalSigns:
    cells = cells + [_ABSENT] * (_SIGN_CELLS - len(cells))
    if len(cells) != _SIGN_CELLS:
        raise _wrong(f"{len(cells)} figures are too many", _SIGNS_HINT)
    pressure, *figures, word = cells
    systolic, _, diastolic = pressure.partition("/")
    if pressure == _ABSENT:
        systolic = diastolic = _ABSENT
    mmhg = _number(systolic, "pressure"), _number(diastolic, "pressure")
    rate, oxygen = (_number(*one) for one in zip(figures, _FIGURES, strict=True))
    word = SEDATION[0] if word == _ABSENT else word
    if word not in SEDATION:
        raise _wrong(f"unknown sedation {word!r}", f"known are: {', '.join(SEDATION)}")
    signs = VitalSigns(mmhg[0], mmhg[1], rate, oxygen, SEDATION.index(word))
    if refusal_of(signs):
        raise _wrong("vital signs that nobody has, or none", _SIGNS_HINT)
    return signs


def _number(text: str, what: str) -> int:
    if text == _ABSENT:
        return 0
    if not (len(text) <= _MAX_FIGURE and text.isascii() and text.isdigit() and int(text)):
        raise _wrong(f"{what} {text[:_MAX_FIGURE]!r} is no whole number", _SIGNS_HINT)
    return int(text)


def _effect(cells: list[str]) -> tuple[SideEffect, ...]:
    if len(cells) != _EFFECT_CELLS:
        raise _wrong("a side effect needs its name and 1, 2 or 3", _EFFECT_HINT)
    name, severity = cells
    numbers = {str(number): word for number, word in enumerate(SEVERITIES, 1)}
    severity = numbers.get(severity, severity)
    if name not in SIDE_EFFECTS:
        raise _wrong(f"unknown side effect {name!r}", _EFFECT_HINT)
    if severity not in SEVERITIES:
        raise _wrong(f"unknown severity {severity!r}", f"1 to 3, or {', '.join(SEVERITIES)}")
    return (SideEffect(name, severity),)


def _wrong(reason: str, hint: str) -> WrongUsage:
    return WrongUsage("typed", reason, hint)
