"""Exports hold every tick, event and command, with units, and give them back as they were."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from host.session.scripted import SilentView
from host.telemetry.frames import IDENTITY, batch, frame, opening
from host.telemetry.recorded import Meddler, edit, record
from pyarrow import parquet

from evenflow.cli import main
from evenflow.client.batch import Batch
from evenflow.client.stream import Stream
from evenflow.errors import CheckFailed, WrongUsage
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.export import export
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import create, open_existing
from evenflow.telemetry.ticks import COLUMNS, FIELDS, ticks
from evenflow.telemetry.timeline import Timeline

pytestmark = pytest.mark.requirement("LOG-07")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of an emulated board, with alarms in it."""
    view = Meddler(lambda board: board.plant.occlude())
    return record(tmp_path_factory.mktemp("whole") / "record.db", view)


@pytest.fixture
def archive(whole: Path) -> Iterator[Archive]:
    with open_existing(whole) as store:
        yield Archive(store)


def only(archive: Archive) -> str:
    (line,) = archive.sessions()
    return line.id


def heard(archive: Archive) -> list[list[object]]:
    """Figures and names of every tick, by the stream that heard them."""
    return [
        [
            *(getattr(one, name) for name in FIELDS),
            one.state_name,
            one.stop_reason_name,
            " ".join(one.alarm_names),
            one.led_name,
            one.sounder_name,
        ]
        for _, items in archive.frames(only(archive))
        for item in items
        if isinstance(item, Batch)
        for one in item
    ]


def test_parquet_has_a_row_for_each_tick_with_units(archive: Archive, tmp_path: Path) -> None:
    names = export(archive, only(archive), tmp_path / "out.parquet")

    table = parquet.read_table(tmp_path / "out.parquet")
    rows = [list(row.values())[1:] for row in table.to_pylist()]
    schema = table.schema
    units = {name: schema.field(name).metadata[b"unit"].decode() for name in ("t_us", *FIELDS)}
    assert names == ["out.parquet", "out.events.parquet", "out.commands.parquet"]
    assert tuple(table.column_names) == COLUMNS
    assert rows == heard(archive)
    assert any("occlusion_downstream" in row[-3] for row in rows)
    assert (units["t_us"], units["force_mn"], units["commanded_ul_per_h"]) == ("us", "mN", "uL/h")
    assert (units["state"], units["delivered_microsteps"]) == ("1", "microstep")
    assert schema.field("force_mn").metadata[b"about"] == b"filtered force"
    session = json.loads(schema.metadata[b"evenflow.session"])
    assert session["id"] == only(archive)


def test_parquet_has_events_and_commands_beside_it(archive: Archive, tmp_path: Path) -> None:
    export(archive, only(archive), tmp_path / "out.parquet")

    events = parquet.read_table(tmp_path / "out.events.parquet").to_pylist()
    commands = parquet.read_table(tmp_path / "out.commands.parquet").to_pylist()
    told = list(archive.events(only(archive)))
    assert [row["seq"] for row in events] == [one.seq for one in told]
    assert [json.loads(row["detail"]) for row in events] == [one.detail for one in told]
    assert [bytes.fromhex(row["frame"]) for row in commands] == [
        one.frame for one in archive.commands(only(archive))
    ]


def test_lines_of_json_hold_all_of_a_session(archive: Archive, tmp_path: Path) -> None:
    export(archive, only(archive), tmp_path / "out.jsonl")

    text = (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    of: dict[str, list[dict[str, object]]] = {}
    for line in lines:
        of.setdefault(line.pop("kind"), []).append(line)
    assert of["session"][0]["outcome"] == archive.session(only(archive))["outcome"]
    assert [one["detail"] for one in of["event"]] == [
        one.detail for one in archive.events(only(archive))
    ]
    assert len(of["command"]) == len(list(archive.commands(only(archive))))
    assert [list(one.values())[1:] for one in of["telemetry"]] == heard(archive)


def test_csv_has_the_same_ticks(archive: Archive, tmp_path: Path) -> None:
    export(archive, only(archive), tmp_path / "out")

    with (tmp_path / "out" / "telemetry.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == COLUMNS
    assert [row[1:] for row in rows] == [[str(value) for value in row] for row in heard(archive)]


def test_times_are_those_of_the_timeline_across_gaps_and_pieces(tmp_path: Path) -> None:
    heard_at = []
    with create(tmp_path / "record.db") as store:
        timeline = Timeline()
        recorder = Recorder(store, opening("one"), IDENTITY, timeline)
        for numbers in ((1, 2, 5), (6, 9), (10, 11, 3, 4)):
            added = batch(*numbers, elapsed_us=20_003)
            timeline.add(added)
            recorder.take(added)
            heard_at += [timeline.moment(added, index).t_us for index in range(len(added))]
            (answer,) = Stream().feed(frame("answer"))
            recorder.take(answer)
            recorder._close_blob()
        recorder.close("complete", {})
        found = [int(time) for several in ticks(Archive(store), "one") for time in several["t_us"]]

    assert found == heard_at


@pytest.mark.parametrize("name", ["out.parquet", "out.jsonl", "out.zip"])
def test_an_export_that_fails_leaves_no_file_that_looks_whole(tmp_path: Path, name: str) -> None:
    path = record(tmp_path / "record.db", SilentView())
    edit(path, "UPDATE frames SET content = zeroblob(10) WHERE seq = 5")
    with open_existing(path) as store, pytest.raises(CheckFailed) as error:
        export(Archive(store), only(Archive(store)), tmp_path / "new" / name)

    assert error.value.code == "record_damaged"
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize(
    ("there", "name"),
    [
        ("out.parquet", "out.parquet"),
        ("out.events.parquet", "out.parquet"),
        ("a.jsonl", "a.jsonl"),
    ],
)
def test_nothing_is_overwritten(archive: Archive, tmp_path: Path, there: str, name: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(WrongUsage) as error:
        export(archive, only(archive), tmp_path / name)

    assert error.value.code == "target_exists"
    assert [path.name for path in tmp_path.iterdir()] == [there]


def test_without_pyarrow_the_extra_is_named(whole: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from evenflow.cli import main; main(sys.argv[1:])"
    )
    target = tmp_path / "out.parquet"
    line = [sys.executable, "-c", code, "sessions", "export", "", target, "--db", whole]
    done = subprocess.run(line, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "evenflow[analysis]" in done.stderr


def test_the_command_tells_what_it_wrote(whole: Path, tmp_path: Path) -> None:
    arguments = ["sessions", "export", "", str(tmp_path / "out.jsonl"), "--db", str(whole)]
    done = CliRunner().invoke(main, [*arguments, "--json"])

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["files"] == ["out.jsonl"]
