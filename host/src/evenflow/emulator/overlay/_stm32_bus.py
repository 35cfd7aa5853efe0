"""I2C, SPI and UART of an STM32: at pins of MicroPython's choice, no ring to send from."""

import _bus
import _emu
from _layout import OP_UART_OPEN, OP_UART_SEND, UART_WINDOW_BYTES
from _layout_wire import IN_WIRE_UART
from _wired import PADS, SPI_PADS

_PCLK1_HZ = 36_000_000
_PCLK2_HZ = 72_000_000
_MOST_DIVIDED = 256
_BITS_A_BYTE_US = 10_000_000
# Its time-out bounds each wait for the chip, none of which is longer than a byte.
_UNBOUNDED_US = 1 << 29


class I2C(_bus.I2C):
    """I2C controller; its time-out bounds a byte, not a transfer."""

    def __init__(
        self,
        id: int,
        *,
        scl: object = None,
        sda: object = None,
        freq: int = 400_000,
        timeout: int = 50_000,
    ) -> None:
        """Bus `id` at `freq` Hz."""
        if scl is not None or sda is not None:
            raise ValueError("explicit choice of scl/sda is not implemented")
        self._freq_hz = freq
        self._timeout_us = _UNBOUNDED_US


class SPI(_bus.SPI):
    """SPI controller 1 or 3: at the pins of MicroPython's board file, as `_wired` has them."""

    def __init__(
        self,
        id: int,
        baudrate: int = 500_000,
        *,
        polarity: int = 0,
        phase: int = 0,
        bits: int = 8,
        firstbit: int = 1,
        sck: object = None,
        mosi: object = None,
        miso: object = None,
    ) -> None:
        """Bus `id` at the highest rate below `baudrate` that a power of two divides to."""
        if sck is not None or mosi is not None or miso is not None:
            raise ValueError("explicit choice of sck/mosi/miso is not implemented")
        ends = [pads for number, pads in SPI_PADS if number == id]
        if len(ends) != 1:
            raise ValueError("SPI(%r): not wired here" % id)
        source_hz = _PCLK2_HZ if id == 1 else _PCLK1_HZ
        divider = 2
        while source_hz // divider > baudrate and divider < _MOST_DIVIDED:
            divider *= 2
        super().__init__(
            id,
            source_hz // divider,
            polarity=polarity,
            phase=phase,
            bits=bits,
            firstbit=firstbit,
            mosi=ends[0][0],
            miso=ends[0][1],
        )


class UART(_bus.UART):
    """The serial line of the link, or the motor driver's wire."""

    def __new__(cls, id: int, baudrate: int, **named: object) -> object:
        """The UART of that number."""
        if "tx" in named or "rx" in named or "txbuf" in named:
            raise TypeError("extra keyword arguments given: tx, rx or txbuf")
        if id + 1 != _emu.reply[IN_WIRE_UART]:
            return object.__new__(cls)
        from _wire import Wire

        # Its pins are MicroPython's choice; any that there are will do.
        pin = next(iter(PADS))
        return Wire(id, baudrate, tx=pin, rx=pin, **named)

    def __init__(
        self,
        id: int,
        baudrate: int,
        *,
        bits: int = 8,
        parity: int | None = None,
        stop: int = 1,
        timeout: int = 0,
        timeout_char: int = 0,
        rxbuf: int = 64,
    ) -> None:
        """Open it; the buffer is in bytes."""
        if timeout or bits != 8 or parity is not None or stop != 1:
            raise ValueError("UART: only 8N1 with timeout=0 is emulated")
        self._baud = baudrate
        _emu.operate_with(OP_UART_OPEN, rxbuf, baudrate, 0)

    def write(self, buf: object, nbytes: int = -1) -> int:
        """Send bytes, until the last is out; how many."""
        count = len(buf) if nbytes < 0 else nbytes
        if count > UART_WINDOW_BYTES:
            self.write(memoryview(buf)[:UART_WINDOW_BYTES])
            return UART_WINDOW_BYTES + self.write(
                memoryview(buf)[UART_WINDOW_BYTES:], count - UART_WINDOW_BYTES
            )
        _emu.operate_bytes(OP_UART_SEND, count, buf, count)
        _emu.spend(-(-count * _BITS_A_BYTE_US // self._baud))
        return count
