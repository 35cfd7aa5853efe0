"""What the kernel tells of itself in every tick."""

import pytest
from core import pico
from core.pico import booted, in_state
from core.pump_bench import bench_order

from pumpcore import panel, report


@pytest.mark.requirement("LIB-14")
def test_motion_bits_tell_what_the_plunger_does() -> None:
    bench = in_state("staged")
    assert bench.outputs.motion == 0
    bench.press(panel.KEY_PRIME)
    bench.keys = panel.KEY_PRIME
    bench.tick(5)
    assert bench.outputs.motion == report.MOTION_ENABLED | report.MOTION_PURGE
    bench.keys = 0
    bench.tick(10)
    assert bench.outputs.motion == report.MOTION_ENABLED | report.MOTION_TAKE_UP
    bench = in_state("infusing")
    assert bench.outputs.motion == report.MOTION_ENABLED | report.MOTION_INFUSE
    bench.is_closed = False
    bench.tick(3)
    bench.press(panel.KEY_AUDIO_PAUSE)
    assert bench.outputs.motion == report.MOTION_AUDIO_PAUSED


def test_the_bits_of_motion_stand_in_the_order_of_their_constants() -> None:
    bits = (
        report.MOTION_ENABLED,
        report.MOTION_PURGE,
        report.MOTION_TAKE_UP,
        report.MOTION_INFUSE,
        report.MOTION_SECOND_PRESS,
        report.MOTION_AUDIO_PAUSED,
        report.MOTION_BACK_OFF,
        report.MOTION_OVERRIDDEN,
    )

    assert bits == tuple(1 << index for index in range(8))


@pytest.mark.requirement("LIB-02")
def test_an_override_is_told_in_every_tick_until_the_programme_is_gone() -> None:
    """LIB-02: shown again within 5 s; telemetry has it 50 times a second."""
    bench = booted()
    order = bench_order(26_250)
    order.override = 1
    assert bench.stage(order) == 0
    number = bench.kernel.programme.number
    bench.tick()
    assert bench.outputs.motion == report.MOTION_OVERRIDDEN
    assert bench.confirm() == 0
    bench.purge()
    bench.check_all()
    bench.press(panel.KEY_START)
    bench.tick(50)
    assert bench.state() == "infusing"
    assert bench.outputs.motion & report.MOTION_OVERRIDDEN
    bench.press(panel.KEY_STOP)
    assert bench.kernel.cancel(number) == 0
    bench.tick()

    assert bench.outputs.motion == 0


@pytest.mark.requirement("LIB-14")
def test_what_is_held_and_felt_is_reported() -> None:
    bench = pico.bench()
    bench.force_mn = 3_500
    bench.infuse(pico.FAST)
    bench.force_mn = 4_500
    bench.tick(3)

    assert bench.outputs.programme_number == 1
    assert (bench.outputs.force_mn, bench.outputs.baseline_mn) == (4_500, 3_500)
