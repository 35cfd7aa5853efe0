"""The I2S transmitter: what is written leaves bit by bit, and then silence."""

import struct
from array import array

import _emu
from _emu import IS_MICROPYTHON, operate, operate_with, reply
from _layout_stream import (
    FRAME_BYTES,
    IN_STREAM,
    OP_I2S_CLOSE,
    OP_I2S_OPEN,
    OP_I2S_WRITE,
)
from _pin import gpio

_BITS_A_FRAME = 32
_US_PER_S = 1_000_000
_STREAM_STALE = 1 << 7
# Words of a request that one write may fill: as many steps as no driver sends in a part.
_MOST_WORDS = 256

# Pads that a transmitter drives, and those of which ESP-IDF has switched off the input for that.
driven_pads = set()
deaf_pads = set()

if IS_MICROPYTHON:
    import uctypes


class I2S:
    """A transmitter of 16-bit stereo frames; another object with its number is the same one.

    Its clock and word select lead nowhere. The port's own buffers are as its DMA has them: a write
    of another length than a multiple of these is refused.
    """

    TX = 1
    RX = 0
    STEREO = 1
    MONO = 0

    def __init__(
        self,
        id: int,
        *,
        sck: object,
        ws: object,
        sd: object,
        mode: int,
        bits: int,
        format: int,
        rate: int,
        ibuf: int,
    ) -> None:
        """Send silence from now on; `rate` in frames a second, `ibuf` in bytes."""
        if mode != self.TX or bits != 16 or format != self.STEREO:
            raise NotImplementedError("I2S: only a transmitter of 16-bit stereo is emulated")
        if rate * _BITS_A_FRAME != _US_PER_S:
            raise NotImplementedError("I2S: only 31250 frames a second are emulated")
        gpio(sck)
        gpio(ws)
        pad = gpio(sd)
        self._pad = pad
        self._pin_mask = 1 << pad
        self._room_us = ibuf * 8
        self._frames = None
        self._words = array("I", [0] * _MOST_WORDS)
        self._is_open = True
        driven_pads.add(pad)
        deaf_pads.add(pad)
        _emu.claim(self._pin_mask)
        operate_with(OP_I2S_OPEN, pad, ibuf, 0)
        _emu.spoil(_STREAM_STALE | _emu.PINS_STALE)

    def write(self, buf: object) -> int:
        """Queue bytes; waits until there is room for all of them, as a blocking write does."""
        if not self._is_open:
            raise OSError(22)
        if _emu.stale_mask:
            _emu.refresh(_STREAM_STALE)
        wait_us = reply[IN_STREAM] + len(buf) * 8 - self._room_us
        if wait_us > 0:
            _emu.exchange(wait_us)
        count = self._gather(buf)
        _emu.room(count + 1)
        _emu.operate_words(OP_I2S_WRITE, count, self._words, 0, count)
        _emu.spoil(_STREAM_STALE)
        return len(buf)

    def _gather(self, buf: object) -> int:
        """Put what is to be sent into the words of the operation; how many they are."""
        frames = self._as_frames(buf)
        words = self._words
        words[0] = len(buf)
        count = 1
        for index in range(len(frames)):
            frame = frames[index]
            if frame:
                if count + 2 > _MOST_WORDS:
                    raise NotImplementedError("I2S: more ones than a write is emulated with")
                words[count] = index
                # The left sample goes first, each with its high bit first.
                words[count + 1] = (frame & 0xFFFF) << 16 | frame >> 16
                count += 2
        return count

    if IS_MICROPYTHON:

        def _as_frames(self, buf: object) -> object:
            """The bytes as words of 32 bits; made once, since the heap is not collected."""
            size = len(buf)
            if self._frames is None or len(self._frames) * FRAME_BYTES != size:
                self._frames = array("I", [0] * (size // FRAME_BYTES))
                self._bytes = uctypes.bytearray_at(uctypes.addressof(self._frames), size)
                self._form = "%ds" % size
            struct.pack_into(self._form, self._bytes, 0, buf)
            return self._frames

    else:

        def _as_frames(self, buf: object) -> object:
            """The bytes as words of 32 bits."""
            return memoryview(buf).cast("B").cast("I")

    def deinit(self) -> None:
        """Send no more, at once, and let go of the data line."""
        if self._is_open:
            self._is_open = False
            driven_pads.discard(self._pad)
            operate(OP_I2S_CLOSE, 0)
            _emu.spoil(_STREAM_STALE | _emu.PINS_STALE)
