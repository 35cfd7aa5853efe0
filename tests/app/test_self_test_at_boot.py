"""The self-test of whole boards at boot, and what ends before there is a loop."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from app.rig import US_PER_S, Rig, bench_order

from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.overlay._targets import CHECKED_TASKS
from pumpcore.alarms import LIBRARY_INVALID_UPPER, WATCHDOG_RESET
from pumpcore.wire import messages

ORDER = bench_order(120_000, 10_000_000)
MAIN = "from pumpapp.main import main\nmain()\n"
SELF_TEST_S = 10
RUNTIMES = ("cpython", "micropython")


def firmware(folder: Path, before: str) -> Path:
    """A firmware that does something else first."""
    (folder / "main.py").write_text(before + MAIN)
    return folder


@pytest.fixture(params=RUNTIMES)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A pump that infuses."""
    with Rig(ORDER, request.param) as rig:
        rig.start()
        rig.run_for(2)
        yield rig


@pytest.mark.requirement("TST-01")
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_whole_self_test_takes_less_than_ten_seconds(runtime: str) -> None:
    with Rig(ORDER, runtime) as rig:
        rig.run_until(lambda: rig.state == "idle", SELF_TEST_S)

        assert rig.alarms == set()
        assert "self-test" not in rig.board.console_text


@pytest.mark.requirement("TST-01", "TST-02")
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_file_that_changed_on_the_flash_bars_every_infusion(
    tmp_path: Path, runtime: str
) -> None:
    """Here a blank at the end of the board file, which is as sound as it was."""
    changed = firmware(tmp_path, "with open('board.json', 'a') as file:\n    file.write(' ')\n")
    with Rig(ORDER, runtime, firmware=changed) as rig:
        rig.run_until(lambda: rig.state == "fault", SELF_TEST_S)
        rig.plant.press("start")
        rig.run_for(2)

        assert rig.alarms == {"self_test_failed"}
        assert rig.state == "fault"
        assert "board.json is not as it was stored" in rig.board.console_text


@pytest.mark.requirement("LIB-04")
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_board_without_its_library_alarms_and_refuses_drugs_alone(
    tmp_path: Path, runtime: str
) -> None:
    gone = firmware(tmp_path, "import os\nos.rename('library.json', 'elsewhere')\n")
    with Rig(ORDER, runtime, firmware=gone) as rig:
        rig.run_until(lambda: rig.state == "confirmed", SELF_TEST_S)

        assert rig.telemetry is not None
        assert rig.telemetry.alarms_high & LIBRARY_INVALID_UPPER
        assert rig.telemetry.programme_number == 1


@pytest.mark.requirement("TST-13")
@pytest.mark.parametrize("error", ["MemoryError", "ImportError", "ValueError"])
def test_a_boot_that_fails_cries_and_nothing_moves(tmp_path: Path, error: str) -> None:
    broken = firmware(
        tmp_path,
        f"import pumpapp.assembly\ndef broken(*given):\n    raise {error}('at boot')\n"
        "pumpapp.assembly.record = broken\n",
    )
    with Rig(ORDER, "micropython", firmware=broken) as rig:
        rig.plant.records_steps = True
        rig.run_for(5)

        assert rig.plant.buzzer.is_on
        assert rig.plant.step_times == []
        assert not rig.plant.motor_enabled
        assert "boot failed" in rig.board.console_text
        assert rig.board.reset_count == 0


@pytest.mark.requirement("TST-13")
def test_a_board_file_that_cannot_work_is_told_and_leaves_the_pins_alone(tmp_path: Path) -> None:
    spoilt = firmware(tmp_path, "with open('board.json', 'w') as file:\n    file.write('{}')\n")
    with Rig(ORDER, "micropython", firmware=spoilt) as rig:
        rig.plant.records_steps = True
        rig.run_for(3)

        assert "board.json: " in rig.board.console_text
        assert rig.plant.step_times == []
        assert not rig.plant.motor_enabled


@pytest.mark.requirement("TST-07")
@pytest.mark.parametrize("task", CHECKED_TASKS)
def test_a_task_that_no_longer_does_its_work_stops_the_pump(rig: Rig, task: str) -> None:
    rig.plant.records_steps = True
    skipped_at_us = rig.now_us
    rig.board.controller.tell_fault(words.FAULT_SKIP, task)
    rig.run_for(1.2)

    assert rig.board.reset_count == 1
    assert rig.last_step_at_us() - skipped_at_us <= 2 * US_PER_S
    rig.run_until(lambda: "watchdog_reset" in rig.alarms, SELF_TEST_S)
    assert not rig.plant.motor_enabled


@pytest.mark.requirement("TST-09")
@pytest.mark.parametrize("cause", ["watchdog", "software", "line", "brown-out"])
def test_only_the_watchdogs_reset_is_told_as_one(rig: Rig, cause: str) -> None:
    board = rig.board
    if cause == "brown-out":
        rig.plant.brownout(50)
    elif cause == "watchdog":
        board.hang()
    else:
        board.reset(words.SELF_RESET if cause == "software" else words.LINE_RESET)
    rig.run_for(1.1)
    rig.run_until(lambda: rig.state == "idle", SELF_TEST_S)

    assert rig.telemetry is not None
    is_told = bool(rig.telemetry.alarms_low & WATCHDOG_RESET)
    assert is_told == (cause == "watchdog")
    assert not rig.plant.motor_enabled


@pytest.mark.requirement("ALM-14")
def test_after_a_power_cycle_the_alarm_test_must_be_heard_anew(rig: Rig) -> None:
    rig.board.power_off()
    rig.board.coast(US_PER_S)
    rig.board.power_on()
    rig.run_until(lambda: rig.state == "idle", SELF_TEST_S)
    rig.plant.press("acknowledge")
    rig.run_for(0.5)
    names = [field.name for field in messages.by_name("stage").fields[1:]]
    rig.send("stage", *[rig.order[name] for name in names])
    rig.run_until(lambda: rig.state == "confirmed", 5)
    rig.plant.press("start")
    rig.run_for(2)

    assert rig.telemetry is not None
    assert rig.telemetry.checklist == 0
    assert rig.state == "confirmed"
