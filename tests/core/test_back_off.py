"""An occlusion in an elastic line: drawn back to little pressure, and every drop counted once."""

import pytest
from core import pico
from core.pico import press
from core.pump_bench import PumpBench, bench_order

from pumpcore import alarms, limits, panel

FL = 174_969_530
# 3 N of friction, 560 mm2, 1.5e-8 L/Pa.
FRICTION_MN = 3_000
NL_PER_PA = 15.0
AREA_M2 = 559.9e-6
PA_PER_MMHG = 133.322


class ElasticBench(PumpBench):
    """A bench whose plunger is loaded by friction and by a line that can be blocked."""

    def __init__(self, profile: dict) -> None:
        """Open, nothing stored."""
        super().__init__(profile)
        self.is_blocked = False
        self.stored_steps = 0
        self._edges = 0

    def sense(self, elapsed_us: int) -> None:
        super().sense(elapsed_us)
        moved = self.driven_step_count - self._edges
        self._edges = self.driven_step_count
        sign = 1 if self.outputs.is_forward else -1
        self.stored_steps += sign * moved
        if not self.is_blocked:
            self.stored_steps = 0
        if moved:
            self.force_mn = round(sign * FRICTION_MN + self.pressure_pa * AREA_M2 * 1_000)

    @property
    def pressure_pa(self) -> float:
        return self.stored_steps * FL / 1e6 / NL_PER_PA


def blocked(rate_ul_per_h: int = 100_000) -> ElasticBench:
    """Infusing into a line that has just been blocked, until the alarm comes."""
    bench = ElasticBench(pico.profile())
    bench.infuse(bench_order(rate_ul_per_h))
    bench.tick(2_000)
    bench.is_blocked = True
    for _ in range(5_000):
        bench.tick()
        if bench.outputs.alarms_low & alarms.OCCLUSION_DOWNSTREAM:
            return bench
    raise AssertionError("no occlusion")


@pytest.mark.requirement("OCC-03", "OVR-06")
@pytest.mark.parametrize("rate", [26_250, 100_000, 1_200_000])
def test_the_stored_volume_is_drawn_back_to_little_pressure_and_never_below_none(
    rate: int,
) -> None:
    """OCC-03, OVR-06: at most 70 mmHg is left, 0.2 mL is released."""
    bench = blocked(rate)
    peak_pa = bench.pressure_pa
    lowest_pa = peak_pa
    ticks = 0
    for _ in range(500):
        bench.tick()
        ticks += bench.kernel.motion.job != 0
        lowest_pa = min(lowest_pa, bench.pressure_pa)

    assert peak_pa > 290 * PA_PER_MMHG
    assert 0 <= lowest_pa <= bench.pressure_pa <= 70 * PA_PER_MMHG
    assert ticks * 20 <= limits.BACK_OFF_MS
    assert bench.state() == "held"
    assert bench.stored_steps * FL < 200_000 * 1_000_000


@pytest.mark.requirement("OCC-06")
def test_what_is_drawn_back_is_given_again_once_and_counts_once() -> None:
    """OCC-06: no early end, no drop twice."""
    bench = blocked()
    before = bench.outputs.delivered_microsteps
    bench.tick(500)
    drawn = before - bench.outputs.delivered_microsteps
    assert drawn > 2_000
    assert bench.outputs.delivered_microsteps > 0
    bench.is_blocked = False
    press(bench, panel.KEY_ACKNOWLEDGE)
    assert press(bench, panel.KEY_START) == "press_again"
    assert press(bench, panel.KEY_START) == "none"
    for _ in range(40_000):
        bench.tick()
        if bench.state() == "complete":
            break

    assert bench.state() == "complete"
    assert bench.outputs.delivered_microsteps == bench.programme.microsteps


@pytest.mark.requirement("SEC-11", "OVR-06")
def test_stop_ends_the_back_off_at_once() -> None:
    """SEC-11: whatever moves, whichever way."""
    bench = blocked()
    bench.tick(60)
    assert bench.kernel.motion.job != 0
    bench.keys = panel.KEY_STOP
    bench.tick(2)
    assert bench.outputs.abort
    bench.keys = 0
    bench.tick(20)
    steps = bench.outputs.delivered_microsteps
    bench.tick(500)

    assert bench.outputs.delivered_microsteps == steps


@pytest.mark.requirement("OVR-06", "OVR-09")
@pytest.mark.parametrize("name", ["is_closed", "is_seated"])
def test_any_other_alarm_ends_the_back_off(name: str) -> None:
    """OVR-06: only an occlusion draws back."""
    bench = blocked()
    bench.tick(60)
    setattr(bench, name, False)
    bench.tick(2)
    assert bench.outputs.abort
    setattr(bench, name, True)
    bench.tick(20)
    steps = bench.outputs.delivered_microsteps
    bench.tick(500)

    assert bench.outputs.delivered_microsteps == steps


@pytest.mark.requirement("OVR-06", "OCC-06")
@pytest.mark.parametrize("given", [1, 100])
def test_no_more_is_drawn_than_the_programme_has_given(given: int) -> None:
    bench = blocked()
    bench.tick()
    bench.kernel.motion.delivered_steps = given
    bench.kernel.motion._seal()
    bench.tick(500)

    assert bench.outputs.delivered_microsteps == 0


@pytest.mark.requirement("OCC-03", "OVR-06")
def test_where_the_motor_is_slow_five_seconds_end_it() -> None:
    """However much pressure is left."""
    bench = ElasticBench(pico.profile(plunger__max_step_rate_hz=400))
    bench.infuse(bench_order(100_000))
    bench.tick(2_000)
    bench.sense = lambda elapsed_us: PumpBench.sense(bench, elapsed_us)
    bench.force_mn = 60_000
    spans = []
    for _ in range(600):
        bench.tick()
        if bench.kernel.motion.job != 0 and not bench.outputs.is_forward:
            spans.append(bench.tick_count)

    assert spans == list(range(spans[0], spans[0] + limits.BACK_OFF_MS // 20))
    assert bench.state() == "held"


@pytest.mark.requirement("OCC-03")
@pytest.mark.parametrize(
    ("occlusion_mmhg", "max_step_rate_hz", "rate"),
    [(300, 2_500, 756_000), (600, 2_500, limits.MAX_RATE_UL_PER_H), (300, 400, 251_956)],
)
def test_the_whole_volume_takes_four_seconds_if_motor_and_pump_can(
    occlusion_mmhg: int, max_step_rate_hz: int, rate: int
) -> None:
    """840 uL at 300 mmHg."""
    bench = pico.booted(plunger__max_step_rate_hz=max_step_rate_hz)
    programme = pico.derived(bench)
    programme.occlusion_mmhg = occlusion_mmhg
    bench.kernel.back_off.adopt(programme)

    assert bench.kernel.back_off._rate_ul_per_h == rate


@pytest.mark.requirement("OVR-06")
def test_what_is_due_ends_with_the_next_programme() -> None:
    bench = pico.booted()
    back_off = bench.kernel.back_off
    back_off.adopt(pico.derived(bench))
    back_off.request()
    back_off.adopt(pico.derived(bench))
    bench.kernel.motion.delivered_steps = 1_000
    back_off.tick(20)

    assert bench.kernel.motion.job == 0


@pytest.mark.requirement("OVR-06")
def test_nothing_given_is_nothing_drawn_back() -> None:
    bench = blocked()
    bench.tick()
    bench.kernel.motion.delivered_steps = 0
    bench.kernel.motion._seal()
    for _ in range(500):
        bench.tick()
        assert bench.outputs.word_count == 0

    assert bench.outputs.is_forward
    assert bench.outputs.delivered_microsteps == 0


@pytest.mark.requirement("OVR-06")
def test_a_small_syringe_is_not_drawn_back() -> None:
    """Its friction hides what pressure is left."""
    bench = ElasticBench(pico.profile())
    order = bench_order(1_000, 1_000_000, 2_900_000)
    order.syringe = 2
    bench.infuse(order)
    bench.tick(200)
    for _ in range(200):
        bench.force_mn = 9_000
        bench.tick()

    assert bench.state() == "held"
    assert bench.kernel.motion.job == 0
    assert bench.outputs.is_forward


@pytest.mark.requirement("OVR-11", "ALM-12")
@pytest.mark.parametrize("state", ["paused", "held"])
def test_a_press_before_an_occlusion_is_no_half_of_the_resume_after_it(state: str) -> None:
    bench = pico.in_state(state)
    bench.press(panel.KEY_ACKNOWLEDGE)
    assert press(bench, panel.KEY_START) == "press_again"
    bench.force_mn = 60_000
    bench.tick(3)
    assert bench.outputs.alarms_low == alarms.OCCLUSION_DOWNSTREAM
    bench.force_mn = 3_000
    bench.tick(3)
    bench.press(panel.KEY_ACKNOWLEDGE)

    assert press(bench, panel.KEY_START) == "press_again"
    assert press(bench, panel.KEY_START) == "none"
