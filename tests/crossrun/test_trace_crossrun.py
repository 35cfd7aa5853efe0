"""Made-up traces of keys, faults and commands give the same outputs on every interpreter."""

import pytest
from core.pico import BENCH, profile
from crossrun.interpreters import run_cpython, run_unix, run_wasm

_TRACE = BENCH.with_name("bench_trace.py")
_FIELDS = [
    "abort",
    "word_count",
    "is_forward",
    "may_enable",
    "minimum_interval_us",
    "tone_on",
    "second_tone_on",
    "red_on",
    "green_on",
    "blue_on",
    "led",
    "sounder",
    "state",
    "stop_reason",
    "alarms_low",
    "alarms_high",
    "commanded_ul_per_h",
    "delivered_microsteps",
    "force_mn",
    "baseline_mn",
    "motion",
    "checklist",
    "programme_number",
]
_SCRIPT = """
class Told(Player):
    hash = 1

    def tick(self, count, elapsed_us=20_000):
        for _ in range(count):
            Player.tick(self, 1, elapsed_us)
            outputs = self.bench.outputs
            value = self.hash
            for name in FIELDS:
                value = (value * 31 + int(getattr(outputs, name))) & 0xFFFFFF
            for index in range(outputs.word_count):
                value = (value * 31 + outputs.words[index]) & 0xFFFFFF
            self.hash = value


for seed in SEEDS:
    bench = PumpBench(PROFILE)
    bench.inputs.step_count = 0xFF00
    bench.force_mn = 3_000
    bench.boot()
    told = Told(bench)
    seen = []
    for step in made_up(seed, 25):
        told.do(*step)
        if bench.state() not in seen:
            seen.append(bench.state())
    print(seed, told.hash, bench.tick_count, bench.driven_step_count, " ".join(seen))
"""


def script(seeds: tuple[int, ...]) -> str:
    """The traces as source text for an interpreter that has only firmware/src."""
    trace = _TRACE.read_text(encoding="utf-8").replace("from core.pump_bench", "# from the bench")
    facts = (f"SEEDS = {seeds}", f"FIELDS = {_FIELDS!r}", f"PROFILE = {profile()!r}")
    return "\n".join([*facts, BENCH.read_text(encoding="utf-8"), trace, _SCRIPT])


@pytest.mark.requirement("DES-05", "PRC-05")
@pytest.mark.parametrize("first", [1, 11, 21])
def test_a_trace_has_the_same_outputs_on_every_interpreter(first: int) -> None:
    played = script(tuple(range(first, first + 3)))
    output = run_cpython(played)

    # The traces went where it matters.
    states = set(output.split())
    assert {"infusing", "held"} <= states
    assert output == run_unix(played)
    assert output == run_wasm(played)
