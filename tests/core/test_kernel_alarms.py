"""Every stopping alarm, raised through inputs while infusing, and in every state."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from core import pico
from core.pico import (
    RATE,
    assert_sounds_high,
    assert_stands,
    in_state,
    infusing,
    press,
)
from core.pump_bench import PumpBench

from pumpcore import alarms, panel, stop_reason
from pumpcore.alarms import ALARMS
from pumpcore.interlock import STATES

STOPPING = [alarm for alarm in ALARMS if alarm.stops]
SOUND = panel.MAINS_PRESENT | panel.EXPANDER_ALIVE | panel.SOUNDER_HEARD

Change = Callable[[PumpBench], None]


def setting(**attributes: object) -> Change:
    def change(bench: PumpBench) -> None:
        for name, value in attributes.items():
            setattr(bench, name, value)

    return change


def nearly_empty(bench: PumpBench) -> None:
    """Half a millilitre of a 50 mL syringe is 0.89 mm: 487 counts of the potentiometer."""
    bench.position_offset = 400 - bench.inputs.raw_position


def spoilt(begin: int, end: int = SOUND, **others: object) -> tuple[Change, Change]:
    """Switches beyond keys and seat, and what else is changed with them and back."""
    bench = PumpBench(pico.profile())
    before = {name: getattr(bench, name) for name in others}
    return setting(other_switches=begin, **others), setting(other_switches=end, **before)


def active(bench: PumpBench) -> int:
    """Alarms of both words, as positions of bits."""
    outputs = bench.outputs
    return outputs.alarms_low | outputs.alarms_high << alarms.IDENTS_PER_WORD


class Cause(NamedTuple):
    """How an alarm is raised and its cause removed, and within how many ticks it must stop."""

    alarm: str
    begin: Change
    end: Change
    ticks: int


# Switches count in their second reading, force in its second, the potentiometer in its third.
CAUSES = {
    "occlusion": Cause(
        "occlusion_downstream", setting(force_mn=30_000), setting(force_mn=3_000), 2
    ),
    "empty": Cause("syringe_empty", nearly_empty, setting(position_offset=0), 3),
    "no travel": Cause(
        "end_of_travel", setting(position_offset=-40_000), setting(position_offset=0), 1
    ),
    "unseated": Cause("plunger_unseated", setting(is_seated=False), setting(is_seated=True), 2),
    "open": Cause("barrel_open", setting(is_closed=False), setting(is_closed=True), 2),
    # 160 microsteps at 38 a tick
    "stall": Cause("motor_stall", setting(is_stalled=True), setting(is_stalled=False), 5),
    "dead encoder": Cause(
        "sensor_encoder", setting(is_encoder_stuck=True), setting(is_encoder_stuck=False), 5
    ),
    "backward screw": Cause(
        "reverse_motion", setting(extra_encoder_count=-15), setting(extra_encoder_count=0), 1
    ),
    "runaway screw": Cause(
        "over_delivery", setting(extra_encoder_count=30), setting(extra_encoder_count=0), 1
    ),
    "runaway steps": Cause(
        "over_delivery", setting(extra_edge_count=100), setting(extra_edge_count=0), 1
    ),
    "limiter": Cause("over_delivery", setting(has_gate=False), setting(has_gate=True), 1),
    # 155 microsteps at 38 a tick, of which the queue held back 39
    "dead steps": Cause(
        "motor_fault", setting(is_step_stuck=True), setting(is_step_stuck=False), 4
    ),
    "open bridge": Cause("sensor_force", setting(raw_force=0x7FFFFF), setting(raw_force=None), 3),
    "shorted bridge": Cause("sensor_force", setting(raw_force=0), setting(raw_force=None), 251),
    "late tick": Cause("tick_overrun", setting(elapsed_us=35_001), setting(elapsed_us=20_000), 1),
    "lost link": Cause("link_lost", setting(link_frame_count=0), setting(link_frame_count=1), 251),
    # Looked at every five ticks, five times.
    "no force": Cause("free_flow", setting(force_mn=0), setting(force_mn=3_000), 25),
    # Half a second, and the tick that finds it over.
    "smaller barrel": Cause("syringe_mismatch", *spoilt(SOUND, raw_barrel=44_000), 26),
    "open contact": Cause("contact_open", *spoilt(SOUND, raw_contact=35_900), 3),
    "cut contact": Cause("contact_open", *spoilt(SOUND, raw_contact=0xFFFF), 3),
    "heat": Cause("temperature_high", *spoilt(SOUND, raw_temperature=13_000), 1),
    # 0.2 mL at 6.67 uL a tick; the detector counts in its second reading.
    "air": Cause("air_in_line", *spoilt(SOUND | panel.AIR_SEEN), 32),
    "broken driver": Cause("motor_fault", *spoilt(SOUND | panel.DRIVER_FAULT), 2),
    "lost expander": Cause("expander_lost", *spoilt(panel.MAINS_PRESENT), 27),
    # Ten readings, a second apart; the first is due before.
    "empty battery": Cause(
        "battery_depleted", *spoilt(SOUND & ~panel.MAINS_PRESENT, raw_battery=20_000), 480
    ),
}


# Looked at every fifth tick: up to so many later, and one to begin the alarm.
SLOW_CAUSES = {
    "no force",
    "smaller barrel",
    "open contact",
    "cut contact",
    "heat",
    "air",
    "broken driver",
    "lost expander",
    "empty battery",
}


@pytest.mark.requirement(
    "OVR-09",
    "ALM-10",
    "ALM-12",
    "OCC-08",
    "SYR-02",
    "SYR-03",
    "SYR-09",
    "KET-12",
    "TST-16",
    "PWR-02",
)
@pytest.mark.parametrize("name", CAUSES)
def test_it_stops_in_the_tick_that_sees_it_latches_sounds_and_never_resumes(name: str) -> None:
    """Acknowledge, then START twice."""
    cause = CAUSES[name]
    bit = 1 << alarms.by_name(cause.alarm).ident
    bench = infusing()
    begun = bench.tick_count
    cause.begin(bench)
    for _ in range(cause.ticks - 1):
        bench.tick()
        assert not bench.outputs.abort
        assert active(bench) & bit == 0
    if name in SLOW_CAUSES:
        while not bench.outputs.abort and bench.tick_count < begun + cause.ticks + 6:
            bench.tick()
    else:
        bench.tick()
    assert_stands(bench)
    assert_sounds_high(bench)
    assert bench.outputs.tone_on
    assert bench.outputs.red_on
    assert bench.state() == "held"
    assert active(bench) & bit
    assert stop_reason.stop_reason_name(bench.outputs.stop_reason) == cause.alarm

    cause.end(bench)
    # An occlusion is drawn back for at most five seconds.
    bench.tick(300)
    edges = bench.stepper.edge_count
    for _ in range(600):
        bench.tick()
        assert_stands(bench)
        assert_sounds_high(bench)
        assert active(bench) & bit
    assert press(bench, panel.KEY_START) == "alarm_active"
    assert press(bench, panel.KEY_START) == "alarm_active"
    assert press(bench, panel.KEY_ACKNOWLEDGE) == "none"
    assert active(bench) == 0
    assert bench.outputs.sounder == 0
    for _ in range(600):
        bench.tick()
        assert_stands(bench)
    assert bench.stepper.edge_count == edges
    assert press(bench, panel.KEY_START) == "press_again"
    assert_stands(bench)
    assert press(bench, panel.KEY_START) == "none"
    bench.tick(5)
    assert bench.state() == "infusing"
    assert bench.stepper.edge_count > edges
    assert active(bench) & bit == 0


@pytest.mark.requirement("OCC-06", "LIB-16")
@pytest.mark.parametrize("name", CAUSES)
def test_what_was_given_before_and_after_an_alarm_is_the_programme(name: str) -> None:
    """The audit counts every edge once."""
    cause = CAUSES[name]
    bench = pico.bench()
    bench.link_frame_count = 1
    order = pico.bench_order(RATE, 1_000_000, 3_000_000)
    order.stop_on_link_loss = 1
    bench.infuse(order)
    bench.link_frame_count = 0
    bench.tick(cause.ticks if name == "lost link" else 20)
    cause.begin(bench)
    bench.tick(cause.ticks)
    cause.end(bench)
    bench.link_frame_count = 1
    # A battery that is charged is known to be so after ten readings.
    bench.tick(600 if "battery" in name else 10)
    bench.press(panel.KEY_ACKNOWLEDGE)
    bench.press(panel.KEY_START)
    bench.press(panel.KEY_START)
    bench.tick(300)

    assert bench.state() == "complete"
    excess = bench.outputs.delivered_microsteps - bench.programme.microsteps
    assert excess == 0
    assert bench.driven_step_count == bench.kernel.motion.moved_steps


@pytest.mark.requirement("OVR-03", "OVR-04")
@pytest.mark.parametrize(
    ("num", "den", "alarm"), [(2, 1, "under_delivery"), (1, 2, "over_delivery")]
)
def test_a_pacer_with_another_period_is_found_by_time_and_screw(
    num: int, den: int, alarm: str
) -> None:
    """Steps, audit and encoder agree; the rate is not what was ordered."""
    bench = infusing()
    motion = bench.kernel.motion
    given = motion.delivered_steps
    motion.pacer.period_cycles = motion.pacer.period_cycles * num // den
    motion._seal()
    ticks = 0
    while bench.state() == "infusing":
        bench.tick()
        ticks += 1
        assert ticks < 100
    assert stop_reason.stop_reason_name(bench.outputs.stop_reason) == alarm
    assert_stands(bench)
    assert_sounds_high(bench)
    bench.tick(10)

    given_nl = (
        (motion.delivered_steps - given) * bench.programme.femtolitres_per_microstep // 10**6
    )
    due_nl = RATE * ticks * 20 // 3_600
    # 0.1 mL, and what is in the queue of 80 ms at twice the rate.
    assert abs(given_nl - due_nl) < 100_000 + 2 * RATE * 80 // 3_600


@pytest.mark.requirement("OVR-09", "DES-06")
@pytest.mark.parametrize("alarm", STOPPING, ids=lambda alarm: alarm.name)
@pytest.mark.parametrize("state", STATES)
def test_no_stopping_alarm_leaves_the_plunger_an_output_in_any_state(
    alarm: alarms.Alarm, state: str
) -> None:
    """For every state, also in the middle of a purge."""
    bench = in_state(state)
    if state in ("staged", "confirmed"):
        bench.press(panel.KEY_PRIME)
        bench.keys = panel.KEY_PRIME
        bench.tick(20)
        assert not bench.outputs.abort
    word, bit = divmod(alarm.ident, alarms.IDENTS_PER_WORD)
    if word:
        bench.kernel._lasting_upper |= 1 << bit
    else:
        bench.kernel._pulses |= 1 << bit
    # An occlusion may draw the plunger back: not here.
    bench.kernel.back_off.request = lambda: None
    bench.tick()
    assert_stands(bench)
    assert (bench.outputs.alarms_high if word else bench.outputs.alarms_low) >> bit & 1
    after = "held" if state in ("infusing", "paused", "kvo") else state
    assert bench.state() == after
    for _ in range(100):
        bench.tick()
        assert_stands(bench)
    assert bench.state() == ("idle" if state == "self_test" else after)


@pytest.mark.requirement("TST-03", "DES-06")
@pytest.mark.parametrize("job", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("state", STATES)
def test_only_four_states_ever_drive_whatever_the_motion_holds(state: str, job: int) -> None:
    """A state and a job that do not go together end the job."""
    bench = in_state("confirmed")
    bench.kernel.state = STATES.index(state)
    bench.kernel._inverse_state = ~bench.kernel.state
    bench.kernel.keep_open._set(has_begun=True, target_steps=1_000)
    bench.kernel.keep_open._left_ms = 1_000
    bench.kernel.motion.begin(job, RATE, 174_970_000, 1_000)
    bench.keys = panel.KEY_PRIME
    bench.kernel._switches.stable = panel.KEY_PRIME | 3
    bench.kernel.preparation._take_up_left_ms = 1_000
    bench.kernel.tick(bench.inputs)
    allowed = (state, job) in (("infusing", 3), ("kvo", 5)) or (
        state in ("staged", "confirmed") and job in (1, 2)
    )

    assert bench.outputs.may_enable == allowed
    if not allowed:
        assert_stands(bench)
        assert bench.kernel.motion.job == 0


@pytest.mark.requirement("LOG-01")
def test_the_first_reason_is_kept() -> None:
    bench = infusing()
    bench.is_closed = False
    bench.tick(2)
    bench.force_mn = 50_000
    bench.tick(5)
    bench.press(panel.KEY_STOP)
    bench.kernel.stop()
    bench.tick(5)

    assert stop_reason.stop_reason_name(bench.outputs.stop_reason) == "barrel_open"
    assert bench.outputs.alarms_low == alarms.BARREL_OPEN | alarms.OCCLUSION_DOWNSTREAM


def test_of_two_alarms_in_one_tick_the_first_of_the_table_is_the_reason() -> None:
    bench = infusing()
    bench.is_closed = False
    bench.is_seated = False
    bench.tick(2)

    assert stop_reason.stop_reason_name(bench.outputs.stop_reason) == "plunger_unseated"


@pytest.mark.requirement("OVR-07")
def test_a_pause_becomes_held_by_an_alarm_and_keeps_its_reason() -> None:
    """An open syringe is judged between two halves of a dose."""
    bench = in_state("paused")
    bench.is_seated = False
    bench.tick(2)

    assert bench.state() == "held"
    assert stop_reason.stop_reason_name(bench.outputs.stop_reason) == "stop_key"
    assert_sounds_high(bench)


@pytest.mark.requirement("OCC-08")
def test_an_acknowledged_cause_that_lasts_still_bars_start() -> None:
    """No resume above half the limit."""
    bench = infusing()
    bench.force_mn = 30_000
    bench.tick(3)
    bench.force_mn = 16_000
    bench.tick(3)
    bench.press(panel.KEY_ACKNOWLEDGE)
    assert bench.outputs.alarms_low == alarms.OCCLUSION_DOWNSTREAM
    assert press(bench, panel.KEY_START) == "alarm_active"
    # Drawn back, friction acts the other way: 3 N more than the sensor reads are pressure.
    bench.force_mn = 8_000
    bench.tick(3)
    assert bench.outputs.alarms_low == 0
    assert bench.state() == "held"

    assert press(bench, panel.KEY_START) == "press_again"


@pytest.mark.requirement("ALM-12")
def test_an_alarm_in_a_purge_bars_the_rest_until_it_is_acknowledged() -> None:
    bench = in_state("staged")
    bench.press(panel.KEY_PRIME)
    bench.keys = panel.KEY_PRIME
    bench.tick(20)
    bench.is_stalled = True
    bench.tick(100)
    assert bench.state() == "staged"
    assert bench.outputs.alarms_low == alarms.MOTOR_STALL
    assert_sounds_high(bench)
    bench.keys = 0
    bench.is_stalled = False
    bench.tick(10)

    assert press(bench, panel.KEY_PRIME) == "alarm_active"
    assert press(bench, panel.KEY_CHECK) == "purge_first"


@pytest.mark.requirement("SEC-08")
def test_a_lost_link_only_alarms_where_the_programme_says_so() -> None:
    bench = pico.bench()
    bench.link_frame_count = 1
    bench.infuse(pico.bench_order(26_250))
    bench.link_frame_count = 0
    bench.tick(300)
    assert bench.state() == "infusing"
    assert bench.outputs.alarms_low == alarms.LINK_LOST
    assert panel.SOUNDER_PATTERNS[bench.outputs.sounder] == "medium"
    assert panel.LED_PATTERNS[bench.outputs.led] == "yellow_flash"
    bench.link_frame_count = 1
    bench.tick(2)

    assert bench.outputs.alarms_low == 0
    assert panel.LED_PATTERNS[bench.outputs.led] == "green"
