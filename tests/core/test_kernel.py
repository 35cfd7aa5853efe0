"""Keys and the course of an infusion, in the closed loop."""

import pytest
from core import pico
from core.pico import SHORT, booted, in_state, named, press
from core.pump_bench import bench_order

from pumpcore import alarms, panel, report, stop_reason
from pumpcore.interlock import STATES
from pumpcore.key_events import EVENT_KINDS


@pytest.mark.requirement("FLO-11", "LIB-16", "SYR-07")
@pytest.mark.parametrize("rate", [26_250, 1_200_000])
def test_an_infusion_delivers_its_programme_to_the_step_and_stands_still(rate: int) -> None:
    """No keep-open flow."""
    bench = pico.bench()
    volume_nl = 300_000 if rate == 26_250 else 17_500_000
    bench.infuse(bench_order(rate, volume_nl))
    purged = bench.kernel.motion.purged_steps
    started_at = bench.tick_count
    while bench.state() == "infusing":
        assert bench.outputs.commanded_ul_per_h == rate
        bench.tick()
    took_s = (bench.tick_count - started_at) * 0.02
    bench.tick(100)

    assert bench.state() == "complete"
    assert stop_reason.stop_reason_name(bench.outputs.stop_reason) == "volume_reached"
    assert bench.outputs.delivered_microsteps == bench.programme.microsteps
    assert bench.driven_step_count == bench.programme.microsteps + purged
    assert bench.moves_disabled_count == 0
    assert took_s == pytest.approx(volume_nl / rate * 3.6, abs=0.15)
    assert bench.outputs.commanded_ul_per_h == 0


@pytest.mark.requirement("FLO-11", "DES-01")
def test_every_edge_of_an_infusion_is_on_its_cycle() -> None:
    """0 ppm; also with ticks between 10 and 30 ms."""
    bench = pico.bench()
    bench.boot()
    bench.prepare()
    bench.stepper.record()
    bench.press(panel.KEY_START)
    for index in range(3_000):
        bench.tick(1, 10_000 + index * 7_919 % 20_000)
    edges = bench.stepper.recorded

    fl = bench.programme.femtolitres_per_microstep
    began = edges[0] // 2 - 45 * fl // 26_250
    assert len(edges) > 2_000
    assert [edge // 2 - began for edge in edges] == [
        45 * fl * count // 26_250 for count in range(1, len(edges) + 1)
    ]


@pytest.mark.requirement("SYR-04", "SYR-08")
def test_the_end_is_announced_before_and_signalled_after() -> None:
    bench = pico.bench()
    bench.infuse(bench_order(600_000, 40_000_000, 42_000_000))
    seen = []
    while bench.state() == "infusing":
        bench.tick()
        if bench.outputs.alarms_low:
            seen.append(bench.tick_count)
            assert bench.outputs.alarms_low == alarms.NEAR_END
            assert panel.SOUNDER_PATTERNS[bench.outputs.sounder] == "low"
    warned_s = (bench.tick_count - seen[0]) * 0.02
    bench.tick()

    assert 60 <= warned_s <= 900
    assert warned_s == pytest.approx(180, abs=0.1)
    assert bench.outputs.alarms_low == alarms.END_OF_INFUSION
    assert panel.SOUNDER_PATTERNS[bench.outputs.sounder] == "high"
    bench.tick(500)
    assert bench.outputs.alarms_low == alarms.END_OF_INFUSION
    bench.press(panel.KEY_ACKNOWLEDGE)
    assert bench.outputs.alarms_low == 0
    assert bench.state() == "complete"


@pytest.mark.requirement("OVR-11", "LIB-16")
@pytest.mark.parametrize("how", ["key", "link"])
def test_stop_pauses_and_two_presses_of_start_resume(how: str) -> None:
    """Nothing is lost, nothing given twice."""
    bench = pico.bench()
    bench.infuse(SHORT)
    bench.tick(20)
    if how == "key":
        bench.keys = panel.KEY_STOP
        bench.tick()
        assert not bench.outputs.abort
        bench.tick()
        bench.keys = 0
    else:
        assert bench.kernel.stop() == 0
        bench.tick()
    assert bench.outputs.abort
    assert bench.state() == "paused"
    assert stop_reason.stop_reason_name(bench.outputs.stop_reason) == f"stop_{how}"
    bench.tick(50)
    given = bench.outputs.delivered_microsteps
    assert press(bench, panel.KEY_ACKNOWLEDGE) == "none"
    assert press(bench, panel.KEY_START) == "press_again"
    assert bench.outputs.motion & report.MOTION_SECOND_PRESS
    assert bench.outputs.delivered_microsteps == given
    assert press(bench, panel.KEY_START) == "none"
    assert bench.state() == "infusing"
    assert bench.outputs.stop_reason == 0
    bench.tick(300)

    assert bench.state() == "complete"
    assert bench.outputs.delivered_microsteps == bench.programme.microsteps
    assert bench.driven_step_count == bench.kernel.motion.moved_steps


@pytest.mark.requirement("OVR-11")
def test_the_second_press_must_come_within_ten_seconds() -> None:
    bench = in_state("paused")
    assert press(bench, panel.KEY_START) == "press_again"
    bench.tick(500)
    assert press(bench, panel.KEY_START) == "press_again"
    assert press(bench, panel.KEY_START) == "none"


@pytest.mark.requirement("OVR-11")
@pytest.mark.parametrize("how", ["key", "link"])
def test_a_stop_between_the_two_presses_takes_the_first_back(how: str) -> None:
    bench = in_state("paused")
    assert press(bench, panel.KEY_START) == "press_again"
    if how == "key":
        bench.press(panel.KEY_STOP)
    else:
        bench.kernel.stop()
    assert press(bench, panel.KEY_START) == "press_again"
    assert bench.state() == "paused"


@pytest.mark.requirement("ALM-12", "OVR-11")
def test_an_alarm_between_the_two_presses_takes_the_first_back() -> None:
    """Acknowledge, then START twice."""
    bench = in_state("paused")
    assert press(bench, panel.KEY_START) == "press_again"
    bench.is_closed = False
    bench.tick(4)
    assert bench.state() == "held"
    bench.is_closed = True
    bench.tick(3)
    bench.press(panel.KEY_ACKNOWLEDGE)
    assert press(bench, panel.KEY_START) == "press_again"
    assert bench.state() == "held"
    assert press(bench, panel.KEY_START) == "none"
    assert bench.state() == "infusing"


@pytest.mark.requirement("SEC-11")
def test_stop_held_bars_start() -> None:
    bench = in_state("paused")
    bench.keys = panel.KEY_STOP
    bench.tick(5)
    assert press(bench, panel.KEY_START) == "stop_held"
    assert press(bench, panel.KEY_START) == "stop_held"
    assert bench.state() == "paused"


@pytest.mark.requirement("SEC-11")
def test_stop_at_the_moment_of_start_wins() -> None:
    bench = pico.bench()
    bench.boot()
    bench.prepare()
    bench.keys = panel.KEY_START | panel.KEY_STOP
    bench.tick(10)

    assert bench.state() == "confirmed"
    assert bench.outputs.abort


@pytest.mark.requirement("LIB-16")
def test_a_stop_after_the_last_step_is_resumed_to_complete_without_motion() -> None:
    bench = pico.bench()
    bench.infuse(SHORT)
    while bench.kernel.motion.pacer.issued_steps < bench.programme.microsteps:
        bench.tick()
    # In the tick that sees the last edges the key is accepted.
    bench.tick(1)
    bench.kernel.motion.delivered_steps = bench.programme.microsteps
    bench.kernel.stop()
    bench.tick(10)
    assert bench.state() == "paused"
    before = bench.stepper.edge_count
    bench.press(panel.KEY_START)
    bench.press(panel.KEY_START)
    bench.tick(10)

    assert bench.state() == "complete"
    assert bench.stepper.edge_count == before


@pytest.mark.requirement("DES-07")
@pytest.mark.parametrize("state", STATES)
def test_start_is_refused_by_name_where_it_is_not_possible(state: str) -> None:
    bench = in_state(state)
    answers = {
        "self_test": -1,
        "staged": "not_confirmed",
        "confirmed": "checklist",
        "paused": "press_again",
        "held": "alarm_active",
    }
    answer = bench.press(panel.KEY_START)
    expected = answers.get(state, "wrong_state")

    assert (answer if answer < 0 else named(answer)) == expected
    assert bench.state() == state


@pytest.mark.requirement("SYR-01")
@pytest.mark.parametrize("part", ["is_seated", "is_closed"])
def test_start_is_refused_without_a_syringe(part: str) -> None:
    bench = booted()
    bench.prepare()
    setattr(bench, part, False)
    bench.tick(3)

    assert press(bench, panel.KEY_START) == "not_seated"
    assert bench.state() == "confirmed"


def test_start_is_refused_while_the_purge_settles() -> None:
    bench = booted()
    bench.prepare()
    bench.kernel.motion._settle_ticks = 20

    assert press(bench, panel.KEY_START) == "busy"


@pytest.mark.requirement("ALM-12")
def test_start_is_refused_with_an_alarm_that_was_not_acknowledged() -> None:
    bench = booted()
    bench.prepare()
    bench.extra_edge_count = 10
    bench.tick()
    bench.extra_edge_count = 0
    bench.tick()

    assert bench.outputs.alarms_low == alarms.OVER_DELIVERY
    assert press(bench, panel.KEY_START) == "alarm_active"


@pytest.mark.requirement("SYR-05")
@pytest.mark.parametrize(("offset_nl", "answer"), [(-1_200_000, "fill_mismatch"), (0, "none")])
def test_start_is_refused_where_the_carriage_contradicts_the_fill(
    offset_nl: int, answer: str
) -> None:
    bench = booted()
    bench.prepare()
    bench.position_offset = int(offset_nl * 1e6 / 559.9e6 * 65_535 / 120_000)
    bench.tick()

    assert press(bench, panel.KEY_START) == answer


@pytest.mark.requirement("SYR-05", "LIB-12")
@pytest.mark.parametrize("offset_nl", [-1_200_000, 1_200_000])
def test_resuming_is_refused_where_another_syringe_was_put_in(offset_nl: int) -> None:
    """What was swapped in a pause is not the dose that was begun."""
    bench = in_state("paused")
    bench.position_offset = int(offset_nl * 1e6 / 559.9e6 * 65_535 / 120_000)
    bench.tick()

    assert press(bench, panel.KEY_START) == "fill_mismatch"
    assert press(bench, panel.KEY_START) == "fill_mismatch"
    assert bench.state() == "paused"


@pytest.mark.requirement("SYR-05")
def test_a_purge_held_too_long_leaves_what_the_dose_needs() -> None:
    """Else the syringe would be called empty before the dose is given."""
    bench = booted()
    assert bench.stage(bench_order(26_250, 10_000_000, 11_000_000)) == 0
    assert bench.confirm() == 0
    bench.purge(ticks=800)
    bench.check_all()
    assert bench.outputs.checklist == panel.CHECKLIST_COMPLETE

    assert press(bench, panel.KEY_START) == "none"


@pytest.mark.requirement("SYR-05")
def test_start_is_refused_where_more_was_purged_than_the_dose_leaves() -> None:
    """Whatever purged it."""
    bench = booted()
    assert bench.stage(bench_order(26_250, 10_000_000, 11_000_000)) == 0
    assert bench.confirm() == 0
    bench.purge(ticks=800)
    bench.check_all()
    bench.kernel.motion.purged_steps += 1_000
    bench.kernel.motion._seal()

    assert press(bench, panel.KEY_START) == "fill_short"


def test_a_key_of_the_self_test_is_not_obeyed_later() -> None:
    bench = pico.bench()
    bench.kernel.boot(0, False)
    bench.keys = panel.KEY_START
    bench.tick(10)
    bench.keys = 0
    bench.tick(30)

    assert bench.state() == "idle"
    assert bench.kernel.events.count == 0


def test_more_key_events_than_there_is_room_for_are_dropped_not_lost_track_of() -> None:
    bench = booted()
    for _ in range(10):
        bench.keys = panel.KEY_ACKNOWLEDGE
        bench.tick(2)
        bench.keys = 0
        bench.tick(2)

    assert bench.kernel.events.count == 8
    assert bench.kernel.events.kinds == [EVENT_KINDS.index("key_accepted")] * 8


@pytest.mark.requirement("LOG-01", "DES-07")
def test_a_refused_key_is_told_with_its_reason() -> None:
    bench = booted()
    bench.press(panel.KEY_START)

    assert bench.kernel.events.count == 1
    assert EVENT_KINDS[bench.kernel.events.kinds[0]] == "key_refused"
    assert named(bench.kernel.events.codes[0]) == "wrong_state"
    assert bench.kernel.events.values[0] == panel.KEY_START


def test_milliseconds_are_neither_lost_nor_made() -> None:
    bench = in_state("paused")
    bench.press(panel.KEY_START)
    left = bench.kernel.resume_left_ms
    bench.tick(1_000, 333)

    assert left - bench.kernel.resume_left_ms in (333, 334)
