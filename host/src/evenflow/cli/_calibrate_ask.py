"""The questions of a calibration: what no option says is asked at the terminal."""

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from evenflow.errors import WrongUsage
from pumpcore.syringe import SYRINGES, by_model

if TYPE_CHECKING:
    from evenflow.flow.calibration import Dispense
    from evenflow.flow.mass import Liquid

_HOW = (
    "Fill the syringe with water of the room's temperature, seat it, purge, take up the slack.\n"
    "For each dispense: weigh the vessel, run a bench order of one and the same volume with the\n"
    "line's end in the liquid, weigh again. Three dispenses at least; a tenth of the syringe each."
)

_MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Answers:
    """What options or a person said; what is empty is not said yet."""

    syringe: str
    serial: str
    pump: str
    person: str
    bore: str | None
    commanded_ml: tuple[float, ...]
    weighed_g: tuple[float, ...]
    volumes_ml: tuple[float, ...]
    is_answered: bool

    @property
    def believed_um(self) -> int | None:
        """The bore that the pump had from the order; None: the nominal one."""
        if self.bore is None:
            return None
        from evenflow.dose.dimension import BORE
        from evenflow.dose.quantity import parse

        return parse(self.bore, "bore", BORE).whole

    def dispenses(self, liquid: "Liquid") -> "list[Dispense]":
        """Each with its volume; WrongUsage if there are not as many commanded as found."""
        from evenflow.flow.calibration import Dispense

        if self.weighed_g and self.volumes_ml:
            reason = "both masses and volumes were given"
            raise WrongUsage("dispense_twice", reason, "give --weighed or --volume")
        rows: list[tuple[float, float | None]] = [
            (one * liquid.ml_per_g, one) for one in self.weighed_g
        ]
        rows += [(one, None) for one in self.volumes_ml]
        commanded = self.commanded_ml
        if len(commanded) == 1:
            commanded *= len(rows)
        if len(commanded) != len(rows):
            reason = f"{len(commanded)} volumes were commanded, but {len(rows)} found"
            raise WrongUsage("length_differs", reason, "give --commanded once, or for each")
        return [
            Dispense(ordered, volume, mass)
            for ordered, (volume, mass) in zip(commanded, rows, strict=True)
        ]


def completed(answers: Answers, *, as_json: bool) -> Answers:
    """All of it, asked where need be; WrongUsage names the options where nobody can answer."""
    for option in ("serial", "pump", "person"):
        text = getattr(answers, option)
        if text and not _is_line(text):
            reason = f"--{option} {text[:_MOST_CHARACTERS]!r} is not one line of text"
            hint = f"write 1 to {_MOST_CHARACTERS} characters, without control characters"
            raise WrongUsage("text_range", reason, hint)
    missing = _missing(answers)
    if not missing and (answers.is_answered or _has_terminal(as_json=as_json)):
        return answers
    if not _has_terminal(as_json=as_json):
        reason = f"not said: {', '.join(missing or ['--yes'])}"
        raise WrongUsage("no_terminal", reason, "say it by options, or run it at a terminal")
    click.echo(_HOW)
    answers = replace(
        answers,
        syringe=answers.syringe or _model(),
        serial=answers.serial or _text("lot or mark of the syringe"),
        pump=answers.pump or _text("pump: its unique id or name"),
        person=answers.person or _text("who calibrates"),
    )
    if not answers.commanded_ml:
        answers = replace(answers, commanded_ml=(_number("each dispense, as ordered, in mL"),))
    if not answers.weighed_g and not answers.volumes_ml:
        answers = replace(answers, weighed_g=_weighed())
    return answers


def _missing(answers: Answers) -> list[str]:
    said = (
        ("--syringe", answers.syringe),
        ("--serial", answers.serial),
        ("--pump", answers.pump),
        ("--person", answers.person),
        ("--commanded", answers.commanded_ml),
        ("--weighed", answers.weighed_g or answers.volumes_ml),
    )
    return [option for option, value in said if not value]


def _has_terminal(*, as_json: bool) -> bool:
    return not as_json and sys.stdin.isatty() and sys.stdout.isatty()


def _model() -> str:
    known = ", ".join(str(row.model) for row in SYRINGES)
    while True:
        click.echo(f"    known: {known}")
        model = _text("syringe")
        if by_model(model) is not None:
            return model
        click.echo(f"  no: unknown syringe {model!r}")


def _text(question: str) -> str:
    while True:
        answer = str(click.prompt(question, default="", show_default=False)).strip()
        if _is_line(answer):
            return answer


def _is_line(text: str) -> bool:
    return bool(text.strip()) and text.isprintable() and len(text) <= _MOST_CHARACTERS


def _number(question: str) -> float:
    while True:
        number = _as_number(_text(question))
        if number is not None:
            return number


def _weighed() -> tuple[float, ...]:
    from evenflow.flow.calibration import FEWEST

    found: list[float] = []
    while True:
        more = "" if len(found) < FEWEST else "; Enter ends"
        question = f"dispense {len(found) + 1}: the balance gained, in g{more}"
        answer = str(click.prompt(question, default="", show_default=False)).strip()
        if not answer and len(found) >= FEWEST:
            return tuple(found)
        number = _as_number(answer) if answer else None
        if number is not None:
            found.append(number)


def _as_number(text: str) -> float | None:
    """A number above 0; None, and why, if it is none."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if 0 < number < float("inf"):
        return number
    click.echo(f"  no: {text!r} is no number above 0; write a point, no unit")
    return None
