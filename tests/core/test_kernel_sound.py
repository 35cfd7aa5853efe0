"""What is heard of alarms: pauses, acknowledgements, and a sounder that is silent."""

import pytest
from core import pico
from core.pico import infusing, press
from core.pump_bench import PumpBench

from pumpcore import alarms, panel


def active(bench: PumpBench) -> int:
    """Alarms of both words, as positions of bits."""
    outputs = bench.outputs
    return outputs.alarms_low | outputs.alarms_high << alarms.IDENTS_PER_WORD


@pytest.mark.requirement("ALM-08", "ALM-09")
def test_an_audio_pause_is_silence_for_two_minutes_that_a_further_alarm_ends() -> None:
    bench = infusing()
    bench.is_closed = False
    bench.tick(3)
    assert press(bench, panel.KEY_AUDIO_PAUSE) == "none"
    assert bench.kernel.audio_pause() == 0
    silent = 0
    while bench.outputs.sounder == 0:
        bench.tick()
        silent += 1
        assert panel.LED_PATTERNS[bench.outputs.led] == "red_flash"
    assert silent * 20 <= 120_000
    assert silent * 20 >= 119_000
    bench.press(panel.KEY_AUDIO_PAUSE)
    assert bench.outputs.sounder == 0
    bench.is_seated = False
    bench.tick(2)

    assert panel.SOUNDER_PATTERNS[bench.outputs.sounder] == "high"
    assert bench.outputs.tone_on


def test_the_host_may_acknowledge_like_the_key() -> None:
    bench = infusing()
    bench.is_closed = False
    bench.tick(3)
    bench.is_closed = True
    bench.tick(3)
    assert bench.kernel.acknowledge() == 0
    bench.tick()

    assert bench.outputs.alarms_low == 0
    assert bench.state() == "held"


@pytest.mark.requirement("ALM-14", "ALM-15")
def test_a_silent_sounder_bars_the_check_that_it_was_heard_and_so_start() -> None:
    """The person may hear the second one; the pump does not believe it of the first."""
    bench = pico.booted()
    bench.stage()
    bench.confirm()
    bench.other_switches &= ~panel.SOUNDER_HEARD
    bench.purge()
    assert press(bench, panel.KEY_CHECK) == "none"
    bench.tick(60)
    assert active(bench) == 1 << alarms.by_name("sounder_fault").ident
    assert press(bench, panel.KEY_CHECK) == "sounder"
    assert press(bench, panel.KEY_START) == "checklist"
    bench.other_switches |= panel.SOUNDER_HEARD
    bench.tick(600)

    assert active(bench) == 0
    assert press(bench, panel.KEY_CHECK) == "none"
    assert press(bench, panel.KEY_CHECK) == "none"
    assert press(bench, panel.KEY_START) == "none"


@pytest.mark.requirement("ALM-15")
@pytest.mark.parametrize("priority", ["high", "medium", "low"])
def test_the_second_sounder_takes_over_within_five_seconds(priority: str) -> None:
    """Of any alarm; the infusion goes on."""
    bench = infusing()
    bench.other_switches &= ~panel.SOUNDER_HEARD
    if priority == "high":
        bench.is_closed = False
    elif priority == "medium":
        bench.other_switches &= ~panel.MAINS_PRESENT
    ticks = 0
    while not bench.outputs.second_tone_on:
        bench.tick()
        ticks += 1
        assert ticks < 2_000
        # A low alarm sounds now and then: it counts from the first tone on.
        if not bench.outputs.tone_on and active(bench) & ~alarms.NEAR_END == 0:
            ticks = 0

    assert ticks * 20 <= 5_000
    bench.tick(5)
    assert active(bench) >> alarms.by_name("sounder_fault").ident & 1
    assert bench.state() == ("held" if priority == "high" else "infusing")
    for _ in range(500):
        bench.tick()
        assert bench.outputs.second_tone_on == bench.outputs.tone_on
