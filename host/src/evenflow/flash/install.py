"""Makes a board hold what it shall, in an order that leaves a whole firmware at every moment.

All of a slot is written and read back while the board would still start the other one. Then the
file that names the slot is replaced by a rename, which is the only step that changes what starts.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from evenflow import device_key
from evenflow.errors import CheckFailed, WrongUsage
from evenflow.flash.console import Console
from evenflow.flash.content import sum_of
from evenflow.flash.plan import Plan
from evenflow.flash.survey import MAIN_FILE, POINTER, Survey, secrets

# A file that is not what was written is written once more; a flash that fails twice is worn out.
_ATTEMPTS = 2


class Meter(Protocol):
    """Shows how far it is."""

    def begin(self, step: str, total: int) -> None:
        """A step of so many units."""

    def advance(self, units: int) -> None:
        """So many of them are done."""


class SilentMeter:
    """Shows nothing."""

    def begin(self, step: str, total: int) -> None:
        """Nothing."""

    def advance(self, units: int) -> None:
        """Nothing."""


def back_up(console: Console, survey: Survey, folder: Path, meter: Meter) -> int:
    """Every file of the board but its key into a folder that is empty; how many."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongUsage(
            "backup_folder", f"{folder}: is not an empty folder", "name one that does not exist"
        )
    paths = sorted(set(survey.sums) - secrets(survey))
    meter.begin("backup", len(paths))
    for path in paths:
        content = console.read_file(path)
        if sum_of(content) != survey.sums[path]:
            raise CheckFailed(
                "backup_differs", f"{path}: came over the line spoilt", "run the command again"
            )
        target = folder / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        meter.advance(1)
    folder.mkdir(parents=True, exist_ok=True)
    return len(paths)


def erase(console: Console, survey: Survey, meter: Meter) -> None:
    """Remove everything; first what would start what is removed after it."""
    tops = {"/" + path.split("/")[1] for path in survey.sums}
    first = [path for path in ("/boot.py", MAIN_FILE, POINTER) if path in tops]
    rest = sorted(tops - set(first))
    meter.begin("erase", len(tops))
    for path in (*first, *rest):
        console.ask(f"remove({path!r})")
        meter.advance(1)


def carry_out(console: Console, plan: Plan, unique_id: str, meter: Meter) -> None:
    """Do all of the plan; CheckFailed if the board does not keep what it was given."""
    if plan.is_main_first:
        # A bare board can then say that it needs flashing.
        _put_main(console, plan, meter)
    if plan.pointer is not None:
        _fill(console, plan, meter)
    if plan.needs_key:
        put_key(console, device_key.make(unique_id))
    if plan.pointer is not None:
        _replace(console, POINTER, plan.pointer, _unseen)
    if not plan.is_main_first:
        # Last: a firmware beside the slots has a sum of the main.py that started it.
        _put_main(console, plan, meter)
    for path in plan.remove_afterwards:
        console.ask(f"remove({path!r})")


def put_key(console: Console, values: bytes) -> None:
    """The board's key: the old one or the new one, never a part of either."""
    _replace(console, device_key.ON_DEVICE, values, _unseen)


def _put_main(console: Console, plan: Plan, meter: Meter) -> None:
    if plan.main is not None:
        meter.begin("main.py", len(plan.main))
        _replace(console, MAIN_FILE, plan.main, meter.advance)


def _fill(console: Console, plan: Plan, meter: Meter) -> None:
    meter.begin("copy", len(plan.remove) + len(plan.copy))
    for path in plan.remove:
        console.ask(f"remove({path!r})")
        meter.advance(1)
    for source, target in plan.copy:
        console.ask(f"copy({source!r}, {target!r})")
        meter.advance(1)
    meter.begin("upload", sum(len(content) for content in plan.upload.values()))
    for path, content in plan.upload.items():
        console.write_file(path, content, meter.advance)
    wanted = {f"{plan.slot}/{path}": digest for path, digest in plan.sums.items()}
    differing: list[str] = []
    for _ in range(_ATTEMPTS):
        meter.begin("verify", 1)
        found = {path: digest for path, digest, _ in console.ask(f"tell_sums({plan.slot!r})")}
        meter.advance(1)
        differing = sorted(
            path for path in wanted.keys() | found.keys() if wanted.get(path) != found.get(path)
        )
        if not differing:
            return
        _mend(console, plan, differing)
    raise CheckFailed(
        "not_kept",
        f"{differing[0]}: the board does not keep what was written to it",
        "the board starts with the firmware that it had; use --erase, or another board",
    )


def _mend(console: Console, plan: Plan, differing: list[str]) -> None:
    copied = {target: source for source, target in plan.copy}
    for path in differing:
        console.ask(f"remove({path!r})")
        if path in plan.upload:
            console.write_file(path, plan.upload[path], _unseen)
        elif path in copied:
            console.ask(f"copy({copied[path]!r}, {path!r})")


def _replace(console: Console, path: str, content: bytes, progress: Callable[[int], None]) -> None:
    """Write beside it, read back, rename: the file is the old one or the new one, never a part."""
    unfinished = f"{path}.new"
    console.write_file(unfinished, content, progress)
    if console.ask(f"print(sum_of({unfinished!r}))") != [[sum_of(content)]]:
        raise CheckFailed(
            "not_kept",
            f"{unfinished}: the board does not keep what was written to it",
            "the board starts with the firmware that it had; use --erase, or another board",
        )
    console.ask(f"put_in_place({path!r})")


def _unseen(_count: int) -> None:
    """Too short to be shown."""
