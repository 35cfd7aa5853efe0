"""The questions of `order new`: limits beside each, wrong answers asked again, doubts told."""

import os
import sys
from pathlib import Path

import click

from evenflow.cli import _order_table
from evenflow.dose.draft import QUESTIONS, Draft, Verdict
from evenflow.dose.library import shipped
from evenflow.dose.order import Order
from evenflow.dose.plan import Plan
from evenflow.errors import CheckFailed, WrongUsage

_YES = "yes"
_BACK = "back"
_BEFORE = f"{_BACK}: the question before; Ctrl-C: leave, and write nothing"


def has_terminal() -> bool:
    """Whether somebody can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(out: Path | None, last: Order | None) -> None:
    """Ask, show the plan, and write the file after a yes."""
    if not has_terminal():
        hint = "write the file in an editor (docs/orders.md), then: evenflow order show FILE"
        raise WrongUsage("no_terminal", "order new asks its questions at a terminal", hint)
    draft = Draft(shipped(), last)
    click.echo(_BEFORE)
    index = 0
    while index < len(QUESTIONS):
        index = max(0, index + _ask_one(draft, index))
    _finish(draft.plan(), draft.toml(), out)


def _ask_one(draft: Draft, index: int) -> int:
    """One question; by how many to go on: 1, or back to the last that was asked."""
    path, what, settles, may_be_left_out = QUESTIONS[index]
    if not draft.is_asked(path):
        return 1
    for line in _beside(draft, path, settles):
        click.echo(f"    {line}")
    more = "; Enter leaves it out" if may_be_left_out else ""
    answer = click.prompt(f"{what}{more}", default="", show_default=False, type=str).strip()
    if answer == _BACK:
        return -_back(draft, index)
    if not answer and may_be_left_out:
        return 1
    verdict = draft.judge(path, answer, settles)
    if verdict.refused:
        _say_no(verdict)
        return 0
    if not _is_so(verdict):
        return 0
    draft.keep(path, answer)
    return 1


def _back(draft: Draft, index: int) -> int:
    """Forgets answers up to the question before; how many questions that is."""
    draft.drop(QUESTIONS[index][0])
    for count in range(1, index + 1):
        path = QUESTIONS[index - count][0]
        is_asked = draft.is_asked(path)
        draft.drop(path)
        if is_asked:
            return count
    return 0


def _beside(draft: Draft, path: str, settles: tuple[str, ...]) -> list[str]:
    choices = draft.choices(path)
    lines = [f"known: {', '.join(choices)}"] if choices else []
    if path == "therapy.concentration":
        settles = ()
        entry = draft.entry
        lines.append(f"normal: {', '.join(one.text for one in entry.concentrations)}")
        lines.append(f"soft limit: {', '.join(one.text for one in entry.soft_concentrations)}")
    if path == "patient.dosing_weight":
        lines.extend(f"{name}: {text}" for name, text in _order_table.body(draft.plan()))
    return [*lines, *draft.limits(settles)]


def _say_no(verdict: Verdict) -> None:
    for problem in verdict.refused:
        click.echo(f"  no: {problem.reason}; {problem.hint}")
    if verdict.meant:
        click.echo(f"  did you mean {' or '.join(verdict.meant)}?")


def _is_so(verdict: Verdict) -> bool:
    """Whether a doubtful answer is meant; without a doubt it is."""
    if not verdict.doubts and not verdict.meant:
        return True
    for doubt in verdict.doubts:
        click.echo(f"  {doubt}")
    if verdict.meant:
        click.echo(f"  did you mean {' or '.join(verdict.meant)}?")
    return _yes("  is it so as you wrote it?")


def _finish(plan: Plan, text: str, out: Path | None) -> None:
    _order_table.show(plan)
    error = plan.error()
    if plan.refused and error is not None:
        raise error
    for limit in plan.needs_override:
        click.echo(f"needs --override REASON when it is run: {limit.problem().reason}")
    if not _yes("is this the order?"):
        raise CheckFailed("not_written", "the order was not confirmed; nothing was written")
    path = _place(out)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    click.echo(f"{path}: written; evenflow order show {path}")


def _place(out: Path | None) -> Path:
    """Where to write; another name is asked for until it is free, or may be overwritten."""
    path = out
    while True:
        if path is None:
            typed = click.prompt("file to write", default="order.toml")
            path = Path(typed.strip())
        if not path.exists() or _yes(f"{path} is there already. Overwrite it?"):
            return path
        path = None


def _yes(question: str) -> bool:
    answer = click.prompt(f"{question} Type {_YES}", default="", show_default=False, type=str)
    return bool(answer.strip().lower() == _YES)
