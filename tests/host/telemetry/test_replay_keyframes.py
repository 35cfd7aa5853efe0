"""Where a replay goes on: after a gap, a restart, a late beginning; and what a keyframe shows."""

import shutil
from collections.abc import Callable
from pathlib import Path
from struct import pack_into

import pytest
from host.session.scripted import SilentView
from host.telemetry.recorded import Meddler, edit, faults, record, replayed, rewrite

from evenflow.client.batch import Batch
from evenflow.client.records import Keyframe
from evenflow.client.stream import Item, Received
from evenflow.errors import CheckFailed
from evenflow.telemetry.keyframe import PART_COUNT, name_of
from evenflow.telemetry.replay import Replayed
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_HOST, by_name

pytestmark = pytest.mark.requirement("LOG-01", "LOG-07")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of a board on CPython."""
    return record(tmp_path_factory.mktemp("whole") / "record.db", SilentView())


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(whole, tmp_path / "record.db"))


def left_out(found: Replayed) -> list[tuple[int, int, str]]:
    """Spans that are not compared."""
    return [
        (one.first_tick, one.last_tick, one.reason)
        for one in found.spans
        if one.reason is not None
    ]


def kept(items: list[Item], of: Callable[[Item, int], bool]) -> bytes:
    """The frames of those items, and rows of telemetry, that are to be kept."""
    frames: list[bytes] = []
    for item in items:
        if isinstance(item, Batch):
            rows = zip(item, item.frames, strict=True)
            frames += [frame for row, frame in rows if of(item, row.tick_count)]
        elif isinstance(item, Received):
            tick = item.record.tick_count if isinstance(item.record, Keyframe) else -1
            frames += [item.frame] if of(item, tick) else []
    return b"".join(frame + b"\0" for frame in frames)


@pytest.mark.parametrize("runtime", ["cpython", "micropython"])
def test_the_whole_state_is_equal_at_every_keyframe(tmp_path: Path, runtime: str) -> None:
    found = replayed(record(tmp_path / "record.db", SilentView(), runtime))

    ticks = found.tick_count
    assert (found.difference, found.ended, found.is_equal) == (None, None, True)
    assert [(one.first_tick, one.last_tick, one.reason) for one in found.spans] == [
        (0, ticks - 1, None)
    ]
    assert found.keyframe_count >= ticks // 500 >= 3


def test_after_a_gap_it_goes_on_from_the_next_keyframe(path: Path) -> None:
    total = replayed(path).tick_count
    edit(path, "DELETE FROM frames WHERE seq = 9")

    found = replayed(path)

    (compared, lost, after) = found.spans
    missing = lost.first_tick - compared.last_tick - 1
    assert (compared.first_tick, compared.reason, after.reason) == (0, None, None)
    assert lost.reason == f"{missing} ticks are missing before tick {lost.first_tick}"
    assert missing >= 50
    assert after.first_tick == lost.last_tick + 1
    # To the next keyframe are ten seconds at most, and a part a tick.
    assert lost.last_tick - lost.first_tick < 500 + PART_COUNT
    assert after.last_tick == total - 1
    assert found.tick_count == total - missing - (lost.last_tick - lost.first_tick + 1)
    assert (found.difference, found.ended, found.is_equal) == (None, None, True)


def test_without_a_keyframe_after_a_gap_the_comparison_ends(path: Path) -> None:
    edit(path, "DELETE FROM frames WHERE seq = 9")
    rewrite(
        path, lambda items: kept(items, lambda one, _: isinstance(one, Batch) or not late(one))
    )

    found = replayed(path)

    assert found.difference is None
    assert "ticks are missing" in (found.ended or "")
    assert not found.is_equal


def late(item: Item) -> bool:
    """A keyframe that is not the first."""
    is_keyframe = isinstance(item, Received) and isinstance(item.record, Keyframe)
    return is_keyframe and item.record.tick_count > 100


def test_a_restart_is_gone_on_after(tmp_path: Path) -> None:
    found = replayed(record(tmp_path / "record.db", Meddler(lambda board: board.kill())))

    assert (found.difference, found.ended, found.is_equal) == (None, None, True)
    assert left_out(found) == [(0, 24, "the pump restarted before tick 0")]
    assert found.spans[-1].first_tick == 25


@pytest.mark.parametrize("first", [1, 700])
def test_a_record_that_begins_after_boot_is_executed_from_its_first_keyframe(
    path: Path, first: int
) -> None:
    total = replayed(path).tick_count
    rewrite(path, lambda items: kept(items, lambda _, tick: tick < 0 or tick >= first))

    found = replayed(path)

    ((begin, end, reason),) = left_out(found)
    assert reason == f"the record begins with tick {first}, not with the pump's boot"
    assert begin == first
    assert end < first + 500
    assert found.tick_count == total - end - 1
    assert found.is_equal


def test_one_that_begins_after_boot_and_has_no_keyframe_is_refused(path: Path) -> None:
    rewrite(path, lambda items: kept(items, lambda one, tick: tick and not is_keyframe(one)))

    with pytest.raises(CheckFailed) as error:
        replayed(path)

    assert error.value.code == "replay_no_beginning"


def is_keyframe(item: Item) -> bool:
    """A part of one."""
    return isinstance(item, Received) and isinstance(item.record, Keyframe)


def test_a_command_that_is_not_in_the_record_is_told_and_no_gap(path: Path) -> None:
    edit(path, "DELETE FROM command WHERE name = 'confirm'")

    found = replayed(path)

    ((_, _, reason),) = left_out(found)
    assert "confirm: the pump has taken up one that is not in the record" in reason
    assert found.difference is None
    # What could have been compared was not.
    assert (found.ended, found.is_equal) == (None, False)


@pytest.mark.parametrize("name", ["motion.delivered_steps", "surroundings.air._now_ms"])
def test_one_figure_of_a_keyframe_changed_is_named(path: Path, name: str) -> None:
    place = [name_of(index) for index in range(16 * PART_COUNT - 16)].index(name)

    def change(items: list[Item]) -> bytes:
        return b"".join(changed(item, place) for item in items)

    rewrite(path, change)

    found = replayed(path)

    assert found.difference is not None
    assert found.difference.field == f"keyframe.{name}"
    assert int(found.difference.recorded) == 77
    assert not found.is_equal


def changed(item: Item, place: int) -> bytes:
    """A frame as it was, but for one figure of a keyframe in the middle of the session."""
    if isinstance(item, Batch):
        return b"".join(frame + b"\0" for frame in item.frames)
    if not isinstance(item, Received):
        return b""
    told = item.record
    if not isinstance(told, Keyframe) or told.tick_count < 500 or told.index != place // 16:
        return item.frame + b"\0"
    values = bytearray(told.values)
    pack_into("<i", values, place % 16 * 4, 77)
    endpoint = Endpoint(TO_HOST)
    length = endpoint.write(by_name("keyframe"), [told.tick_count, told.index, bytes(values)])
    return bytes(endpoint.outgoing[:length])


def test_a_keyframe_with_a_part_missing_is_none(path: Path) -> None:
    whole_count = replayed(path).keyframe_count

    def without(items: list[Item]) -> bytes:
        return kept(items, lambda one, _: not is_keyframe(one) or one.record.index != 7)

    rewrite(path, without)

    found = replayed(path)

    assert whole_count > 2
    assert (found.keyframe_count, found.difference, found.is_equal) == (0, None, True)


def test_parts_of_keyframes_are_frames_like_any_other_to_verify(path: Path) -> None:
    assert faults(path) == []
