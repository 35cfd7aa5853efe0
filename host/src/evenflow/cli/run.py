"""`evenflow run`: the whole session of an order, shown, recorded and summed up."""

import asyncio
import json
import sys
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _library, _output, _port
from evenflow.errors import WrongUsage

if TYPE_CHECKING:
    from evenflow.boards import Profile
    from evenflow.cli._typed_lines import TypedLines
    from evenflow.cli._views import PlainView
    from evenflow.dose.plan import Plan
    from evenflow.session.course_part import CoursePart
    from evenflow.session.opening import Opened
    from evenflow.session.summary import Summary
    from evenflow.session.vitals_file import Timed

SUMMARY_FILE = "summary.json"


@dataclass(frozen=True, slots=True)
class _Wishes:
    """The options, as given."""

    port: str
    speed: float | None
    db: str | None
    is_answered: bool
    is_new_patient: bool
    keep: Path | None
    by_hand: bool
    as_json: bool
    vitals: Path | None
    course: Path | None

    @property
    def is_emulated(self) -> bool:
        """Whether the port is an emulated board."""
        return self.port.startswith("emulated:")

    @property
    def board_speed(self) -> float | None:
        """An emulated board's seconds a second; None is as fast as it goes."""
        if self.speed is None:
            return 1.0 if self.by_hand else None
        return None if self.speed == inf else self.speed


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@_port.port_option
@click.option(
    "--speed",
    callback=_port.speed,
    help="Of an emulated board: 1 is real time; max unless by hand.",
)
@click.option("--db", metavar="DB", help="The record: a file, or an SQLAlchemy URL.")
@click.option("--yes", "is_answered", is_flag=True, help="Confirm the digest without asking.")
@click.option(
    "--new-patient",
    "is_new_patient",
    is_flag=True,
    help="Another patient than before: forget what the pump has given.",
)
@click.option(
    "--override", metavar="REASON", help="Pass soft limits, for this reason, which is recorded."
)
@click.option(
    "--keep",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Keep the record of an emulated run in this folder.",
)
@click.option(
    "--vitals",
    metavar="CSV",
    type=click.Path(path_type=Path),
    help="Enter the vital signs and side effects of this file at their times.",
)
@click.option(
    "--course",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The course: it says whether the session may begin, and the session is added to it.",
)
@_library.library_option
@click.option("--by-hand", is_flag=True, help="Press an emulated pump's keys at the keyboard.")
@_output.json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    file: Path,
    override: str | None,
    port: str,
    speed: float | None,
    db: str | None,
    is_answered: bool,
    is_new_patient: bool,
    keep: Path | None,
    vitals: Path | None,
    course: Path | None,
    library: Path | None,
    by_hand: bool,
    as_json: bool,
) -> None:
    """Run the whole session of an order on a pump, and record it.

    On an emulated port the auto operator presses the pump's keys. Ctrl-C ends this program only: a
    real pump goes on by its policy.
    """
    from evenflow.dose.order import load
    from evenflow.dose.plan import plan as plan_of
    from evenflow.session.course_part import CoursePart

    wishes = _Wishes(
        port, speed, db, is_answered, is_new_patient, keep, by_hand, as_json, vitals, course
    )
    _check(wishes)
    known = _library.chosen(library)
    plan = plan_of(load(file, known), override, known, board=_board(wishes))
    error = plan.error()
    if error is not None:
        raise error
    part = CoursePart(plan, course)
    summary = asyncio.run(_run(plan, wishes, part, _findings(plan, vitals)))
    _finish(ctx, summary, wishes)


def _check(wishes: _Wishes) -> None:
    """WrongUsage for options that mean nothing on a real pump."""
    given = {
        "--speed": wishes.speed is not None,
        "--keep": wishes.keep is not None,
        "--by-hand": wishes.by_hand,
    }
    for name, is_given in given.items():
        if is_given and not wishes.is_emulated:
            raise WrongUsage(
                "emulated_only", f"{name} is for emulated ports", f"leave it out on {wishes.port}"
            )


def _board(wishes: _Wishes) -> "Profile | None":
    """The profile of an emulated board; a real pump says itself what its drive can follow."""
    from evenflow import boards
    from evenflow.link import parse

    return boards.load(parse(wishes.port).target) if wishes.is_emulated else None


def _findings(plan: "Plan", path: Path | None) -> "tuple[Timed, ...] | None":
    """Those of the file; WrongUsage for an order with which nobody asks for them."""
    from evenflow.session import vitals_file

    if path is None:
        return None
    if plan.order.vitals is None:
        reason = f"{plan.order.name}: this order asks for no vital signs"
        raise WrongUsage("vitals_not_asked", reason, "leave --vitals out")
    return vitals_file.load(path)


async def _run(
    plan: "Plan", wishes: _Wishes, part: "CoursePart", findings: "tuple[Timed, ...] | None"
) -> "Summary":
    from evenflow.cli._keyboard import attend
    from evenflow.cli._typed_lines import TypedLines
    from evenflow.session.opening import open_port
    from evenflow.session.run import Session
    from evenflow.telemetry.store import create

    lines = TypedLines()
    view = _view(wishes, lines)
    opened = await open_port(wishes.port, plan=plan, speed=wishes.board_speed)
    view.say(NOT_FOR_USE)
    _say_runtime(view, opened)
    where = _place(wishes)
    has_person = _has_person(wishes)

    async def ask(question: str) -> str:
        view.hold_still()
        click.echo(question, nl=False, err=True)
        return await lines.answer()

    with create(where) as store, view:
        session = Session(
            plan,
            opened,
            store,
            view,
            by_hand=wishes.by_hand,
            findings=findings,
            course=part,
            ask=ask if has_person and sys.stdin.isatty() else None,
        )
        if not has_person:
            return await session.run()
        if plan.order.vitals is not None:
            view.say("when vital signs are due, type: v 120/80 60 98 alert; ? tells the rest")
        plant = opened.board.plant if opened.board is not None and wishes.by_hand else None
        keyboard = asyncio.create_task(attend(session, lines, plant, view.say))
        try:
            return await session.run()
        finally:
            keyboard.cancel()


def _has_person(wishes: _Wishes) -> bool:
    """Whether somebody types: by hand in any case, else at a terminal of a real pump.

    An auto operator answers for itself, unless its board is slowed down for people.
    """
    from evenflow.cli._question import has_keyboard

    if wishes.by_hand:
        return True
    is_automatic = wishes.is_emulated and wishes.speed is None
    return not is_automatic and sys.stdin.isatty() and has_keyboard()


def _view(wishes: _Wishes, lines: "TypedLines") -> "PlainView":
    """A live bar on a terminal; with --json everything but the object goes to stderr."""
    from evenflow.cli._question import Question
    from evenflow.cli._views import LiveView, PlainView

    console = _output.console(to_stderr=wishes.as_json)
    kind = LiveView if console.is_terminal else PlainView
    question = Question(
        is_answered=wishes.is_answered, is_new_patient=wishes.is_new_patient, lines=lines
    )
    return kind(console, question)


def _say_runtime(view: "PlainView", opened: "Opened") -> None:
    board = opened.board
    if board is None:
        view.say(f"port {opened.line.name}")
        return
    view.say(
        f"port {opened.line.name}: the firmware on {board.runtime_name} "
        f"{board.interpreter_version}, hardware emulated; the operator's keys are emulated too"
    )
    if board.runtime_note:
        view.say(board.runtime_note)


def _place(wishes: _Wishes) -> str | Path:
    """Where the record goes: as told, a fresh folder for an emulated run, else the shared one."""
    from datetime import datetime

    from evenflow.telemetry import place

    if wishes.db is not None:
        return wishes.db
    if wishes.keep is not None:
        return wishes.keep / place.RECORD
    if wishes.is_emulated:
        return place.fresh_directory(place.ROOT, datetime.now().astimezone().date()) / place.RECORD
    return place.ROOT / place.SHARED


def _finish(ctx: click.Context, summary: "Summary", wishes: _Wishes) -> None:
    """Print the summary, keep it beside the record, and leave with the session's exit code."""
    from evenflow.cli import _summary_table

    content = summary.as_json()
    if not wishes.as_json:
        _summary_table.show(summary, _output.console())
    if wishes.is_emulated and wishes.db is None:
        beside = Path(summary.record).with_name(SUMMARY_FILE)
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        beside.write_text(text, encoding="utf-8")
        if not wishes.as_json:
            click.echo(f"summary: {beside}")
    if summary.error is not None:
        _output.report(summary.error, as_json=wishes.as_json, beside=content)
        ctx.exit(summary.error.exit_code)
    if wishes.as_json:
        _output.print_json(content)
