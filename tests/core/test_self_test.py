"""The power-on self-test: each failure is found, named, and alone."""

from collections.abc import Callable

import pytest
from core import pico
from core.pump_bench import PumpBench

from pumpcore import alarms, panel
from pumpcore.self_test import SELF_TESTS


def with_switch(bench: PumpBench, switch: int) -> None:
    bench.other_switches |= switch


def without(bench: PumpBench, switch: int) -> None:
    bench.other_switches &= ~switch


SPOILT: dict[str, Callable[[PumpBench], None]] = {
    "force_sensor": lambda bench: setattr(bench, "has_force_sensor", False),
    "square_wave": lambda bench: setattr(bench, "has_reference", False),
    "carriage_position": lambda bench: setattr(bench, "position_offset", -60_000),
    "no_motion": lambda bench: setattr(bench, "extra_edge_count", 1),
    "stuck_key": lambda bench: setattr(bench, "keys", panel.KEY_START),
    "expander": lambda bench: without(bench, panel.EXPANDER_ALIVE),
    "driver": lambda bench: with_switch(bench, panel.DRIVER_FAULT),
    "battery": lambda bench: setattr(bench, "raw_battery", 0),
    "gate": lambda bench: with_switch(bench, panel.GATE_INTACT),
}


def failures(bench: PumpBench) -> list[str]:
    bits = bench.kernel.self_test_failures
    return [name for index, name in enumerate(SELF_TESTS) if bits >> index & 1]


@pytest.mark.requirement("TST-01")
def test_a_sound_board_is_idle_after_half_a_second() -> None:
    """At most 10 s."""
    bench = pico.bench()
    bench.kernel.boot(0, False)
    assert bench.state() == "self_test"
    bench.tick(25)

    assert bench.state() == "idle"
    assert failures(bench) == []


@pytest.mark.requirement("TST-01", "TST-02")
@pytest.mark.parametrize("name", SPOILT)
def test_each_failure_is_named_and_inhibits_everything(name: str) -> None:
    bench = pico.bench()
    SPOILT[name](bench)
    bench.boot()

    assert failures(bench) == [name]
    assert bench.state() == "fault"
    assert bench.outputs.alarms_low & alarms.SELF_TEST_FAILED
    assert panel.SOUNDER_PATTERNS[bench.outputs.sounder] == "high"


@pytest.mark.requirement("TST-01")
def test_a_potentiometer_at_its_upper_end_is_a_failure() -> None:
    bench = pico.bench()
    bench.position_offset = 60_000
    bench.boot()

    assert failures(bench) == ["carriage_position"]


@pytest.mark.requirement("TST-02")
@pytest.mark.parametrize("bit", range(3))
def test_what_the_board_found_at_boot_counts_too(bit: int) -> None:
    bench = pico.bench()
    bench.boot(failures=1 << bit)

    assert failures(bench) == [SELF_TESTS[bit]]
    assert bench.state() == "fault"


@pytest.mark.requirement("TST-01")
def test_several_failures_are_all_named() -> None:
    bench = pico.bench()
    bench.keys = panel.KEY_PRIME
    bench.has_force_sensor = False
    bench.boot(failures=1)

    assert failures(bench) == ["profile", "force_sensor", "stuck_key"]


@pytest.mark.requirement("TST-03")
def test_nothing_moves_and_no_key_acts_in_boot_and_self_test() -> None:
    bench = pico.bench()
    for state in ("boot", "self_test"):
        if state == "self_test":
            bench.kernel.boot(0, False)
        bench.keys = panel.KEYS
        for _ in range(10):
            bench.tick()
            assert bench.state() == state
            assert bench.outputs.abort
            assert not bench.outputs.may_enable
            assert bench.outputs.word_count == 0
        bench.keys = 0
        bench.tick(3)


@pytest.mark.requirement("FLO-10")
def test_counters_that_wrap_in_the_self_test_are_sound() -> None:
    bench = pico.bench()
    bench.inputs.reference_count = 0xFFF0
    bench.inputs.force_sample_count = 0xFE
    bench.inputs.step_count = 0xFFFF
    bench.boot()

    assert bench.state() == "idle"


@pytest.mark.requirement("OCC-11", "OVR-10")
@pytest.mark.parametrize("name", ["force_sensor", "square_wave"])
@pytest.mark.parametrize("at", [0, 1, 0x7F, 0xFF])
def test_a_sensor_that_stands_at_any_count_is_dead(name: str, at: int) -> None:
    bench = pico.bench()
    SPOILT[name](bench)
    bench.inputs.force_sample_count = bench.inputs.reference_count = at
    bench.boot()

    assert failures(bench) == [name]


@pytest.mark.parametrize(
    ("samples", "edges", "expected"),
    [
        (12, 25, ["clock"]),
        (11, 491, ["force_sensor"]),
        (12, 481, ["clock"]),
        (12, 482, []),
        (12, 500, []),
        (12, 501, ["clock"]),
        (12, 24, ["square_wave"]),
    ],
)
def test_so_many_conversions_and_edges_must_come_in_half_a_second(
    samples: int, edges: int, expected: list[str]
) -> None:
    """Of 80 conversions and 1024 edges a second; here all come in one tick."""
    bench = pico.bench()
    SPOILT["force_sensor"](bench)
    SPOILT["square_wave"](bench)
    bench.inputs.force_sample_count = bench.inputs.reference_count = 250
    bench.kernel.boot(0, False)
    bench.tick(10)
    bench.inputs.force_sample_count = (250 + samples) & 0xFF
    bench.inputs.reference_count = 250 + edges
    bench.tick(20)

    assert failures(bench) == expected


@pytest.mark.requirement("TST-01", "PWR-06")
@pytest.mark.parametrize(
    ("mv", "has_mains", "expected"),
    [
        (2_450, True, ["battery"]),
        (2_550, True, []),
        (3_340, True, []),
        (3_340, False, ["battery"]),
        (3_360, False, []),
    ],
)
def test_there_must_be_a_cell_and_without_mains_5_percent_in_it(
    mv: int, expected: list[str], *, has_mains: bool
) -> None:
    bench = pico.bench()
    bench.raw_battery = mv * 65_535 // 9_900
    if not has_mains:
        without(bench, panel.MAINS_PRESENT)
    bench.boot()

    assert failures(bench) == expected
