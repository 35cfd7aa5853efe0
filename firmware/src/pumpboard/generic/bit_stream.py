"""The stepper axis on an I2S transmitter: STEP is its data line, a bit of one microsecond each.

DMA feeds the transmitter, which sends silence when nothing is left: it starves to a stop, and STEP
stays low. A tick's words become bits at their exact cycles, cut to whole microseconds, of which
none adds up: the stream is as long as the words are. It is handed over in the parts that the
port's DMA moves, so that no part waits half filled; what has begun to fill one waits here for at
most a part. Words queue for 40 to 60 ms, see pumpcore.pacer.

There is no limiter in hardware, as the PIO boards have one: the driver refuses steps that come too
soon, and a second pin, GATE, cuts ENABLE whatever the stream does. ENABLE itself is a charge pump
that `drive` feeds with one edge a tick: it outlives the last tick by what it holds,
`stream.enable_hold_ms`.
"""

import struct

from machine import I2S, Pin

from pumpboard.generic.clock import Clock
from pumpcore._compat import Any, const
from pumpcore.check_in import ACTED
from pumpcore.pacer import WORD_OVERHEAD_CYCLES
from pumpcore.profile import Profile
from pumpcore.tick_io import Outputs

# Frames of two samples of 16 bits: 1 Mbit/s.
_FRAMES_A_S = const(31_250)
_BYTES_A_MS = const(125)
# 12.5 cycles of the pacer's a bit, in halves of a cycle.
_HALVES_A_BIT = const(25)
# STEP is high for two bits: 1.9 us is what a DRV8825 needs (data sheet SLVSA73F, 7.6).
_HIGH_BITS = const(2)
# The queue of 60 ms, a part that fills, one of silence, and one that is being sent.
_BUFFER_MS = const(90)
# What a transmitter that runs dry has beyond what is known to be ahead: its phase, and two parts
# that it must have filled with silence.
_DRAIN_PARTS = const(4)
# With less than this ahead, what fills a part goes out with silence behind it: the motion's end.
_FLUSH_US = const(25_000)
# A span that is longer than any interval between two steps that is refused.
_LONG_HALVES = const(1 << 28)


class Plunger:
    """STEP, DIR, GATE and the edges that keep ENABLE's charge pump up."""

    def __init__(
        self, profile: Profile, part_bytes: int, on_open: Any = None, *, drains: bool = False
    ) -> None:
        """Everything low, the stream silent.

        `part_bytes` is what the port's DMA moves at once. `on_open` is called whenever the
        transmitter has taken its pins. With `drains` one that is opened begins with what was left
        in it: after a stop it runs dry at no pin, and is opened anew then. That takes less than
        the 100 ms that pumpcore.motion leaves between a stop and the next words.
        """
        self._drains = drains
        self._is_draining = False
        self._is_closed = False
        self._drained_in_us = 0
        self._cut_at_us = 0
        self._on_open = on_open
        self._step_pin = profile["plunger.step_pin"]
        self._clock_pin = profile["stream.clock_pin"]
        self._select_pin = profile["stream.select_pin"]
        self._i2s = profile["stream.i2s"]
        self._dir = Pin(profile["plunger.dir_pin"], Pin.OUT, value=1)
        self._gate = Pin(profile["plunger.gate_pin"], Pin.OUT, value=0)
        self._enable = Pin(profile["plunger.enable_pin"], Pin.OUT, value=0)
        self._level = 0
        self._part_bytes = part_bytes
        self._part_us = part_bytes * 1_000 // _BYTES_A_MS
        parts = _BUFFER_MS * _BYTES_A_MS // part_bytes + 1
        self._buffer_bytes = parts * part_bytes
        self._buffer = bytearray(self._buffer_bytes)
        whole = memoryview(self._buffer)
        # Made once, because a slice allocates.
        self._parts = [whole[at : at + part_bytes] for at in range(0, len(whole), part_bytes)]
        self._part_halves = part_bytes * 8 * _HALVES_A_BIT
        # What is being sent is no place for new words.
        self._room_halves = (parts - 1) * self._part_halves
        self._silence = bytes(part_bytes)
        self._form = "%ds" % part_bytes
        self._clock = Clock()
        self._stream: Any = None
        self._is_running = False
        self._rest()
        self._open()

    def drive(self, outputs: Outputs) -> int:
        """Send this tick's words and keep ENABLE alive, or stop if `outputs.abort`; ACTED.

        The direction is that of the first call after a stop. OverflowError for more than the
        buffer holds, ValueError for a step sooner than `outputs.minimum_interval_us` after the
        last one, RuntimeError for words that come before the transmitter is there again: the
        caller stops.
        """
        if outputs.abort or not outputs.may_enable:
            self._cut()
            self._open()
            return ACTED
        if not self._is_running:
            self._begin(outputs.is_forward)
        else:
            self._pass()
        self._open()
        if outputs.word_count:
            least_halves = outputs.minimum_interval_us * _HALVES_A_BIT
            self._lay(outputs.words, outputs.word_count, least_halves)
        self._send()
        self._level ^= 1
        self._enable.value(self._level)
        return ACTED

    def stop(self) -> None:
        """Cut ENABLE and drop the stream now, as a last resort; harmless when stopped.

        The transmitter is closed, for the interpreter may start anew under its interrupts. Where
        it would begin again with what it has not sent, it stays closed until the power is cut.
        """
        was_running = self._is_running
        self._cut()
        if self._stream is not None:
            self._stream.deinit()
            self._stream = None
        self._is_closed = self._is_closed or (self._drains and (was_running or self._is_draining))
        self._is_draining = False

    def _cut(self) -> None:
        if not self._is_running:
            return
        self._gate.value(0)
        self._level = 0
        self._enable.value(0)
        if self._stream is not None and not self._drains:
            self._stream.deinit()
            self._stream = None
        # The pad is the transmitter's no more; nothing else holds it low.
        Pin(self._step_pin, Pin.OUT, value=0)
        if self._stream is not None:
            self._is_draining = True
            self._drained_in_us = self._ahead_us + _DRAIN_PARTS * self._part_us
            self._cut_at_us = self._clock.now_us()
        for part in range(len(self._parts)):
            self._clear(part)
        self._rest()
        # last: a stop that was interrupted is done again
        self._is_running = False

    def _open(self) -> None:
        """Have a transmitter that sends silence at STEP, as soon as it can be had."""
        if self._is_closed:
            return
        if self._is_draining:
            now_us = self._clock.now_us()
            if self._clock.span_us(self._cut_at_us, now_us) < self._drained_in_us:
                return
            self._stream.deinit()
            self._stream = None
            self._is_draining = False
        if self._stream is None:
            self._listen()

    def _rest(self) -> None:
        """Nothing is laid: the next word begins the buffer."""
        # The part that fills, and where the next word begins, from that part's beginning.
        self._part = 0
        self._at_halves = 0
        self._since_step_halves = _LONG_HALVES
        # What was handed over and is not sent yet, at that moment.
        self._ahead_us = 0
        self._moment_us = 0

    def _listen(self) -> None:
        """Let the transmitter send silence, so that its first part finds it running."""
        Pin(self._step_pin, Pin.OUT, value=0)
        self._stream = I2S(
            self._i2s,
            sck=Pin(self._clock_pin),
            ws=Pin(self._select_pin),
            sd=Pin(self._step_pin),
            mode=I2S.TX,
            bits=16,
            format=I2S.STEREO,
            rate=_FRAMES_A_S,
            ibuf=self._buffer_bytes,
        )
        if self._on_open is not None:
            self._on_open()

    def _begin(self, is_forward: bool) -> None:
        # first: whatever fails below, stop() undoes it
        self._is_running = True
        self._dir.value(1 if is_forward else 0)
        self._gate.value(1)
        self._moment_us = self._clock.now_us()

    def _pass(self) -> None:
        """What was sent since the last tick is no longer ahead."""
        now_us = self._clock.now_us()
        left_us = self._ahead_us - self._clock.span_us(self._moment_us, now_us)
        self._ahead_us = left_us if left_us > 0 else 0
        self._moment_us = now_us

    def _lay(self, words: list[int], count: int, least_halves: int) -> None:
        """Write words as bits behind those that are there."""
        for index in range(count):
            word = words[index]
            if word & 1:
                if self._since_step_halves < least_halves:
                    raise ValueError("stepper: a step sooner than the shortest interval")
                self._since_step_halves = 0
                self._raise(self._at_halves // _HALVES_A_BIT)
            halves = ((word >> 1) + WORD_OVERHEAD_CYCLES) << 1
            self._at_halves += halves
            if self._since_step_halves < _LONG_HALVES:
                self._since_step_halves += halves
            if self._at_halves > self._room_halves:
                raise OverflowError("stepper queue: more words than it holds")

    def _raise(self, bit: int) -> None:
        """STEP is high from that bit of this part on."""
        first = self._part * self._part_bytes
        for at in range(bit, bit + _HIGH_BITS):
            # Samples go out high byte first, and lie low byte first.
            place = (first + (at >> 3 ^ 1)) % self._buffer_bytes
            self._buffer[place] |= 0x80 >> (at & 7)

    def _send(self) -> None:
        """Hand over every part that is full, and the last one before the stream would starve."""
        if self._at_halves and not self._ahead_us:
            # Silence first: if DMA has begun with the part that is written, nothing is torn.
            self._write(self._silence)
        while self._at_halves >= self._part_halves:
            self._hand_over()
            self._at_halves -= self._part_halves
        if self._at_halves and self._ahead_us < _FLUSH_US:
            self._hand_over()
            self._at_halves = 0

    def _hand_over(self) -> None:
        self._write(self._parts[self._part])
        self._clear(self._part)
        self._part = (self._part + 1) % len(self._parts)

    def _write(self, part: bytes | memoryview) -> None:
        if self._stream is None or self._is_draining:
            raise RuntimeError("stepper: words before the transmitter is there")
        self._stream.write(part)
        self._ahead_us += self._part_us

    def _clear(self, part: int) -> None:
        struct.pack_into(self._form, self._buffer, part * self._part_bytes, self._silence)
