"""The fixture's loop on every interpreter: the same frames from the same stamps and commands."""

import pytest
from crossrun.interpreters import run_cpython, run_unix, run_wasm

from pumpcore.fixture.messages import TICK_NS

pytestmark = pytest.mark.requirement("DES-05")

# A board of arrays and lists: stamps come at a fixed pace, commands at fixed passes.
_RUN = """
from binascii import hexlify
from hashlib import sha256
from pumpapp.fixture_loop import FixtureLoop
from pumpcore.fixture.endpoint import FixtureEndpoint
from pumpcore.fixture.messages import SCHEMA, by_name
from pumpcore.wire.messages import TO_DEVICE, TO_HOST

PROFILE = {
    "board.name": "rig-fixture",
    "encoder.counts_per_turn": 400,
    "encoder.microsteps_per_turn": 3200,
    "force.zero_count": -120,
    "force.counts_per_n": 10000,
}
RING = 2048


class Clock:
    def __init__(self):
        # Just before the microseconds wrap.
        self.us = (1 << 30) - 100000

    def now_us(self):
        return self.us & (1 << 30) - 1

    def span_us(self, from_us, to_us):
        return to_us - from_us & (1 << 30) - 1


class Capture:
    def __init__(self):
        self.made_count = 0
        self.at = 0
        self.ring = bytearray(4 * RING)

    def start(self):
        self.stamp(2, 0x1FFFFFFE)

    def stamp(self, levels, clock):
        start = 4 * self.at % len(self.ring)
        self.at += 1
        for at in range(3):
            self.ring[start + at] = clock & 0xFF
            clock >>= 8
        self.ring[start + 3] = levels << 5 | clock

    def update(self):
        self.made_count = self.at

    def oldest(self):
        return max(0, self.made_count - RING + 128)

    def has_stalled(self):
        return False


class Encoder:
    count = 0

    def move(self, counts):
        self.count += max(-8, min(8, counts))


class Force:
    is_waiting = False

    def offer(self, raw_count):
        self.is_waiting = True

    def was_taken(self):
        self.is_waiting = False
        return True


class Part:
    log = []

    def __init__(self, name):
        self.name = name

    def set(self, value):
        Part.log.append((self.name, value))


class Buzzer:
    def count(self):
        return 7


class Uart:
    def __init__(self):
        self.sent = b""
        self.waiting = b""
        self.room = 0

    def any(self):
        return len(self.waiting)

    def readinto(self, buffer, count):
        buffer[:count] = self.waiting[:count]
        self.waiting = self.waiting[count:]
        return count

    def write(self, frame, count):
        count = min(count, self.room)
        self.room -= count
        self.sent += bytes(frame[:count])
        return count


class Board:
    def __init__(self):
        self.clock = Clock()
        self.capture = Capture()
        self.encoder = Encoder()
        self.force = Force()
        self.buzzer = Buzzer()
        self.uart = Uart()
        self.outputs = [Part(name) for name in range(10)]
        self.analogue = [Part(name) for name in "bpqc"]
        self.unique_id = b"12345678"


host = FixtureEndpoint(TO_HOST)
sender = FixtureEndpoint(TO_HOST)


def command(name, values):
    length = sender.write(by_name(name), values)
    board.uart.waiting += bytes(sender.outgoing[:length])


board = Board()
loop = FixtureLoop(board, PROFILE)
counts = {}
digest = b""
clock = 0x1FFFFFFE
for number in range(PASSES):
    if number == 3:
        command("set_capture", [2, 1])
        command("set_force", [3, 4000, 1500])
    if number == 10:
        command("set_output", [4, 2, 1])
        command("set_output", [5, 99, 1])
        command("set_output", [5, 0, 7])
        command("set_analogue", [6, 3, 40000])
        command("set_analogue", [6, 4, 1])
    if number == 60:
        command("set_encoder", [7, 0])
    if number == 90:
        command("set_encoder", [8, 1])
        command("set_encoder", [9, 3])
    if number == 150:
        command("set_force", [10, -9000, 0])
        command("set_capture", [11, 2])
    if number == 290:
        command("set_capture", [12, 0])
        command("hello_reply", [1, SCHEMA, "", "", "", SCHEMA, 1])
    board.clock.us += 5000 + number % 3
    # More than the line takes, for a while.
    for edge in range(BURST if 100 < number < 135 else number % 9):
        clock -= 100
        levels = (edge & 1) | 6 if number < 220 else (edge & 1) | 4
        board.capture.stamp(levels, clock)
    board.uart.room = 230
    loop.tick()
    for byte in board.uart.sent:
        message = host.take(byte)
        if message is not None:
            counts[message.name] = counts.get(message.name, 0) + 1
            values = [str(value) for value in host.values]
            digest = sha256(digest + " ".join([message.name] + values).encode()).digest()
            if message.name == "status":
                status = host.values
    board.uart.sent = b""
assert not host.error_count
print(sorted(counts.items()))
print(status)
print(sorted(Part.log, key=str))
print(hexlify(digest).decode())
"""


_LONG = _RUN.replace("PASSES", "320").replace("BURST", "120")
# Without a collector, in a megabyte.
_SHORT = _RUN.replace("PASSES", "160").replace("BURST", "12")


@pytest.fixture(scope="module")
def expected() -> str:
    """What CPython says."""
    return run_cpython(_LONG)


def test_it_tells_what_it_was_to_do(expected: str) -> None:
    counts, status, outputs, _ = expected.splitlines()

    assert "('answer', 13)" in counts
    # 320 passes of 5 ms, and the last conversions still to be told.
    assert "('conversion', 127)" in counts
    assert outputs == "[('c', 40000), (2, 1)]"
    fields = [int(value) for value in status.strip("[]").split(",")]
    at_ticks, levels, _, force_mn, is_capturing, follows, steps = fields[:7]
    # 1,600,319 us, of which nothing was rounded away on the way.
    assert at_ticks == 1_600_319 * 1_000 // TICK_NS
    assert (levels & 6, force_mn, is_capturing, follows) == (4, -9_000, 0, 1)
    assert steps > 1_500
    # The line was too slow for a while, and says so.
    assert fields[12] > 0


def test_micropython_tells_the_same(expected: str) -> None:
    assert run_unix(_LONG) == expected


def test_micropython_with_small_integers_tells_the_same() -> None:
    assert run_wasm(_SHORT) == run_cpython(_SHORT)
