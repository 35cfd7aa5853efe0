"""What a tick of the real loop takes from the heap of a 32-bit MicroPython, its collector off.

The 64-bit interpreter hides it: its small integers hold what a device's do not.
"""

import pytest
from core import ketamine
from core.pico import BENCH, LOOP_BENCH, MEMORY_BENCH, profile
from crossrun.interpreters import run_wasm

from pumpapp.recorder import BUSY_TICK_BYTES
from pumpcore.motion import RATE_CHANGE_BYTES

MAX_RECORD_BYTES = 256
# Of the 245,888 bytes of a Pico, for what a key does, and the three records of it.
MAX_KEY_BYTES = 1_280 + 3 * MAX_RECORD_BYTES

_SCRIPT = """
import gc
import micropython
from hashlib import sha256
from pumpapp.flash_image import FlashImage
from pumpcore.library import Library
from pumpcore.wire.messages import by_name

bench = PumpBench(PROFILE)
memory = BenchMemory()
loop_bench = LoopBench(bench, BenchClock(), Library((ENTRY,), DIGEST), memory, 200000000)
# The collector of this interpreter is unsound; a device collects while it stands.
loop_bench.loop._tidy = lambda: setattr(loop_bench.commands, "spent_bytes", 0)
bench.force_mn = 3_000
loop_bench.tick(30)


def thousand_ticks():
    loop_bench.tick(1000)


def quiet(name):
    # Nor is the host missed here: link_lost would sound in every case.
    bench.kernel.conditions._is_host_known = False
    # What happened before is still being written.
    loop_bench.tick(20)
    before = gc.mem_alloc()
    thousand_ticks()
    after = gc.mem_alloc()
    micropython.heap_lock()
    try:
        thousand_ticks()
    finally:
        micropython.heap_unlock()
    print("quiet", name, bench.state(), bench.outputs.alarms_low, after - before)


def command(name, values):
    loop_bench.send(by_name(name), values)
    before = gc.mem_alloc()
    loop_bench.tick()
    print("command", name, gc.mem_alloc() - before, declared(name))
    loop_bench.tick()


def declared(name):
    return [row[2] for row in loop_bench.loop._commands._table if row[0] == name][0]


def key(name, bit):
    before = gc.mem_alloc()
    bench.keys |= bit
    loop_bench.tick(3)
    bench.keys &= ~bit
    loop_bench.tick(3)
    print("key", name, gc.mem_alloc() - before)


def prepare(number, rate, volume_nl, fill_nl, rows=(), kvo=0):
    bench.fit(fill_nl)
    for index in range(len(rows)):
        command("stage_step", [number, number, index, rows[index][0], rows[index][1],
            rows[index][2]])
    command("stage", [number, number, bytes(8), 0, 0, 0, 0, 0, 0, rate, volume_nl, 7, 0, fill_nl,
        0, 0, 0, len(rows), kvo, 0, bytes(8)])
    assert bench.kernel.programme.number == number
    command("confirm", [number, number, bench.kernel.programme.digest])
    key("prime", panel.KEY_PRIME)
    bench.keys = panel.KEY_PRIME
    loop_bench.tick(60)
    bench.keys = 0
    before = gc.mem_alloc()
    loop_bench.tick(300)
    print("key", "take-up", gc.mem_alloc() - before)
    key("check", panel.KEY_CHECK)
    loop_bench.tick(60)
    key("check", panel.KEY_CHECK)
    if bench.kernel.preparation.checklist != 7:
        key("check", panel.KEY_CHECK)
    key("start steps" if rows else "start", panel.KEY_START)
    assert bench.state() == "infusing", bench.state()


quiet("idle")
command("hello", [1, bytes(8)])
command("ping", [2])
command("inspect", [3])
command("read_journal", [3, 0])
command("read_ledger", [3])
command("read_keyframe", [3])
command("new_patient", [3, loop_bench.recorder.account.ledger.generation])
loop_bench.tick(40)
command("stage", [3, 3, DIGEST, 7, 1, 500000, 70000000000000, 2000000, 2400000, 0, 0, 7, 0,
    20000000, 1, 0, 150, 0, 0, 0, bytes(8)])
assert bench.kernel.programme.mass_ng == 35000000
command("cancel", [3, 3])
prepare(1, 26250, 17500000, 20000000)
quiet("slow")
bench.is_closed = False
loop_bench.tick(5)
quiet("alarm")
bench.is_closed = True
loop_bench.tick(5)
command("audio_pause", [4])
command("acknowledge", [5])
command("presence", [5])
command("vitals", [5, 120, 80, 60, 98, 1, 0])
command("read_sessions", [5])
quiet("held")
key("resume", panel.KEY_START)
key("resume", panel.KEY_START)
quiet("resumed")
command("stop", [6])
command("cancel", [6, 1])
prepare(2, 1200000, 40000000, 45000000)
quiet("fast")
has_moved = bench.kernel.motion.delivered_steps > 60000
command("stop", [6])
command("cancel", [6, 2])
prepare(3, 0, 0, 20000000, [[100000, 100000, 50000], [100000, 20000, 9000000]])
loop_bench.tick(100)
changes = 0
most = 0
between = 0
rate = bench.outputs.commanded_ul_per_h
for _ in range(1000):
    before = gc.mem_alloc()
    loop_bench.tick()
    taken = gc.mem_alloc() - before
    if bench.outputs.commanded_ul_per_h != rate:
        rate = bench.outputs.commanded_ul_per_h
        changes += 1
    if taken:
        between += 1
        most = max(most, taken)
print("ramp", bench.state(), changes, between, most)
command("stop", [6])
command("cancel", [6, 3])
prepare(4, 1200000, 1000000, 20000000, (), 1000)
motion = bench.kernel.motion
motion.spent_bytes = 0
most = 0
while bench.state() == "infusing":
    before = gc.mem_alloc()
    loop_bench.tick()
    most = max(most, gc.mem_alloc() - before)
print("kvo", bench.state(), most, motion.spent_bytes)
quiet("kvo")



class File:
    def readinto(self, buffer):
        return len(buffer)


def flash():
    image = FlashImage()
    image._file = File()
    image._hash = sha256()
    image.step()
    before = gc.mem_alloc()
    for _ in range(100):
        image.step()
    print("flash", gc.mem_alloc() - before)


flash()
print(has_moved, bench.moves_disabled_count)

recorder = loop_bench.recorder
writes = memory.write_count
before = gc.mem_alloc()
recorder.account.checkpoint.store()
print("checkpoint", gc.mem_alloc() - before, memory.write_count - writes)
most = 0
for value in range(200):
    before = gc.mem_alloc()
    recorder._note(1, 2, value, 3)
    queued = gc.mem_alloc() - before
    assert queued == 0
    recorder._append()
    most = max(most, gc.mem_alloc() - before)
print("record", most, recorder.journal.next_sequence > 200)
recorder.account.begin(bench.kernel.programme, DIGEST)
recorder.account.checkpoint.concentration_ng_per_ml = 2000000
recorder.account.checkpoint.microsteps = 60000
before = gc.mem_alloc()
recorder._end_episode()
recorder._write_one()
print("episode", gc.mem_alloc() - before, recorder.account.ledger.count)
"""


_BEGINNING = _SCRIPT[: _SCRIPT.index('quiet("idle")')]
_KEYED = """
prepare(2, 1200000, 40000000, 45000000)
from pumpapp.commands import _TAG_BYTES, LINK_NEEDS_KEY
from pumpapp.link_keys import LinkKeys
from pumpcore.memory import put
from pumpcore.wire import tag
keys = LinkKeys(bytes(32), loop_bench.board, loop_bench.recorder)
loop_bench.commands.require(keys)
loop_bench.commands.link_flags |= LINK_NEEDS_KEY
command("open_session", [7, 0, bytes(16)])


def add_tag(payload, end):
    session = keys.guard._offered or keys.guard._held
    payload[end] = session.number
    put(payload, end + 1, session.counter + 1, 4)
    put(payload, end + 5, loop_bench.loop.tick_count, 4)
    at = end + tag.MAC_AT
    payload[at : at + 16] = tag.mac(session.key, payload[1:at])
    return end + tag.TAG_BYTES


def tagged(name, values):
    host = loop_bench._host
    length = host.write(by_name(name), values, add_tag)
    loop_bench.board.receive(host.outgoing, length)
    before = gc.mem_alloc()
    loop_bench.tick()
    print("command", name + ",tagged", gc.mem_alloc() - before, declared(name) + _TAG_BYTES)
    loop_bench.tick()


tagged("audio_pause", [7])
tagged("acknowledge", [7])
tagged("stop", [6])
assert bench.state() == "paused", bench.state()
tagged("cancel", [6, 2])
"""


def told(script: str = _SCRIPT) -> list[list[str]]:
    """Words of each line that the script printed on the 32-bit interpreter."""
    benches = (BENCH, MEMORY_BENCH, LOOP_BENCH)
    sources = [path.read_text(encoding="utf-8") for path in benches]
    facts = (
        f"PROFILE = {profile(link__bench=True)!r}\n"
        f"ENTRY = {tuple(ketamine.ENTRY)!r}\nDIGEST = {ketamine.DIGEST!r}"
    )
    output = run_wasm("\n".join([facts, *sources, script]))
    return [line.split() for line in output.splitlines()]


@pytest.mark.requirement("DES-03", "PRC-05")
def test_a_tick_without_a_command_takes_no_heap_and_one_with_a_command_a_bounded_part() -> None:
    """A thousand ticks each, idle, infusing slowly and fast, held, with an alarm sounding."""
    lines = told()

    quiet = [line[1:] for line in lines if line[0] == "quiet"]
    assert quiet == [
        ["idle", "idle", "0", "0"],
        ["slow", "infusing", "0", "0"],
        ["alarm", "held", str(1 << 5), "0"],
        ["held", "held", "0", "0"],
        ["resumed", "infusing", "0", "0"],
        ["fast", "infusing", str(1 << 1), "0"],
        ["kvo", "kvo", str(1 << 2), "0"],
    ]
    taken = [line for line in lines if line[0] in ("command", "key")]
    assert len(taken) > 20
    for kind, name, *bound in taken:
        count = bound.pop(-1 if kind == "key" else 0)
        # The records of what happened are declared by the recorder.
        most = int(bound[0]) + MAX_RECORD_BYTES if kind == "command" else MAX_KEY_BYTES
        if bound == ["steps"]:
            most += RATE_CHANGE_BYTES
        assert int(count) <= most, name
    assert ["flash", "0"] in lines
    (ramp,) = [line[1:] for line in lines if line[0] == "ramp"]
    # A rate a second, each in two ticks at most: where it is issued, and where it is watched.
    assert ramp[0] == "infusing"
    assert int(ramp[1]) in (18, 19, 20)
    assert int(ramp[2]) <= 2 * int(ramp[1]) + 2
    assert 2 * int(ramp[3]) <= RATE_CHANGE_BYTES
    (kept_open,) = [line[1:] for line in lines if line[0] == "kvo"]
    # It begins in one tick, which is recorded too.
    assert kept_open[0] == "kvo"
    assert int(kept_open[1]) <= int(kept_open[2]) + BUSY_TICK_BYTES
    assert int(kept_open[2]) == RATE_CHANGE_BYTES
    moved, checkpoint, record, episode = lines[-4:]
    assert moved == ["True", "0"]
    assert checkpoint == ["checkpoint", "0", "1"]
    # What SHA-256 takes: its state and a digest.
    assert (record[0], record[2]) == ("record", "True")
    assert int(record[1]) <= MAX_RECORD_BYTES
    assert (episode[0], episode[2]) == ("episode", "1")
    assert int(episode[1]) <= BUSY_TICK_BYTES


@pytest.mark.requirement("DES-03", "SEC-05")
def test_a_command_under_a_key_takes_what_is_declared_for_it_and_its_tag() -> None:
    taken = [line[1:] for line in told(_BEGINNING + _KEYED) if line[0] == "command"]
    tagged = [line for line in taken if line[0].endswith(",tagged")]
    assert len(tagged) == 4
    for name, count, declared in [*tagged, *(line for line in taken if line[0] == "open_session")]:
        assert int(count) <= int(declared), name
