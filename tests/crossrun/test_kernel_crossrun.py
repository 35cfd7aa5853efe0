"""The same session on every interpreter: every frame the loop sends is equal, bit for bit.

CPython, 64-bit MicroPython, and a 32-bit one whose small integers end at 2^30, as a device's do.
"""

import pytest
from core import ketamine
from core.pico import BENCH, LOOP_BENCH, profile
from crossrun.interpreters import run_cpython, run_unix, run_wasm

_SCRIPT = """
from pumpcore.library import Library
from pumpcore.wire.messages import by_name


class Random:
    def __init__(self, seed):
        self.seed = seed

    def below(self, bound):
        self.seed = (self.seed * 8121 + 28411) % 134456
        return (self.seed >> 3) % bound


class LateClock(BenchClock):
    # A tick begins up to 9 ms after it is due.
    def sleep_until(self, at_us):
        late_us = self.at_us - at_us
        self.at_us = max(self.at_us, at_us) + random.below(9000)
        return late_us


class Hash:
    def __init__(self):
        self.value = 1
        self.frame_count = 0
        self.keyframe_parts = 0

    def take(self, buffer, count):
        value = self.value
        for index in range(count):
            value = (value * 31 + buffer[index]) & 0xFFFFFF
        self.value = value
        self.frame_count += 1
        if buffer[1] == 0x41:
            self.keyframe_parts += 1


random = Random(SEED)
bench = PumpBench(PROFILE)
# Counters stand just before they wrap.
bench.inputs.step_count = 0xFF00
bench.inputs.encoder_count = 0xFFF0
loop_bench = LoopBench(bench, LateClock(), Library((ENTRY,), DIGEST))
loop_bench.loop.inputs = bench.inputs
loop_bench.loop._tidy = lambda: setattr(loop_bench.commands, "spent_bytes", 0)
sent = Hash()
loop_bench.board.sink = sent.take
kernel = bench.kernel
request = 0


def tick(count=1):
    for _ in range(count):
        bench.force_mn = base_mn + random.below(400) - 200
        bench.position_offset = random.below(5) - 2
        if random.below(50) == 0:
            say("ping")
        if random.below(200) == 0:
            loop_bench.board.receive(b"\\x05\\x01garbage\\x00", 10)
        loop_bench.tick()
        if bench.tick_count % 500 == 0:
            tell()


def tell():
    outputs = bench.outputs
    print(bench.tick_count, bench.state(), outputs.delivered_microsteps, outputs.alarms_low,
        outputs.baseline_mn, outputs.stop_reason, sent.frame_count, sent.value)


def say(name, *values):
    global request
    request += 1
    loop_bench.send(by_name(name), [request] + list(values))


def press(key, ticks=3):
    # with a bounce at each end
    bench.keys |= key
    tick()
    bench.keys &= ~key
    tick()
    bench.keys |= key
    tick(ticks)
    bench.keys &= ~key
    tick()
    bench.keys |= key
    tick()
    bench.keys &= ~key
    tick(3)


def prepare(number):
    say("confirm", number, kernel.programme.digest)
    press(panel.KEY_PRIME)
    press(panel.KEY_PRIME, 80)
    tick(270)
    press(panel.KEY_CHECK)
    tick(60)
    press(panel.KEY_CHECK)
    press(panel.KEY_CHECK)
    press(panel.KEY_START)


def resume():
    press(panel.KEY_ACKNOWLEDGE)
    press(panel.KEY_START)
    press(panel.KEY_START)


base_mn = 3000
tick(40)
say("stage", 1, DIGEST, 7, 1, 500000, 70000000000000, 2000000, 2400000, 0, 0, 7, 0,
    20000000, 1, 0, 0, 0, 0, 0, bytes(8))
bench.fit(20000000)
tick(2)
prepare(1)
tick(1500)
tell()
base_mn = 28000
tick(60)
tell()
press(panel.KEY_AUDIO_PAUSE)
base_mn = 3000
tick(60)
resume()
tick(400)
press(panel.KEY_STOP)
tick(200)
resume()
say("read_keyframe")
bench.is_encoder_stuck = True
tick(400)
bench.is_encoder_stuck = False
resume()
bench.extra_edge_count = 5
tick()
bench.extra_edge_count = 0
tick(30)
resume()
tick(600)
say("stop")
tick(20)
say("cancel", 1)
tick(20)
tell()
say("stage", 2, bytes(8), 0, 0, 0, 0, 0, 0, 1200000, 12000000, 7, 0, 20000000, 0, 1, 400, 0,
    1000, 0, bytes(8))
bench.fit(20000000)
tick(2)
prepare(2)
for _ in range(40):
    tick(random.below(30) + 1)
    if random.below(3) == 0:
        say("stop")
        tick(6)
        resume()
    if random.below(4) == 0:
        bench.is_closed = False
        tick(3)
        bench.is_closed = True
        tick(3)
        resume()
tick(1900)
tell()
say("stop")
tick(20)
tell()
loop_bench.board.bench.kernel.fail()
tick(20)
tell()
print(bench.driven_step_count, bench.moves_disabled_count, loop_bench.commands.last_request_id,
    loop_bench.endpoint.frame_count, loop_bench.endpoint.error_count, sent.keyframe_parts)
"""


def script(seed: int) -> str:
    """The session as source text for an interpreter that has only firmware/src."""
    facts = (
        f"SEED = {seed}",
        f"PROFILE = {profile(link__bench=True)!r}",
        f"ENTRY = {tuple(ketamine.ENTRY)!r}",
        f"DIGEST = {ketamine.DIGEST!r}",
    )
    sources = [path.read_text(encoding="utf-8") for path in (BENCH, LOOP_BENCH)]
    return "\n".join([*facts, *sources, _SCRIPT])


@pytest.mark.requirement("DES-05", "PRC-05")
@pytest.mark.parametrize("seed", [1, 77])
def test_every_interpreter_sends_the_same_frames(seed: int) -> None:
    """Design decision 1: the very same file runs everywhere, and says the same."""
    session = script(seed)
    output = run_cpython(session)

    # The session went where it should: through every alarm and both doses.
    words = [line.split() for line in output.splitlines()]
    states = {line[1] for line in words}
    assert {"infusing", "held", "kvo", "complete", "fault"} <= states
    # The kernel's whole state, in two dozen parts each time.
    assert int(words[-1][-1]) > 20 * 10
    assert output == run_unix(session)
    assert output == run_wasm(session)
