"""The controller's end of the exchange: operations go out, virtual time and readings come in.

Every module of the overlay stands on this one. Nothing here allocates once it is attached: the
firmware runs with the collector off while it infuses. Time passes in `exchange` alone; what code
is declared to cost (`_cost.py`) runs the clock ahead, and passes with the next exchange.
"""

import struct
import sys
from array import array

from _layout import (
    IN_FAULT,
    IN_I2C,
    IN_INTERRUPT,
    IN_SEQUENCE,
    IN_TICK_COST_US,
    IN_TICKS_HIGH,
    IN_TICKS_LOW,
    IN_UART,
    IN_WORDS,
    OP_VERSION,
    OUT_HEADER,
    OUT_RX_TAKEN,
    OUT_SEQUENCE,
    OUT_SPAN_US,
    OUT_UART_TAKEN,
    OUT_WORDS,
)

TICKS_MASK = (1 << 30) - 1
IS_MICROPYTHON = sys.implementation.name == "micropython"

request = array("I", [0] * OUT_WORDS)
reply = array("I", [0] * IN_WORDS)

now_us = 0
# What the last reply says is out of date: a bit a state machine (with the DMA that feeds it), and
# one for the levels of the pins.
stale_mask = 0
PINS_STALE = 1 << 8
_ALL_STALE = (1 << 9) - 1
exchange_count = 0
# Pins that a state machine drives: their level is the pad's, not the last one that a Pin set.
pio_mask = 0

# The watchdog was fed, and what was done since has cost nothing yet.
is_tick_owed = False

# In place of `tick_start`: operations of this tick are gone already.
_WORKED = 0
# Where the operations so far end in the request, and where those of this tick begin.
end = OUT_HEADER
tick_start = OUT_HEADER
_spent_us = 0
_sequence = 0
_write = None
_read = None


if IS_MICROPYTHON:
    import uctypes

    _REQUEST_BYTES = uctypes.bytearray_at(uctypes.addressof(request), 4 * OUT_WORDS)
    UART_BYTES = uctypes.bytearray_at(uctypes.addressof(reply) + 4 * IN_UART, 256)
    I2C_BYTES = uctypes.bytearray_at(uctypes.addressof(reply) + 4 * IN_I2C, 56)
    # `pack_into` with a format of "64s" copies without allocating; slices would not.
    _FORMATS = [None] * 257

    def copy(count: int, source: object, target: object, start: int) -> None:
        """Copy the first `count` (at most 256) bytes of a buffer into another, from `start` on."""
        form = _FORMATS[count]
        if form is None:
            form = "%ds" % count
            _FORMATS[count] = form
        struct.pack_into(form, target, start, source)

    def _send(byte_count: int) -> None:
        _write(request, byte_count)

else:
    _REQUEST_BYTES = memoryview(request).cast("B")
    UART_BYTES = memoryview(reply).cast("B")[4 * IN_UART : 4 * IN_UART + 256]
    I2C_BYTES = memoryview(reply).cast("B")[4 * IN_I2C : 4 * IN_I2C + 56]

    def copy(count: int, source: object, target: object, start: int) -> None:
        """Copy the first `count` (at most 256) bytes of a buffer into another, from `start` on."""
        memoryview(target).cast("B")[start : start + count] = memoryview(source).cast("B")[:count]

    def store(target: object, index: int, value: int) -> None:
        """Store the low bits that the array's items have, as MicroPython does by itself."""
        target[index] = value & ((1 << 8 * memoryview(target).itemsize) - 1)

    def _send(byte_count: int) -> None:
        _write(_REQUEST_BYTES[:byte_count])


class BoardGone(SystemExit):
    """The board's end of the pipes is closed: power off."""


def attach(request_fd: int, reply_fd: int) -> None:
    """Take the two pipes and learn time, reset cause and levels; no virtual time passes."""
    global _write, _read
    if IS_MICROPYTHON:
        _write = open(request_fd, "wb").write
        _read = open(reply_fd, "rb").readinto
    else:
        _write = open(request_fd, "wb", 0).write
        _read = open(reply_fd, "rb", 0).readinto
    _introduce()


def attach_here(request_words: object, reply_words: object, swap: object) -> None:
    """As `attach`, in the board's own process: `swap` returns when the reply is in its place."""
    global request, reply, _REQUEST_BYTES, UART_BYTES, I2C_BYTES, _send, _read
    request = request_words
    reply = reply_words
    _REQUEST_BYTES = memoryview(request).cast("B")
    UART_BYTES = memoryview(reply).cast("B")[4 * IN_UART : 4 * IN_UART + 256]
    I2C_BYTES = memoryview(reply).cast("B")[4 * IN_I2C : 4 * IN_I2C + 56]
    _send = swap
    # There is nothing left to read: any length but zero will do.
    _read = len
    _introduce()


def _introduce() -> None:
    major, minor, patch = sys.implementation.version[:3]
    operate(OP_VERSION, major << 16 | minor << 8 | patch)
    exchange(0)


def exchange(span_us: int) -> None:
    """Send the operations so far, let `span_us` pass, and take the readings after it."""
    global end, tick_start, _spent_us, _sequence, now_us, stale_mask, exchange_count
    _sequence = (_sequence + 1) & TICKS_MASK
    request[OUT_SEQUENCE] = _sequence
    request[OUT_SPAN_US] = span_us + _spent_us
    _spent_us = 0
    _send(end << 2)
    # What was done before an exchange within a tick is still to be charged.
    tick_start = _WORKED if is_tick_owed and end != tick_start else OUT_HEADER
    end = OUT_HEADER
    request[OUT_RX_TAKEN] = 0
    request[OUT_UART_TAKEN] = 0
    if not _read(reply):
        raise BoardGone(0)
    if reply[IN_SEQUENCE] != _sequence:
        _catch_up()
    now_us = reply[IN_TICKS_LOW] | (reply[IN_TICKS_HIGH] << 32)
    stale_mask = 0
    exchange_count += 1


def _catch_up() -> None:
    """Skip replies of exchanges that Ctrl-C ended before theirs came; obey Ctrl-C or a fault."""
    global now_us, stale_mask, exchange_count
    while reply[IN_SEQUENCE] & TICKS_MASK != _sequence:
        if not _read(reply):
            raise BoardGone(0)
    if reply[IN_SEQUENCE] & IN_INTERRUPT:
        now_us = reply[IN_TICKS_LOW] | (reply[IN_TICKS_HIGH] << 32)
        stale_mask = 0
        exchange_count += 1
        raise KeyboardInterrupt
    if reply[IN_SEQUENCE] & IN_FAULT:
        # Imported for a fault alone: it would cost every firmware a part of its heap.
        import _fault

        _fault.obey()


def spend(span_us: int) -> None:
    """Code took so long: the clock shows it, and readings are out of date."""
    global now_us, _spent_us, stale_mask
    now_us += span_us
    _spent_us += span_us
    stale_mask |= _ALL_STALE


def charge_tick() -> None:
    """Let a tick cost its time, once: at the first look at the clock after it did something."""
    global is_tick_owed, now_us, _spent_us, stale_mask
    is_tick_owed = False
    span_us = reply[IN_TICK_COST_US]
    now_us += span_us
    _spent_us += span_us
    stale_mask |= _ALL_STALE


def ticks_us() -> int:
    """Microseconds, modulo 2^30; `time` has it from here."""
    if is_tick_owed and end != tick_start:
        charge_tick()
    return now_us & TICKS_MASK


def end_tick() -> None:
    """The watchdog was fed: the next tick begins."""
    global is_tick_owed, tick_start
    is_tick_owed = True
    tick_start = end


def refresh(mask: int) -> None:
    """Make these readings those after the operations so far; an exchange only if they are not."""
    if stale_mask & mask:
        exchange(0)


def spoil(mask: int) -> None:
    """Operations have changed what these readings would be."""
    global stale_mask
    stale_mask |= mask


def claim(mask: int) -> None:
    """A state machine drives these pins from now on."""
    global pio_mask
    pio_mask |= mask


def release(mask: int) -> None:
    """A Pin takes these pins back."""
    global pio_mask
    pio_mask &= ~mask


def room(word_count: int) -> int:
    """Words that still fit into the request; sends it first if fewer than `word_count` do."""
    if end + word_count > OUT_WORDS:
        exchange(0)
    return OUT_WORDS - end


def operate(code: int, argument: int) -> None:
    """Add an operation without payload."""
    global end
    if end == OUT_WORDS:
        exchange(0)
    request[end] = code << 24 | argument
    end += 1


def place() -> int:
    """Names the end of the operations so far; see `take_back`."""
    return exchange_count << 10 | end


def take_back() -> None:
    """Remove the last operation, one without payload that the caller has just added."""
    global end
    end -= 1


def operate_with(code: int, argument: int, first: int, second: int) -> None:
    """Add an operation with two words of payload."""
    global end
    if end + 3 > OUT_WORDS:
        exchange(0)
    request[end] = code << 24 | argument
    request[end + 1] = first & 0xFFFFFFFF
    request[end + 2] = second & 0xFFFFFFFF
    end += 3


def operate_words(code: int, argument: int, words: object, start: int, count: int) -> None:
    """Add an operation with `count` words of an array; they must fit, see `room`."""
    global end
    request[end] = code << 24 | argument
    index = end + 1
    while count > 0:
        request[index] = words[start] & 0xFFFFFFFF
        index += 1
        start += 1
        count -= 1
    end = index


def operate_bytes(code: int, argument: int, source: object, count: int) -> None:
    """Add an operation with the first `count` (at most 256) bytes of a buffer."""
    global end
    word_count = 1 + ((count + 3) >> 2)
    if end + word_count > OUT_WORDS:
        exchange(0)
    request[end] = code << 24 | argument
    copy(count, source, _REQUEST_BYTES, (end + 1) << 2)
    end += word_count


def operate_transfer(
    code: int, argument: int, place: int, freq_hz: int, source: object, count: int
) -> None:
    """Add an operation with a place, a frequency and the first `count` (at most 256) bytes."""
    global end
    room(3 + ((count + 3) >> 2))
    request[end] = code << 24 | argument
    request[end + 1] = place
    request[end + 2] = freq_hz
    copy(count, source, _REQUEST_BYTES, (end + 3) << 2)
    end += 3 + ((count + 3) >> 2)


def take_uart(count: int) -> None:
    """Note that the firmware took bytes of the UART's receive buffer."""
    request[OUT_UART_TAKEN] += count
