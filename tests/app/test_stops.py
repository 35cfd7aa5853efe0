"""Whatever is wrong stops the plunger, at the STEP pin, and it stays stopped."""

from collections.abc import Callable
from pathlib import Path

import pytest
from app import stimuli
from app.rig import US_PER_S, Rig, bench_order

_RUNTIMES = ("cpython", "micropython")
_ML = 1_000_000
_TICK_US = 20_000
# A switch is accepted within this; then one tick and 1 ms.
_DEBOUNCE_US = 60_000
_STOP_US = 25_000


# alarm, how it is raised, how long it may take to be raised (virtual s), whether through a switch
_CASES: tuple[tuple[str, Callable[[Rig], None], float, bool], ...] = (
    ("occlusion_downstream", stimuli.occlude, 30, False),
    ("syringe_empty", stimuli.empty, 0.2, False),
    ("plunger_unseated", stimuli.unseat, 0.2, True),
    ("barrel_open", stimuli.open_barrel, 0.2, True),
    ("motor_stall", stimuli.stall, 2, False),
    ("over_delivery", stimuli.run_away, 0.2, False),
    ("link_lost", stimuli.fall_silent, 7, False),
)


@pytest.mark.requirement("OVR-09", "ALM-10", "ALM-12", "SYR-02")
@pytest.mark.parametrize("runtime", _RUNTIMES)
@pytest.mark.parametrize(
    ("alarm", "raise_it", "within_s", "is_switch"), _CASES, ids=[case[0] for case in _CASES]
)
def test_a_stopping_alarm_stops_sounds_latches_and_never_resumes(
    alarm: str, raise_it: Callable[[Rig], None], within_s: float, runtime: str, *, is_switch: bool
) -> None:
    """Asserted at the STEP pin and at the sounder's."""
    with Rig(bench_order(120_000, 10 * _ML, stop_on_link_loss=1), runtime) as rig:
        rig.start()
        rig.run_for(3)
        rig.plant.records_steps = True
        caused_at_us = rig.now_us
        residual_ml = rig.plant.syringe_volume_ml
        raise_it(rig)
        rig.run_until(lambda: alarm in rig.alarms, within_s)
        # The tick that told of the alarm was sampled one tick before its bytes were read.
        sampled_at_us = rig.now_us - _TICK_US
        rig.run_for(2)

        assert rig.state == "held"
        assert rig.last_step_at_us() - sampled_at_us <= _STOP_US
        if is_switch:
            assert rig.last_step_at_us() - caused_at_us <= _DEBOUNCE_US + _STOP_US
        heard_at_us = [
            at / 1000 for at in rig.plant.buzzer.edges_at_ns if at / 1000 >= sampled_at_us
        ]
        assert heard_at_us
        assert heard_at_us[0] - sampled_at_us <= US_PER_S
        if alarm != "occlusion_downstream":
            assert not rig.plant.motor_enabled

        # An occlusion is drawn back meanwhile.
        rig.run_for(5)
        steps = rig.plant.step_count
        rig.is_pinging = True
        rig.plant.release_occlusion()
        if alarm == "syringe_empty":
            rig.plant.set_fill(residual_ml)
        rig.plant.seat_plunger()
        rig.plant.close_barrel()
        rig.plant.release_stall()
        rig.run_for(5)
        assert alarm in rig.alarms
        assert rig.plant.step_count == steps
        rig.resume()
        assert rig.state == "held"
        assert rig.plant.step_count == steps
        rig.plant.press("acknowledge")
        rig.run_for(1)
        assert alarm not in rig.alarms
        assert rig.plant.step_count == steps
        rig.resume()
        rig.run_for(1)
        assert rig.state == "infusing"
        assert rig.plant.step_count > steps


@pytest.mark.requirement("SEC-11", "OVR-11")
@pytest.mark.parametrize("runtime", _RUNTIMES)
def test_the_stop_key_stops_and_only_two_presses_resume(runtime: str) -> None:
    with Rig(bench_order(120_000, 10 * _ML), runtime) as rig:
        rig.start()
        rig.run_for(3)
        rig.plant.records_steps = True
        pressed_at_us = rig.now_us
        rig.plant.press("stop")
        rig.run_for(2)

        assert rig.state == "paused"
        assert rig.last_step_at_us() - pressed_at_us <= _DEBOUNCE_US + _STOP_US

        steps = rig.plant.step_count
        rig.plant.press("start")
        rig.run_for(12)
        rig.plant.press("start")
        rig.run_for(1)
        assert rig.state == "paused"
        assert rig.plant.step_count == steps
        rig.resume()
        assert rig.state == "infusing"


@pytest.mark.requirement("SEC-10")
@pytest.mark.parametrize("runtime", _RUNTIMES)
def test_the_links_stop_needs_nothing(runtime: str) -> None:
    """STOP by link within 200 ms, whatever the state."""
    with Rig(bench_order(120_000, 10 * _ML), runtime) as rig:
        rig.start()
        rig.run_for(3)
        rig.plant.records_steps = True
        sent_at_us = rig.now_us
        rig.send("stop")
        rig.run_for(2)

        assert rig.state == "paused"
        assert rig.last_step_at_us() - sent_at_us <= _TICK_US + _STOP_US


@pytest.mark.requirement("OVR-09", "TST-06", "TST-09")
@pytest.mark.parametrize("rate_ul_per_h", [1_000, 1_200_000])
@pytest.mark.parametrize("death", ["kill", "hang"])
@pytest.mark.parametrize("runtime", _RUNTIMES)
def test_a_dead_processor_leaves_the_plunger_still_within_80_ms(
    rate_ul_per_h: int, death: str, runtime: str
) -> None:
    """The queue starves, at any rate; the watchdog's reset does not resume."""
    with Rig(bench_order(rate_ul_per_h, 10 * _ML), runtime) as rig:
        rig.start()
        rig.run_for(3)
        rig.plant.records_steps = True
        died_at_us = rig.now_us
        if death == "kill":
            rig.board.kill()
        else:
            rig.board.hang()
        rig.board.coast(300_000)
        steps = rig.plant.step_count

        assert not rig.plant.motor_enabled
        assert all(at <= (died_at_us + 80_000) * 1000 for at, _, _ in rig.plant.step_times)
        if death == "hang":
            rig.run_until(lambda: "watchdog_reset" in rig.alarms, 5)
            rig.run_for(3)
            assert rig.state in {"idle", "staged", "confirmed"}
        else:
            rig.board.coast(5_000_000)
        assert rig.plant.step_count == steps


@pytest.mark.requirement("OVR-09")
def test_a_late_tick_stops_the_pump(tmp_path: Path) -> None:
    """TICK_OVERRUN: a loop that takes 60 ms has starved the queue, and says so."""
    (tmp_path / "main.py").write_text(
        "import time\n"
        "from pumpapp import loop\n"
        "from pumpapp.main import main\n"
        "tick = loop.Loop.tick\n"
        "def slow(self):\n"
        "    if self.tick_count == 1500:\n"
        "        time.sleep_ms(60)\n"
        "    tick(self)\n"
        "loop.Loop.tick = slow\n"
        "main()\n"
    )
    with Rig(bench_order(120_000, 10 * _ML), "micropython", firmware=tmp_path) as rig:
        rig.start()
        rig.run_until(lambda: "tick_overrun" in rig.alarms, 30)
        steps = rig.plant.step_count
        rig.run_for(2)

        assert rig.state == "held"
        assert rig.plant.step_count == steps


@pytest.mark.requirement("TST-13")
def test_an_exception_in_the_loop_stops_the_pump_for_good(tmp_path: Path) -> None:
    """Motor off, high alarm, never a prompt."""
    (tmp_path / "main.py").write_text(
        "from pumpapp import loop\n"
        "from pumpapp.main import main\n"
        "tick = loop.Loop.tick\n"
        "def broken(self):\n"
        "    if self.tick_count == 1500:\n"
        "        self.tick_count += 1\n"
        "        raise MemoryError('test')\n"
        "    tick(self)\n"
        "loop.Loop.tick = broken\n"
        "main()\n"
    )
    with Rig(bench_order(120_000, 10 * _ML), "micropython", firmware=tmp_path) as rig:
        rig.start()
        rig.run_until(lambda: "software_fault" in rig.alarms, 30)
        steps = rig.plant.step_count
        rig.run_for(2)

        assert rig.state == "fault"
        assert rig.plant.sounder in {"high", "off"}
        assert not rig.plant.motor_enabled
        rig.plant.press("acknowledge")
        rig.resume()
        assert rig.state == "fault"
        assert rig.plant.step_count == steps
