"""A pump with a display: what a person reads off the glass is what the host is told."""

from collections.abc import Iterator

import pytest
from app.rig import Rig, bench_order
from board.emulator.bench import Bench
from board.generic.glass import text_of
from core.board.mistakes import TMC2209

from evenflow import boards
from evenflow.boards.mechanism import whole
from pumpcore.self_test import NO_DISPLAY

PROFILE = {**boards.load("pico"), "display.is_fitted": True}
ADDRESS = whole(PROFILE["display.address"])
RATE_UL_PER_H = 120_000
RUNTIMES = ("cpython", "micropython")
# A change, a whole new picture, and one on a display that came back.
CHANGE_S, PICTURE_S, BACK_S = 1.0, 1.3, 4.0
ORDER = bench_order(RATE_UL_PER_H, 10_000_000)


@pytest.fixture(params=RUNTIMES)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with Rig(ORDER, request.param, profile=PROFILE) as made:
        yield made


def glass(rig: Rig) -> list[str]:
    assert rig.plant.display is not None
    return text_of(rig.plant.display.rows())


@pytest.mark.requirement("PRC-06", "LIB-14")
def test_after_power_on_it_says_what_it_is(rig: Rig) -> None:
    rig.is_pinging = False
    rig.run_until(lambda: rig.state == "idle", 5)
    before_us = rig.now_us
    rig.run_for(PICTURE_S)

    assert rig.now_us - before_us < 2_000_000
    found = glass(rig)
    assert found[1:5] != ["", "", "", ""]
    assert rig.board.reset_count == 0


@pytest.mark.requirement("LIB-14", "LIB-18")
def test_while_infusing_it_shows_what_the_host_is_told(rig: Rig) -> None:
    rig.start()
    rig.run_for(20)
    assert rig.telemetry is not None
    given: set[str] = set()
    left: set[str] = set()
    fl_per_step = rig.femtolitres_per_microstep
    for _ in range(50):
        rig.tick()
        given_nl = rig.telemetry.delivered_microsteps * fl_per_step // 1_000_000
        given.add(f"{given_nl / 1e6:.3f}")
        left.add(f"{(10_000_000 - given_nl) / 1e6:.3f}")

    found = glass(rig)
    state, elapsed = found[0].split()
    assert state == "infusing"
    assert elapsed in {"0:00:20", "0:00:21"}
    assert found[1] == "no drug: bench"
    assert found[2].split() == ["120.00", "mL/h"]
    assert found[3].split()[0] == "given"
    assert found[3].split()[1] in given
    assert found[4].split()[0] == "left"
    assert found[4].split()[1] in left
    assert found[5:] == ["", "", ""]
    assert rig.board.reset_count == 0
    assert rig.alarms == set()


@pytest.mark.requirement("LIB-14", "ALM-11")
def test_an_alarm_s_text_is_there_within_a_second(rig: Rig) -> None:
    rig.start()
    rig.plant.open_barrel()
    rig.run_until(lambda: rig.state == "held", 1)
    rig.run_for(CHANGE_S)

    found = glass(rig)
    assert found[0].split()[0] == "held"
    assert found[2].split() == ["0.00", "mL/h"]
    assert found[5:] == ["Barrel clamp open", "", ""]
    rig.plant.close_barrel()
    rig.run_for(0.5)
    rig.plant.press("acknowledge")
    rig.run_for(0.2 + CHANGE_S)
    assert glass(rig)[5:] == ["", "", ""]


@pytest.mark.requirement("OVR-10")
def test_a_display_that_is_lost_stops_nothing_and_comes_back(rig: Rig) -> None:
    rig.start()
    rig.plant.bus.take_off(ADDRESS)
    rig.run_for(10)
    assert (rig.state, rig.alarms) == ("infusing", set())
    assert rig.notes() & NO_DISPLAY

    assert rig.plant.display is not None
    rig.plant.display.lose_power()
    rig.plant.bus.put_back(ADDRESS)
    rig.run_for(BACK_S)
    assert glass(rig)[0].split()[0] == "infusing"
    assert not rig.notes() & NO_DISPLAY
    assert rig.board.reset_count == 0


def test_a_display_whose_power_dips_alone_is_found_and_set_up_again(rig: Rig) -> None:
    rig.start()
    rig.run_for(2)
    assert rig.plant.display is not None
    rig.plant.display.lose_power()
    rig.run_for(BACK_S)

    assert glass(rig)[0].split()[0] == "infusing"
    assert rig.alarms == set()


@pytest.mark.requirement("TST-01")
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_display_that_is_missing_at_power_on_is_a_note_and_no_failure(runtime: str) -> None:
    rig = Rig(ORDER, runtime, profile=PROFILE)
    rig.plant.bus.take_off(ADDRESS)
    with rig:
        rig.run_until(lambda: rig.state == "confirmed", 10)

        assert rig.notes() & NO_DISPLAY
        assert rig.alarms == set()


def test_a_pump_without_a_display_has_no_such_note() -> None:
    with Rig(ORDER, "cpython") as rig:
        rig.run_until(lambda: rig.state == "idle", 10)

        assert not rig.notes() & NO_DISPLAY
        assert rig.plant.display is None


@pytest.mark.requirement("LIB-14")
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_drug_of_an_order_is_named(runtime: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "load", lambda _board: PROFILE)
    bench = Bench(runtime, "ketamine-70kg.toml")
    with bench.board as board:
        bench.run_until("confirmed", 20)
        bench.run_for(PICTURE_S)

        assert board.plant.display is not None
        found = text_of(board.plant.display.rows())
        assert found[:5] == [
            "confirmed     0:00:00",
            "ketamine 2 mg/mL",
            "       set 26.25 mL/h",
            "given        0.000 mL",
            "left        17.500 mL",
        ]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_display_and_a_motor_driver_that_is_asked_fit_one_board(runtime: str) -> None:
    with Rig(ORDER, runtime, profile={**PROFILE, **TMC2209}) as rig:
        rig.start()
        rig.run_for(5)

        assert glass(rig)[0].split()[0] == "infusing"
        assert rig.alarms == set()
        assert rig.board.reset_count == 0
