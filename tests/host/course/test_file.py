"""The course file: written and read back, and each way to falsify its history found and named."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from host.course.courses import RULES, course, given, utc

from evenflow.course import file, record, status
from evenflow.errors import Refused, WrongUsage

pytestmark = pytest.mark.requirement("KET-08")
FIRST = utc("2026-12-01T09:05")
THREE = given(course(), FIRST, utc("2026-12-04T09:00"), utc("2026-12-08T09:00"))
TEXT = file.text(THREE)
ITEM = re.compile(r"\[\[history\]\]\n(?:.+\n)+\n")
ITEMS = ITEM.findall(TEXT)
CUT = ("end", "history_cut")


def _problems(folder: Path, text: str) -> set[tuple[str, str]]:
    path = folder / "course.toml"
    path.write_text(text)
    with pytest.raises(Refused) as refused:
        file.load(path)
    return {(one.where, one.code) for one in refused.value.problems}


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "course.toml"
    file.save(THREE, path)

    read = file.load(path)

    assert (read.head, read.planned, read.history) == (THREE.head, THREE.planned, THREE.history)
    assert [path] == list(tmp_path.iterdir())
    assert read.starts[0] == FIRST


def test_each_item_has_the_hash_of_the_one_before() -> None:
    hashes = [THREE.head.hash, *(item.hash for item in THREE.history)]

    assert [item.previous for item in THREE.history] == hashes[:-1]
    assert [item.count for item in THREE.history] == [1, 2, 3]


def _swapped(text: str) -> str:
    first, second = ITEMS[0], ITEMS[1]
    return text.replace(first, "@").replace(second, first).replace("@", second)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda text: text.replace("35 mg", "30 mg", 1), {("history.1", "history_edited")}),
        (
            lambda text: text.replace("12-01T10:05:00", "11-20T10:05:00", 1),
            {("history.1", "history_edited")},
        ),
        (
            _swapped,
            {
                ("history.1", "history_order"),
                ("history.2", "history_order"),
                ("history.2", "clock_set_back"),
                ("history.3", "history_order"),
            },
        ),
        (
            lambda text: text.replace(ITEMS[1], ""),
            {("history.2", "history_order"), ("end", "history_cut")},
        ),
        (lambda text: text.replace(ITEMS[2], ""), {CUT}),
        (
            lambda text: text.replace(ITEMS[2], ITEMS[2] * 2),
            {("history.4", "history_order"), ("end", "history_cut")},
        ),
        (lambda text: text.replace("demo-0001", "demo-0002"), {("course", "plan_edited")}),
        (
            lambda text: text.replace('at = "2026-12-15T10', 'at = "2026-12-14T10'),
            {("course", "plan_edited")},
        ),
        (
            lambda text: text.replace("Europe/Berlin", "Europe/Bern"),
            {("course", "plan_edited"), ("course.zone", "unknown_zone")},
        ),
        (
            lambda text: text.replace("number = 2\n", "number = 3\n"),
            {("course", "plan_edited"), ("session.2", "session_order")},
        ),
        (lambda text: text.replace("[end]\ncount = 3", "[end]\ncount = 2"), {CUT}),
        (lambda text: text.replace("schema = 1", "schema = 2"), {("schema", "literal_error")}),
        (lambda text: text.replace("[end]", "x = 1\n[end]"), {("history.2.x", "extra_forbidden")}),
    ],
)  # fmt: skip
def test_what_was_falsified_is_named(
    tmp_path: Path, change: Callable[[str], str], found: set[tuple[str, str]]
) -> None:
    changed = change(TEXT)
    assert changed != TEXT

    assert _problems(tmp_path, changed) == found


def test_a_clock_that_went_back_is_found_in_a_chain_that_holds(tmp_path: Path) -> None:
    """As if a version without the check had written it."""
    item = THREE.history[2].model_copy(update={"at": "2026-12-03T10:00:00+01:00"})
    back = file.Course(THREE.name, THREE.head, THREE.zone, THREE.planned, THREE.history[:2])
    chained = record.chain.chained(item, back.history, back.head.hash)
    broken = file.Course(back.name, back.head, back.zone, back.planned, (*back.history, chained))

    assert _problems(tmp_path, file.text(broken)) == {("history.3", "clock_set_back")}


@pytest.mark.parametrize(
    ("start", "recorded", "code"),
    [
        (FIRST, FIRST + timedelta(days=30), "already_recorded"),
        (FIRST - timedelta(seconds=1), FIRST + timedelta(days=30), "clock_set_back"),
        (FIRST + timedelta(days=2), FIRST - timedelta(days=1), "clock_set_back"),
    ],
)
def test_what_would_not_follow_is_not_recorded(
    start: "file.datetime", recorded: "file.datetime", code: str
) -> None:
    one = given(course(), FIRST)

    with pytest.raises(Refused) as refused:
        record.added(one, record.Given(start, "35 mg", "complete"), recorded)

    assert refused.value.code == code


def test_the_rest_of_a_session_is_no_session_of_its_own(tmp_path: Path) -> None:
    cut_short = given(course(), FIRST, outcome="aborted")
    later = FIRST + timedelta(minutes=30)
    rest = record.Given(later, "20 mg", "complete", rest_of=1)
    whole = record.added(cut_short, rest, later)
    file.save(whole, tmp_path / "course.toml")
    read = file.load(tmp_path / "course.toml")
    (line, *_) = status.status(read, later, RULES).lines

    assert read.starts == (FIRST,)
    assert [item.given for item in line.rests] == ["20 mg"]
    assert status.as_json(status.status(read, later, RULES))["unplanned"] == []


@pytest.mark.parametrize(("outcome", "rest_of"), [("complete", 1), ("aborted", 2)])
def test_what_has_no_rest_is_refused_one(outcome: str, rest_of: int) -> None:
    one = given(course(), FIRST, outcome=outcome)
    later = FIRST + timedelta(minutes=30)

    with pytest.raises(Refused, match="it has no rest"):
        record.added(one, record.Given(later, "20 mg", "complete", rest_of=rest_of), later)


def test_a_rest_begins_within_four_hours_of_its_session() -> None:
    one = given(course(), FIRST, outcome="aborted")
    last = FIRST + timedelta(hours=4)
    late = last + timedelta(seconds=1)
    in_time = record.Given(last, "20 mg", "complete", rest_of=1)

    assert record.added(one, in_time, last).history[-1].rest_of == 1
    with pytest.raises(Refused, match="4 h 1 s before: a rest begins within 4 h") as refused:
        record.added(one, record.Given(late, "20 mg", "complete", rest_of=1), late)
    assert refused.value.code == "rest_late"


def test_a_rest_that_was_complete_has_none_after_it() -> None:
    one = given(course(), FIRST, outcome="aborted")
    at = [FIRST + timedelta(minutes=30 * count) for count in (1, 2, 3)]
    two = record.added(one, record.Given(at[0], "5 mg", "stopped", rest_of=1), at[0])
    three = record.added(two, record.Given(at[1], "9 mg", "complete", rest_of=1), at[1])

    with pytest.raises(Refused, match="a rest of it is") as refused:
        record.added(three, record.Given(at[2], "9 mg", "complete", rest_of=1), at[2])
    assert refused.value.code == "rest_of"


def test_a_file_with_a_rest_too_late_is_refused(tmp_path: Path) -> None:
    """As if a version without the check had written it."""
    late = FIRST + timedelta(hours=5)
    whole = given(course(), FIRST, late, outcome="aborted")
    item = whole.history[1].model_copy(update={"rest_of": 1})
    history = (whole.history[0], record.chain.chained(item, whole.history[:1], whole.head.hash))
    broken = file.Course(whole.name, whole.head, whole.zone, whole.planned, history)

    assert _problems(tmp_path, file.text(broken)) == {("history.2.rest_of", "rest_late")}


def test_a_start_between_two_seconds_is_recorded_as_the_later() -> None:
    one = given(course(), FIRST + timedelta(microseconds=1))

    assert one.starts == (FIRST + timedelta(seconds=1),)


def test_what_is_no_course_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "course.toml"
    with pytest.raises(WrongUsage):
        file.load(path)
    path.write_bytes(b"\xff")
    with pytest.raises(Refused, match="not UTF-8"):
        file.load(path)
    path.write_text("# " + "x" * file.MAX_FILE_BYTES)
    with pytest.raises(Refused, match="more than a course has"):
        file.load(path)
