"""The kernel, executed again from what the record has of it."""

import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from host.session.scripted import SilentView
from host.telemetry.frames import frame
from host.telemetry.recorded import (
    Meddler,
    change_telemetry,
    edit,
    record,
    replayed,
    rewrite,
)

from evenflow.client.batch import Batch
from evenflow.client.records import Answer, Event, HelloReply, Telemetry
from evenflow.client.stream import Item, Received
from evenflow.dose.order import from_table
from evenflow.dose.plan import plan
from evenflow.emulator import Board
from evenflow.errors import CheckFailed
from evenflow.telemetry.execution import OUTPUTS, PLAIN_INPUTS
from pumpcore.reset_cause import POWER_ON, WATCHDOG
from pumpcore.tick_io import Inputs
from pumpcore.wire.messages import by_name

pytestmark = pytest.mark.requirement("LOG-01")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of a board on CPython."""
    return record(tmp_path_factory.mktemp("whole") / "record.db", SilentView())


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(whole, tmp_path / "record.db"))


def test_every_field_of_telemetry_is_an_input_or_compared() -> None:
    inputs = {*PLAIN_INPUTS, "elapsed_us", "raw_force"}

    assert inputs == set(vars(Inputs()))
    told = {field.name for field in fields(Telemetry)}
    assert inputs | set(OUTPUTS) | {"tick_count", "last_request_id"} == told


def test_a_session_of_the_firmware_on_cpython_is_executed_again(whole: Path) -> None:
    found = replayed(whole)

    assert (found.difference, found.ended, found.taken) == (None, None, ())
    assert found.tick_count > 1_500


def test_a_session_of_the_firmware_on_micropython_is_executed_again(tmp_path: Path) -> None:
    found = replayed(record(tmp_path / "record.db", SilentView(), "micropython"))

    assert (found.difference, found.ended, found.taken) == (None, None, ())
    assert found.tick_count > 1_500


def test_an_occlusion_and_what_follows_is_executed_again(tmp_path: Path) -> None:
    view = Meddler(lambda board: board.plant.occlude())

    found = replayed(record(tmp_path / "record.db", view))

    assert (found.difference, found.ended, found.taken) == (None, None, ())
    assert found.tick_count > 4_000


CHANGED_INPUTS = [
    ("step_count", 1, "delivered_microsteps"),
    ("raw_force", 200_000, "force_mn"),
]


@pytest.mark.parametrize(("name", "by", "field"), CHANGED_INPUTS)
def test_one_input_changed_shows_in_the_outputs_that_it_makes(
    path: Path, name: str, by: int, field: str
) -> None:
    change_telemetry(path, 1_500, name, by)

    found = replayed(path)

    assert (found.difference.field, found.difference.tick_count) == (field, 1_500)
    assert found.difference.executed != found.difference.recorded


@pytest.mark.parametrize("field", OUTPUTS)
def test_one_output_changed_is_named(path: Path, field: str) -> None:
    change_telemetry(path, 1_234, field, 1)

    found = replayed(path)

    assert (found.tick_count, found.difference.tick_count) == (1_234, 1_234)
    assert found.difference.field == field
    assert int(found.difference.recorded) == int(found.difference.executed) + 1


def without(items: list[Item], message: type, command: str | None = None) -> bytes:
    """Frames of those items, less some messages."""
    kept = []
    for item in items:
        if isinstance(item, Batch):
            kept += item.frames
        elif not isinstance(item, Received) or not (
            isinstance(item.record, message)
            and command in (None, getattr(item.record, "command_name", None))
        ):
            kept.append(item.frame)
    return b"".join(frame + b"\0" for frame in kept)


def test_a_command_whose_answer_was_lost_is_known_from_telemetry(path: Path) -> None:
    rewrite(path, lambda items: without(items, Answer, "confirm"))

    found = replayed(path)

    assert (found.difference, found.ended) == (None, None)
    (taken,) = found.taken
    assert taken.endswith("confirm, whose answer was lost")


def test_another_programme_than_the_one_that_was_staged_is_named(path: Path) -> None:
    edit(
        path,
        """UPDATE session SET profile_json =
        replace(profile_json, '"plunger.lead_um": 1000', '"plunger.lead_um": 900')""",
    )

    found = replayed(path)

    assert found.difference.field in ("staged.microsteps", "staged.rate_ul_per_h")


def test_a_key_event_that_is_missing_is_named(path: Path) -> None:
    rewrite(path, lambda items: without(items, Event))

    found = replayed(path)

    assert (found.difference.field, found.difference.recorded) == ("event", "none")


LACKING = [
    ("UPDATE session SET profile_json = NULL", "replay_no_profile"),
    ("UPDATE session SET profile_json = '{'", "record_damaged"),
    ("UPDATE session SET wire_schema = '00'", "replay_wire_schema"),
    ("DELETE FROM frames", "replay_no_hello"),
]


@pytest.mark.parametrize(("statement", "code"), LACKING)
def test_what_a_replay_lacks_is_named(path: Path, statement: str, code: str) -> None:
    edit(path, statement)

    with pytest.raises(CheckFailed) as error:
        replayed(path)

    assert error.value.code == code


BOOTS = [
    (lambda board: board.kill(), WATCHDOG, "a reset by the watchdog before boot"),
    (lambda board: (board.power_off(), board.power_on()), POWER_ON, "a programme cut short"),
]


@pytest.mark.parametrize(("act", "cause", "taken"), BOOTS, ids=["watchdog", "power"])
def test_a_boot_that_something_had_gone_before_is_executed_again(
    tmp_path: Path, act: Callable[[Board], object], cause: int, taken: str
) -> None:
    """Of a session with a restart, only what came after it."""
    path = record(tmp_path / "record.db", Meddler(act))
    latest: dict[str, object] = {"tick": 0, "is_after": False}

    def after(items: list[Item]) -> bytes:
        frames = []
        for item in items:
            if isinstance(item, Received) and isinstance(item.record, HelloReply):
                frames.append(frame("hello_reply", **told(item.record, cause))[:-1])
            elif isinstance(item, Batch):
                for row, content in zip(item, item.frames, strict=True):
                    latest["is_after"] = latest["is_after"] or row.tick_count < latest["tick"]
                    latest["tick"] = row.tick_count
                    frames += [content] if latest["is_after"] else []
            elif latest["is_after"]:
                frames.append(item.frame)
        return b"".join(frame + b"\0" for frame in frames)

    rewrite(path, after)
    edit(path, "DELETE FROM command")

    found = replayed(path)

    assert (found.difference, found.ended) == (None, None)
    assert found.tick_count > 100
    assert any(one.startswith(taken) for one in found.taken)


def told(hello: HelloReply, cause: int) -> dict[str, object]:
    names = [str(field.name) for field in by_name("hello_reply").fields]
    return {name: getattr(hello, name) for name in names} | {"reset_cause": cause}


def test_an_order_of_several_steps_is_executed_again(tmp_path: Path) -> None:
    steps = [
        {"rate": "600 mL/h", "volume": "0.5 mL"},
        {"rate": "300 mL/h", "to_rate": "600 mL/h", "volume": "0.5 mL"},
    ]
    content = {
        "schema": 1,
        "therapy": {"care_area": "bench", "step": steps},
        "syringe": {"model": "bd-plastipak-50", "fill": "20 mL"},
    }
    order = plan(from_table(content, "bench"))

    found = replayed(record(tmp_path / "record.db", SilentView(), order=order))

    assert (found.difference, found.ended, found.taken) == (None, None, ())


def test_a_record_of_a_drug_without_its_library_is_not_guessed_at(path: Path) -> None:
    edit(path, "UPDATE session SET library_json = NULL")

    found = replayed(path)

    # An order of the bench needs none.
    assert (found.difference, found.ended) == (None, None)


def test_another_kernel_than_the_recording_hosts_is_told(path: Path) -> None:
    as_it_is = replayed(path)
    edit(path, "UPDATE session SET core = 'another'")

    other = replayed(path)

    assert (as_it_is.is_same_core, other.is_same_core) == (True, False)
    assert other.difference is None
