"""MicroPython's `machine` as the firmware uses it, on the emulated board.

Shapes and meanings are those of MicroPython's documentation for rp2. What an emulated board
cannot do is refused by name, never ignored.
"""

import _emu
from _emu import operate, operate_with, reply
from _layout import (
    DEEPSLEEP_RESET,
    HARD_RESET,
    I2C_WINDOW_BYTES,
    IN_ADC,
    IN_I2C_STATUS,
    IN_RESET_CAUSE,
    IN_UART_COUNT,
    IN_UART_UNSENT,
    IN_UNIQUE_ID,
    OP_ADC,
    OP_I2C_READ,
    OP_I2C_WRITE,
    OP_PIN_IN,
    OP_PIN_OUT,
    OP_PWM,
    OP_RESET,
    OP_UART_OPEN,
    OP_UART_SEND,
    OP_WDT_FEED,
    OP_WDT_START,
    OUT_UART_TAKEN,
    PWRON_RESET,
    SOFT_RESET,
    UART_WINDOW_BYTES,
    WDT_RESET,
)
from micropython import const

__all__ = [
    "ADC",
    "DEEPSLEEP_RESET",
    "HARD_RESET",
    "I2C",
    "PWM",
    "PWRON_RESET",
    "SOFT_RESET",
    "UART",
    "WDT",
    "WDT_RESET",
    "Pin",
]

# Folded into the bytecode; a test holds it to the layout.
_IN_LEVELS = const(3)
_LAST_GPIO = 29
_FIRST_ADC_GPIO = 26


def gpio(pin: object) -> int:
    """The GPIO number of a Pin or of a number; ValueError if the controller has none such."""
    number = pin.number if isinstance(pin, Pin) else pin
    if not isinstance(number, int) or not 0 <= number <= _LAST_GPIO:
        raise ValueError("pin %r: this controller has GPIO 0 to %d" % (pin, _LAST_GPIO))
    return number


class Pin:
    """One GPIO. Without a mode its function stays what it is; `value` then reads the pad."""

    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    PULL_DOWN = 2

    def __init__(
        self, id: object, mode: int | None = None, pull: int | None = None, value: object = None
    ) -> None:
        """As documented; interrupts and alternate functions are refused."""
        self.number = gpio(id)
        self._level = 0
        self._is_output = False
        self.init(mode, pull, value=value)

    def init(
        self, mode: int | None = None, pull: int | None = None, *, value: object = None
    ) -> None:
        """Set direction and pull, or leave both as they are."""
        if mode is None:
            return
        _emu.release(1 << self.number)
        if mode == self.OUT:
            self._level = 1 if value else 0
            self._is_output = True
            operate(OP_PIN_OUT, self.number | self._level << 8)
        elif mode == self.IN:
            self._is_output = False
            operate(OP_PIN_IN, self.number | (pull or 0) << 8)
            _emu.spoil(_emu.PINS_STALE)
        else:
            raise ValueError("Pin mode %r is not emulated; use IN or OUT" % mode)

    def value(self, level: object = None) -> int | None:
        """The level, or set it; an output that has the level already is left alone."""
        if level is None:
            if self._is_output and not _emu.pio_mask >> self.number & 1:
                return self._level
            if _emu.stale_mask:
                _emu.refresh(_emu.PINS_STALE)
            return reply[_IN_LEVELS] >> self.number & 1
        level = 1 if level else 0
        if level != self._level:
            self._level = level
            if self._is_output:
                operate(OP_PIN_OUT, self.number | level << 8)
        return None

    __call__ = value

    def on(self) -> None:
        """Drive high."""
        self.value(1)

    def off(self) -> None:
        """Drive low."""
        self.value(0)

    high = on
    low = off

    def toggle(self) -> None:
        """Drive the other level."""
        self.value(1 - self._level)

    def irq(self, *arguments: object, **named: object) -> None:
        """Refused: the firmware has no pin interrupts."""
        raise NotImplementedError("Pin.irq is not emulated; count edges with a state machine")


class PWM:
    """Square wave on a pin."""

    def __init__(self, dest: object, *, freq: int = 0, duty_u16: int = 0) -> None:
        """Start with that frequency (Hz) and duty (0 to 65535)."""
        self._number = gpio(dest)
        self._freq_hz = 0
        self._duty_u16 = 0
        self._set(freq, duty_u16)

    def _set(self, freq_hz: int, duty_u16: int) -> None:
        if freq_hz and not 8 <= freq_hz <= 62_500_000:
            raise ValueError("freq %d is outside 8 to 62500000 Hz" % freq_hz)
        if not 0 <= duty_u16 <= 65535:
            raise ValueError("duty_u16 %d is outside 0 to 65535" % duty_u16)
        if freq_hz != self._freq_hz or duty_u16 != self._duty_u16:
            self._freq_hz = freq_hz
            self._duty_u16 = duty_u16
            operate_with(OP_PWM, self._number, freq_hz, duty_u16)

    def init(self, *, freq: int = 0, duty_u16: int = 0) -> None:
        """Start again with that frequency and duty."""
        self._set(freq, duty_u16)

    def freq(self, value: int | None = None) -> int | None:
        """The frequency in Hz, or set it."""
        if value is None:
            return self._freq_hz
        self._set(value, self._duty_u16)
        return None

    def duty_u16(self, value: int | None = None) -> int | None:
        """The duty, 0 to 65535, or set it."""
        if value is None:
            return self._duty_u16
        self._set(self._freq_hz, value)
        return None

    def deinit(self) -> None:
        """Release the pin."""
        self._set(0, 0)


class ADC:
    """Analogue input on GPIO 26 to 29."""

    def __init__(self, pin: object) -> None:
        """The board samples that pin from now on."""
        number = gpio(pin)
        if number < _FIRST_ADC_GPIO:
            raise ValueError("pin %d has no ADC; GPIO 26 to 29 have" % number)
        self._word = IN_ADC + number - _FIRST_ADC_GPIO
        operate(OP_ADC, number)
        _emu.spoil(_emu.PINS_STALE)

    def read_u16(self) -> int:
        """The level now, 0 to 65535; twelve bits wide, as rp2 scales them."""
        if _emu.stale_mask:
            _emu.refresh(_emu.PINS_STALE)
        return reply[self._word]


class I2C:
    """I2C controller; each transfer takes its time on the bus."""

    def __init__(
        self, id: int, *, scl: object = None, sda: object = None, freq: int = 400_000
    ) -> None:
        """Bus `id` on these pins at `freq` Hz."""
        gpio(scl)
        gpio(sda)
        self._freq_hz = freq

    def _transfer(self, addr: int, byte_count: int) -> None:
        # start, address, register, (restart, address,) bytes, each with its acknowledge
        _emu.exchange((byte_count + 4) * 9 * 1_000_000 // self._freq_hz)
        if reply[IN_I2C_STATUS]:
            raise OSError(reply[IN_I2C_STATUS])

    def readfrom_mem_into(self, addr: int, memaddr: int, buf: object) -> None:
        """Fill `buf` from register `memaddr` on; OSError if the device does not answer."""
        count = len(buf)
        if count > I2C_WINDOW_BYTES:
            raise ValueError("at most %d bytes a transfer here" % I2C_WINDOW_BYTES)
        operate(OP_I2C_READ, addr | memaddr << 8 | count << 16)
        self._transfer(addr, count)
        _emu.copy(count, _emu.I2C_BYTES, buf, 0)

    def readfrom_mem(self, addr: int, memaddr: int, nbytes: int) -> bytes:
        """Bytes from register `memaddr` on; OSError if the device does not answer."""
        buffer = bytearray(nbytes)
        self.readfrom_mem_into(addr, memaddr, buffer)
        return bytes(buffer)

    def writeto_mem(self, addr: int, memaddr: int, buf: object) -> None:
        """Write `buf` to register `memaddr` and on; OSError if the device does not answer."""
        _emu.operate_bytes(OP_I2C_WRITE, addr | memaddr << 8 | len(buf) << 16, buf, len(buf))
        self._transfer(addr, len(buf))


class UART:
    """The serial line of the link. `timeout` must be 0: the control loop never waits for it."""

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


class WDT:
    """The watchdog: once started it cannot be stopped."""

    def __init__(self, id: int = 0, timeout: int = 5000) -> None:
        """Start it; `timeout` in ms, 1 to 8388 as on the RP2040."""
        if not 1 <= timeout <= 8388:
            raise ValueError("WDT timeout %d is outside 1 to 8388 ms" % timeout)
        operate(OP_WDT_START, timeout)

    def feed(self) -> None:
        """Put the reset off by another timeout."""
        operate(OP_WDT_FEED, 0)


def reset_cause() -> int:
    """Why the controller started."""
    return reply[IN_RESET_CAUSE]


def unique_id() -> bytes:
    """Eight bytes that name this controller."""
    low = reply[IN_UNIQUE_ID]
    high = reply[IN_UNIQUE_ID + 1]
    return bytes([(low >> s) & 255 for s in (0, 8, 16, 24)]) + bytes(
        [(high >> s) & 255 for s in (0, 8, 16, 24)]
    )


def freq() -> int:
    """The system clock in Hz."""
    return 125_000_000


def reset() -> None:
    """Reset the controller; does not return."""
    operate(OP_RESET, 0)
    _emu.exchange(0)
    raise _emu.BoardGone(0)


def disable_irq() -> int:
    """Nothing: the overlay has no interrupts."""
    return 0


def enable_irq(state: int) -> None:
    """Nothing: the overlay has no interrupts."""


def idle() -> None:
    """Nothing: time passes in sleeps alone."""


def lightsleep(time_ms: int | None = None) -> None:
    """Refused: a pump does not sleep."""
    raise NotImplementedError("machine.lightsleep is not emulated; a pump does not sleep")
