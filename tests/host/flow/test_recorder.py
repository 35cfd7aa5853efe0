"""A recording in virtual time: every row at once, and what the balance could not say by name."""

import re
from pathlib import Path

import pytest
from host.flow.balances import FedBalance, KnownDelivery, VirtualClock

from evenflow.flow import balance_log, long_run, source, startup
from evenflow.flow.mass import Liquid
from evenflow.flow.recorder import MOST_MISSED, Progress, Recorder, Schedule
from evenflow.instruments.instrument import InstrumentError

pytestmark = pytest.mark.requirement("FLO-01", "FLO-02")

REST_S, RUN_S = 600.0, 7200.0
# START is pressed 43 s late.
START_S = 1000.0 + REST_S + 43.0
STOP_S = START_S + RUN_S + 20.0


class Written:
    """The log as it is on disk after each write."""

    def __init__(self, path: Path) -> None:
        """Has its head."""
        self.path = path
        path.write_text(balance_log.head({"balance": "fed"}), encoding="utf-8")

    def __call__(self, text: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)


async def record(
    path: Path, faults: dict[int, str] | None = None, schedule: Schedule | None = None
) -> list[Progress]:
    clock = VirtualClock()
    balance = FedBalance(clock, START_S, STOP_S, faults=faults or {})
    shown: list[Progress] = []
    recorder = Recorder(balance, clock, Written(path), shown.append)
    await recorder.record(
        schedule or Schedule(REST_S, RUN_S, 10.0), KnownDelivery(clock, START_S, STOP_S)
    )
    return shown


async def test_a_recorded_run_is_analysed_to_what_was_pumped(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    shown = await record(path)
    found = source.load(path, Liquid(0.998, 0.0))

    assert found.rate_ml_per_h == 5.0
    # As long as the pump runs, and from when it does: a look every 0.2 s.
    assert found.time_s[-1] == pytest.approx(RUN_S + 20.0, abs=10.0)
    first_run = path.read_text(encoding="utf-8").split(",run,")[0].rpartition("\n")[2]
    assert float(first_run) == pytest.approx(START_S - 1000.0, abs=0.4)
    assert long_run(found.time_s, found.volume_ml, 5.0) == pytest.approx(0.0, abs=0.02)
    assert startup(found.time_s, found.volume_ml, 5.0).time_to_90_percent_s == 0.0
    assert found.corrections["drift_taken_off_mg_per_h"] == pytest.approx(-12.0, abs=1.0)
    assert shown[-1].phase == "after"
    assert shown[-1].row_count == len(re.findall(r",[01]\n", path.read_text(encoding="utf-8")))


async def test_a_run_without_rests_begins_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    clock = VirtualClock()
    balance = FedBalance(clock, 1000.0, 2000.0)
    recorder = Recorder(balance, clock, Written(path), lambda _: None)
    await recorder.record(Schedule(0.0, 60.0, 10.0), KnownDelivery(clock, 1000.0, 9999.0))
    found = source.load(path)

    assert found.time_s[0] == 0.0
    assert found.time_s[-1] == pytest.approx(60.0, abs=0.5)


async def test_a_reading_that_does_not_come_is_a_remark(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    few = dict.fromkeys((*range(90, 94), *range(95, 99)), "instrument_answer")
    await record(path, {100: "instrument_silent", 101: "instrument_unstable"} | few)
    found = source.load(path)

    assert [note.split(": ")[1] for note in found.notes[8:] if "t_s" in note] == [
        "instrument_silent",
        "instrument_unstable",
    ]
    assert long_run(found.time_s, found.volume_ml, 5.0) == pytest.approx(0.1, abs=0.05)


@pytest.mark.parametrize(
    ("faults", "code", "read"),
    [
        ({100: "instrument_overload"}, "instrument_overload", 100),
        ({100: "instrument_unit"}, "instrument_unit", 100),
        ({100: "instrument_lost"}, "instrument_lost", 100),
        (dict.fromkeys(range(100, 120), "instrument_silent"), "instrument_silent", 100),
    ],
)
async def test_what_cannot_be_believed_ends_it_by_name_and_loses_nothing(
    tmp_path: Path, faults: dict[int, str], code: str, read: int
) -> None:
    path = tmp_path / "log.csv"
    with pytest.raises(InstrumentError) as ended:
        await record(path, faults)

    assert ended.value.code == code
    text = path.read_text(encoding="utf-8")
    assert len(re.findall(r",[01]\n", text)) == read
    missed = MOST_MISSED if code == "instrument_silent" else 1
    assert text.count(f": {code}: ") == missed
    # What there is can be analysed.
    assert source.load(path).time_s[-1] > 300.0


async def test_a_program_that_is_killed_leaves_whole_rows(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    seen: list[int] = []
    clock = VirtualClock()
    written = Written(path)

    def show(progress: Progress) -> None:
        rows = len(re.findall(r",[01]\n", path.read_text(encoding="utf-8")))
        seen.append(rows - progress.row_count)

    recorder = Recorder(FedBalance(clock, START_S, STOP_S), clock, written, show)
    await recorder.record(Schedule(60.0, 60.0, 10.0), KnownDelivery(clock, 1100.0, 1150.0))

    assert len(seen) > 10
    assert set(seen) == {0}
