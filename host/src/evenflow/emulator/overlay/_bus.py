"""I2C, SPI and UART."""

import _emu
from _emu import operate, operate_with, reply
from _layout import (
    I2C_WINDOW_BYTES,
    IN_I2C_STATUS,
    IN_UART_COUNT,
    IN_UART_UNSENT,
    NO_PIN,
    OP_I2C_READ,
    OP_I2C_WRITE,
    OP_UART_OPEN,
    OP_UART_SEND,
    OUT_UART_TAKEN,
    UART_WINDOW_BYTES,
)
from _layout_stream import OP_SPI_OPEN, OP_SPI_TRANSFER
from _pin import gpio
from micropython import const

_ETIMEDOUT = 110
# Of `_layout_wire`, which boards without have no heap for.
_IN_WIRE_UART = const(150)


class I2C:
    """I2C controller; each transfer takes its time on the bus.

    `timeout` bounds each way of a transfer, in us, as on rp2. One that takes longer ends with
    ETIMEDOUT; on the chip a part of it has arrived then, here nothing.
    """

    def __init__(
        self,
        id: int,
        *,
        scl: object = None,
        sda: object = None,
        freq: int = 400_000,
        timeout: int = 50_000,
    ) -> None:
        """Bus `id` on these pins at `freq` Hz."""
        gpio(scl)
        gpio(sda)
        self._freq_hz = freq
        self._timeout_us = timeout

    def writeto(self, addr: int, buf: object, stop: bool = True) -> int:
        """Write `buf`; the bytes that were acknowledged. OSError if the device does not answer."""
        if not stop:
            raise NotImplementedError("I2C.writeto with stop=False is not emulated")
        self._write(addr, 0, 0, buf)
        return len(buf)

    def readfrom_mem_into(
        self, addr: int, memaddr: int, buf: object, *, addrsize: int = 8
    ) -> None:
        """Fill `buf` from register `memaddr` on; OSError if the device does not answer."""
        count = len(buf)
        if count > I2C_WINDOW_BYTES:
            raise ValueError("at most %d bytes a transfer here" % I2C_WINDOW_BYTES)
        place_bytes = _place_bytes(addrsize)
        self._bound(1 + count)
        operate_with(OP_I2C_READ, addr | place_bytes << 7 | count << 9, memaddr, self._freq_hz)
        # Each way with its address, and the time of a byte for start, restart and stop.
        self._pass(count + place_bytes + 3)
        _emu.copy(count, _emu.I2C_BYTES, buf, 0)

    def readfrom_mem(self, addr: int, memaddr: int, nbytes: int, *, addrsize: int = 8) -> bytes:
        """Bytes from register `memaddr` on; OSError if the device does not answer."""
        buffer = bytearray(nbytes)
        self.readfrom_mem_into(addr, memaddr, buffer, addrsize=addrsize)
        return bytes(buffer)

    def writeto_mem(self, addr: int, memaddr: int, buf: object, *, addrsize: int = 8) -> None:
        """Write `buf` to register `memaddr` and on; OSError if the device does not answer."""
        self._write(addr, memaddr, _place_bytes(addrsize), buf)

    def _write(self, addr: int, place: int, place_bytes: int, buf: object) -> None:
        count = len(buf)
        self._bound(1 + place_bytes + count)
        _emu.operate_transfer(
            OP_I2C_WRITE,
            addr | place_bytes << 7 | count << 9,
            place,
            self._freq_hz,
            buf,
            count,
        )
        self._pass(count + place_bytes + 2)

    def _bound(self, byte_count: int) -> None:
        if byte_count * 9_000_000 // self._freq_hz > self._timeout_us:
            _emu.exchange(self._timeout_us)
            raise OSError(_ETIMEDOUT)

    def _pass(self, byte_count: int) -> None:
        _emu.exchange(byte_count * 9_000_000 // self._freq_hz)
        if reply[IN_I2C_STATUS]:
            raise OSError(reply[IN_I2C_STATUS])


def _place_bytes(addrsize: int) -> int:
    if addrsize not in (8, 16):
        raise NotImplementedError("I2C: addrsize %r is not emulated; 8 and 16 are" % addrsize)
    return addrsize >> 3


class SPI:
    """SPI controller, mode 0. Only the force sensor can be wired to it: else it reads zero.

    A transfer takes its time after the bits have gone.
    """

    MSB = 1
    LSB = 0

    def __init__(
        self,
        id: int,
        baudrate: int = 1_000_000,
        *,
        polarity: int = 0,
        phase: int = 0,
        bits: int = 8,
        firstbit: int = 1,
        sck: object = None,
        mosi: object = None,
        miso: object = None,
    ) -> None:
        """Bus `id` at `baudrate` bits a second."""
        if bits != 8 or polarity or phase or firstbit != self.MSB:
            raise ValueError("SPI: only mode 0 with 8 bits, high bit first, is emulated")
        if sck is not None:
            gpio(sck)
        pads = (NO_PIN if mosi is None else gpio(mosi)) | (
            NO_PIN if miso is None else gpio(miso)
        ) << 8
        self._baud = baudrate
        operate(OP_SPI_OPEN, pads)
        _emu.spoil(_emu.PINS_STALE)

    def write(self, buf: object) -> None:
        """Clock bytes out; at most 56 here."""
        count = len(buf)
        if count > I2C_WINDOW_BYTES:
            raise ValueError("SPI: at most %d bytes a transfer here" % I2C_WINDOW_BYTES)
        _emu.operate_bytes(OP_SPI_TRANSFER, count, buf, count)
        _emu.exchange(count * 8_000_000 // self._baud)

    def readinto(self, buf: object, write: int = 0) -> None:
        """Fill `buf` while `write` is sent again and again."""
        for index in range(len(buf)):
            buf[index] = write
        self.write_readinto(buf, buf)

    def write_readinto(self, write_buf: object, read_buf: object) -> None:
        """Clock bytes out and in."""
        if len(write_buf) != len(read_buf):
            raise ValueError("buffers must be the same length")
        self.write(write_buf)
        _emu.copy(len(read_buf), _emu.I2C_BYTES, read_buf, 0)

    def read(self, nbytes: int, write: int = 0) -> bytes:
        """So many bytes, as `readinto`."""
        buffer = bytearray(nbytes)
        self.readinto(buffer, write)
        return bytes(buffer)

    def deinit(self) -> None:
        """Nothing is held."""


class UART:
    """The serial line of the link. `timeout` must be 0: the control loop never waits for it.

    One with the number of the motor driver's UART is a `Wire`.
    """

    def __new__(cls, id: int, *given: object, **named: object) -> object:
        """The UART of that number."""
        if id + 1 != reply[_IN_WIRE_UART]:
            return object.__new__(cls)
        from _wire import Wire

        return Wire(id, *given, **named)

    def __init__(
        self,
        id: int,
        baudrate: int = 115_200,
        *,
        bits: int = 8,
        parity: int | None = None,
        stop: int = 1,
        tx: object = None,
        rx: object = None,
        rxbuf: int = 256,
        txbuf: int = 256,
        timeout: int = 0,
        timeout_char: int = 0,
    ) -> None:
        """Open it; buffers are in bytes."""
        gpio(tx)
        gpio(rx)
        if timeout or bits != 8 or parity is not None or stop != 1:
            raise ValueError("UART: only 8N1 with timeout=0 is emulated")
        self._txbuf = txbuf
        self._sent = 0
        self._seen_exchange = 0
        operate_with(OP_UART_OPEN, rxbuf, baudrate, txbuf)

    def any(self) -> int:
        """Received bytes that can be read now."""
        return reply[IN_UART_COUNT] - _emu.request[OUT_UART_TAKEN]

    def readinto(self, buf: object, nbytes: int = -1) -> int | None:
        """Read what is there, at most `nbytes`; the count, or None if there is nothing."""
        count = self.any()
        if nbytes >= 0:
            count = min(count, nbytes)
        count = min(count, len(buf))
        if count == 0:
            return None
        taken = _emu.request[OUT_UART_TAKEN]
        if taken + count > UART_WINDOW_BYTES:
            _emu.exchange(0)
            taken = 0
            count = min(count, UART_WINDOW_BYTES)
        if taken == 0:
            _emu.copy(count, _emu.UART_BYTES, buf, 0)
        else:
            index = 0
            while index < count:
                buf[index] = _emu.UART_BYTES[taken + index]
                index += 1
        _emu.take_uart(count)
        return count

    def read(self, nbytes: int = -1) -> bytes | None:
        """Read what is there, at most `nbytes`; None if there is nothing."""
        buffer = bytearray(UART_WINDOW_BYTES)
        count = self.readinto(buffer, nbytes)
        return None if count is None else bytes(memoryview(buffer)[:count])

    def write(self, buf: object, nbytes: int = -1) -> int | None:
        """Queue bytes; how many found room in the transmit buffer, None if none did."""
        count = len(buf) if nbytes < 0 else nbytes
        if self._seen_exchange != _emu.exchange_count:
            self._seen_exchange = _emu.exchange_count
            self._sent = 0
        count = min(count, self._txbuf - reply[IN_UART_UNSENT] - self._sent, UART_WINDOW_BYTES)
        if count <= 0:
            return None
        _emu.operate_bytes(OP_UART_SEND, count, buf, count)
        if self._seen_exchange != _emu.exchange_count:
            self._seen_exchange = _emu.exchange_count
            self._sent = 0
        self._sent += count
        return count
