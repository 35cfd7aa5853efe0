"""The real firmware on an emulated board, from power-on to a running infusion and its end."""

import json

import pytest
from board.emulator.bench import Bench

from evenflow.emulator import PlantConfig


@pytest.mark.requirement("PRC-06")
def test_it_boots_passes_its_self_test_and_says_what_it_is_not_for(runtime: str) -> None:
    bench = Bench(runtime, "ketamine-70kg.toml")
    with bench.board as board:
        bench.run_until("staged", 2)

        assert "NOT FOR USE ON PEOPLE" in board.console_text
        assert board.interpreter_version.count(".") == 2


def test_a_careful_person_prepares_and_starts_it_once(runtime: str) -> None:
    bench = Bench(runtime, "ketamine-70kg.toml")
    with bench.board as board:
        bench.run_until("infusing", 60)
        assert 0.1 < board.plant.waste_volume_ml <= 0.3
        assert board.plant.patient_volume_ml < 0.001

        bench.run_for(60)
        # 26.25 mL/h
        assert board.plant.patient_volume_ml == pytest.approx(0.4375, abs=0.02)
        assert board.plant.motor_enabled
        assert bench.operator.is_done
        assert not bench.operator.problem


@pytest.mark.requirement("OVR-09")
def test_a_killed_processor_gives_no_step_after_80_ms(runtime: str) -> None:
    bench = Bench(runtime, "ketamine-70kg.toml")
    with bench.board as board:
        bench.run_until("infusing", 60)
        bench.run_for(10)
        board.plant.records_steps = True
        board.kill()
        killed_at_ns = board.plant.now_ns
        board.coast(900_000)

        # Still before the watchdog: only the queue and the heartbeat are left, and run out.
        assert board.reset_count == 0
        moved = [at_ns for at_ns, _, enabled in board.plant.step_times if enabled]
        assert all(at_ns - killed_at_ns <= 80_000_000 for at_ns in moved)
        assert not board.plant.motor_enabled


@pytest.mark.requirement("TST-09")
def test_after_the_watchdog_it_does_not_go_on_by_itself(runtime: str) -> None:
    bench = Bench(runtime, "ketamine-70kg.toml")
    with bench.board as board:
        bench.run_until("infusing", 60)
        bench.run_for(5)
        before = board.plant.step_count
        board.hang()
        bench.run_for(30)

        assert board.reset_count == 1
        assert board.plant.step_count - before <= 4
        assert bench.state not in ("infusing", "boot")


def test_an_occlusion_at_the_usual_rate_alarms_in_time(runtime: str) -> None:
    bench = Bench(runtime, "ketamine-70kg.toml")
    with bench.board as board:
        bench.run_until("infusing", 60)
        bench.run_for(20)
        board.plant.occlude()
        occluded_at_us = board.now_us
        bench.run_until("held", 120)

        # 300 mmHg at 3.65 mmHg/s
        assert (board.now_us - occluded_at_us) / 1e6 == pytest.approx(82, abs=12)
        bench.run_for(14)
        assert board.plant.sounder_bursts[-1].name == "high"
        # It has been drawn back meanwhile.
        assert not board.plant.motor_enabled
        assert 0 <= board.plant.line_pressure_mmhg <= 70


def test_the_same_seed_gives_the_same_telemetry_to_the_byte(runtime: str) -> None:
    def sent(seed: int) -> bytes:
        bench = Bench(runtime, "ketamine-70kg.toml", seed=seed)
        with bench.board:
            bench.run_for(40)
        return bytes(bench.sent)

    first = sent(1)
    assert first == sent(1)
    assert first != sent(2)


@pytest.mark.requirement("DES-05", "PRC-05")
def test_both_interpreters_send_the_same_telemetry(runtime: str) -> None:
    if runtime == "cpython":
        return

    def sent(interpreter: str) -> bytes:
        bench = Bench(interpreter, "ketamine-70kg.toml", preset_ticks_ms_before_wrap=25_000)
        with bench.board:
            bench.run_until("infusing", 60)
            bench.run_for(20)
        return bytes(bench.sent)

    assert sent("micropython") == sent("cpython")


def test_an_unseated_plunger_is_seen_through_the_pins(runtime: str) -> None:
    bench = Bench(runtime, "ketamine-70kg.toml", plant=PlantConfig(plunger_seated=False))
    with bench.board as board:
        bench.run_until("confirmed", 5)
        bench.run_for(30)

        assert bench.state == "confirmed"
        assert board.plant.step_count == 0
        assert bench.operator.problem


def test_its_flash_holds_profile_and_library(runtime: str) -> None:
    bench = Bench(runtime, "ketamine-70kg.toml")
    with bench.board as board:
        folder = board._folder
        assert folder is not None
        profile = json.loads((folder / "flash" / "board.json").read_text())
        assert profile["link.emulated"] is True
        assert (folder / "flash" / "pumpcore" / "kernel.mpy").exists()
    assert not folder.exists()
