"""The wire on every interpreter: the same bytes, and no heap on a 32-bit MicroPython."""

import pytest
from crossrun.interpreters import run_cpython, run_unix, run_wasm

from pumpcore.wire.messages import KINDS, MESSAGES

_CONVERSATION = """
from hashlib import sha256
from binascii import hexlify
from pumpcore.limits import OutOfRange
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import KIND_ORDER, MESSAGES, TO_DEVICE, TO_HOST, by_name

TEXTS = ("", "pico", "16 bytes of text", "\\u00b5L/h \\u2265 0", "0123456789" * 6 + "abcd")
ends = {TO_DEVICE: Endpoint(TO_DEVICE), TO_HOST: Endpoint(TO_HOST)}
seed = 1
frame_count = 0
digest = b""


def drawn():
    global seed
    seed = (seed * 8121 + 28411) % 134456
    return seed >> 4


def drawn_value(kind):
    if kind.name[0] == "t":
        text = TEXTS[drawn() % len(TEXTS)]
        return text if len(text.encode()) <= kind.size_bytes else ""
    if kind.low is None:
        return bytes([drawn() & 0xFF for _ in range(kind.size_bytes)])
    value = 0
    for _ in range(drawn() % (kind.size_bytes + 1)):
        value = value << 8 | drawn() & 0xFF
    return kind.low + value % (kind.high - kind.low + 1)


def edges(kind):
    if kind.low is None:
        return ()
    return (kind.low, kind.low + 1, kind.high >> 1, kind.high - 1, kind.high)


def say(message, values):
    global digest, frame_count
    writer = ends[message.direction]
    length = writer.write(message, values)
    frame = bytes(writer.outgoing[:length])
    digest = sha256(digest + frame).digest()
    frame_count += 1
    reader = ends[message.direction]
    reader.feed(frame, length)
    assert reader.poll() is message
    assert reader.values == values, (message.name, values, reader.values)


for message in [MESSAGES[at] for at in range(PART, len(MESSAGES), 3)]:
    kinds = [KIND_ORDER[kind] for kind in message.kinds]
    values = [drawn_value(kind) for kind in kinds]
    for index in range(len(kinds)):
        usual = values[index]
        for value in edges(kinds[index]):
            values[index] = value
            say(message, values)
        values[index] = usual
        if kinds[index].low is not None:
            for value in (kinds[index].low - 1, kinds[index].high + 1):
                values[index] = value
                try:
                    say(message, values)
                except OutOfRange as error:
                    print(error)
            values[index] = usual
    print(message.name, frame_count, hexlify(digest).decode())

telemetry = by_name("telemetry")
names = [field.name for field in telemetry.fields]


class Row:
    pass


row = Row()
for _ in range(40):
    values = [drawn_value(KIND_ORDER[kind]) for kind in telemetry.kinds]
    say(telemetry, values)
    for name, value in zip(names, values):
        setattr(row, name, value)
    device = ends[TO_DEVICE]
    length = device.write_telemetry(values[0], row, row, values[-1])
    sealed = bytes(device.outgoing[:length])
    assert sealed == bytes(device.outgoing[:device.write(telemetry, values)])

host = ends[TO_HOST]
length = host.write(telemetry, host.values)
line = bytearray(host.outgoing[:length])
for at in range(length):
    line[at] ^= 1 << at % 8
    host.feed(line, length)
    message = host.poll()
    print(at, message, host.frame_count, host.error_count, host.last_error)
    line[at] ^= 1 << at % 8
print(frame_count, hexlify(digest).decode())
"""

_HEAP = """
import gc
import micropython
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_DEVICE, TO_HOST, KINDS, by_name


class Row:
    pass


# Inputs and outputs in one.
low, high, mixed = Row(), Row(), Row()
for field in by_name("telemetry").fields:
    setattr(low, field.name, KINDS[field.kind].low)
    setattr(high, field.name, KINDS[field.kind].high)
    setattr(mixed, field.name, KINDS[field.kind].high >> 1)
# As a small integer, which the negative of a large one is not.
low.delivered_microsteps = -0x3fffffff
device = Endpoint(TO_DEVICE)
host = Endpoint(TO_HOST)
line = bytearray(256)
length = host.write(by_name("ping"), [0xFFFF])
for at in range(length):
    line[at] = host.outgoing[at]


def write_telemetry():
    for count in range(1000):
        device.write_telemetry(count * 1000000, mixed, mixed, 7)
    device.write_telemetry(0, low, low, 0)
    device.write_telemetry(0x3fffffff, high, high, 0xffff)


def poll_nothing():
    for _ in range(1000):
        device.feed(line, 0)
        device.poll()


def receive_pings():
    for _ in range(1000):
        device.feed(line, length)
        device.poll()
        device.poll()


def receive_garbage():
    line[1] ^= 0x40
    for _ in range(1000):
        device.feed(line, 256)
        device.poll()
    line[1] ^= 0x40


for work in (write_telemetry, poll_nothing, receive_pings, receive_garbage):
    work()
    before = gc.mem_alloc()
    work()
    after = gc.mem_alloc()
    micropython.heap_lock()
    try:
        work()
    finally:
        micropython.heap_unlock()
    print(work.__name__, after - before)
print(device.frame_count, device.error_count)
"""


@pytest.mark.requirement("DES-05", "PRC-05")
@pytest.mark.parametrize("part", range(3))
def test_every_interpreter_says_the_same_bytes(part: int) -> None:
    """A third of the messages at a time: the 32-bit one collects no garbage."""
    kinds = [KINDS[field.kind] for message in MESSAGES[part::3] for field in message.fields]
    edge_count = 5 * sum(kind.low is not None for kind in kinds)
    script = f"PART = {part}\n{_CONVERSATION}"
    output = run_cpython(script)

    assert output.splitlines()[-1].startswith(f"{edge_count + 40} ")
    assert output == run_unix(script)
    assert output == run_wasm(script)


@pytest.mark.requirement("DES-03")
def test_integers_travel_without_heap_on_a_32_bit_micropython() -> None:
    """A thousand telemetry frames written, pings received, garbage refused: 0 bytes each."""
    output = run_wasm(_HEAP)

    assert output.splitlines() == [
        "write_telemetry 0",
        "poll_nothing 0",
        "receive_pings 0",
        "receive_garbage 0",
        "3000 3000",
    ]
