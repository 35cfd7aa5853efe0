"""The list before somebody goes home: what is known, and what a person answers to it.

It decides nothing. Where nobody can be asked, every point is recorded as not answered.
"""

from collections.abc import Awaitable, Callable

from evenflow.session.chart import Chart
from evenflow.session.view import Log
from pumpcore.vital_signs import SEDATION, VitalSigns

CRITERIA = (
    ("alert", "alert"),
    ("near_baseline", "pressure near the baseline"),
    ("no_nausea", "no nausea"),
    ("accompanied", "goes home with somebody"),
    ("no_driving", "told not to drive until the next day"),
)
NOT_ANSWERED = "not answered"
_ANSWERS = {"y": "yes", "yes": "yes", "n": "no", "no": "no"}
# Of the baseline, by which pressure may differ: the score of Aldrete and Kroulik (1970).
_NEAR_PERCENT = 20

Ask = Callable[[str], Awaitable[str]]


async def settle(chart: Chart, log: Log, ask: Ask | None) -> dict[str, str]:
    """Ask for each point where somebody can be asked; the answers, which are recorded."""
    known = _known(chart)
    answers = {}
    for name, criterion in CRITERIA:
        answers[name] = NOT_ANSWERED
        if ask is not None:
            about = f" ({known[name]})" if name in known else ""
            typed = (await ask(f"discharge: {criterion}{about}? yes or no: ")).strip().lower()
            answers[name] = _ANSWERS.get(typed, NOT_ANSWERED)
    open_points = [name for name, answer in answers.items() if answer == NOT_ANSWERED]
    if len(open_points) == len(CRITERIA):
        points = "; ".join(f"{text}{_about(known, name)}" for name, text in CRITERIA)
        said = f"discharge list, not answered: {points}"
    else:
        listed = ", ".join(f"{text}: {answers[name]}" for name, text in CRITERIA)
        said = f"discharge list: {listed}"
    log.note("person" if ask else "host", "discharge", said, answers=answers, known=known)
    return answers


def _about(known: dict[str, str], name: str) -> str:
    return f" ({known[name]})" if name in known else ""


def _known(chart: Chart) -> dict[str, str]:
    """What the chart says of a point, in words."""
    known = {}
    last = chart.last
    if last.sedation:
        known["alert"] = SEDATION[last.sedation]
    if last.systolic and chart.baseline.systolic:
        beyond = "" if _is_near(last, chart.baseline) else f", BEYOND {_NEAR_PERCENT} %"
        known["near_baseline"] = f"{_pressure(last)} after {_pressure(chart.baseline)}{beyond}"
    noted = [
        one.effect.words for one in chart.effects if one.effect.name in ("nausea", "vomiting")
    ]
    known["no_nausea"] = "; ".join(noted) if noted else "none entered"
    return known


def _pressure(signs: VitalSigns) -> str:
    return f"{signs.systolic}/{signs.diastolic}"


def _is_near(last: VitalSigns, baseline: VitalSigns) -> bool:
    pairs = ((last.systolic, baseline.systolic), (last.diastolic, baseline.diastolic))
    return all(100 * abs(one - other) <= _NEAR_PERCENT * other for one, other in pairs)
