"""DS3231: a clock with its own crystal and battery, on I2C address 0x68.

Registers 0x00-0x06 hold the time in BCD, 0x0E control, 0x0F status (data sheet DS3231, table 2).
With INTCN clear the square wave runs at 1, 1024, 4096 or 8192 Hz by RS2:RS1. Edges up to a moment
are floor(time * rate), with the chip's own time: true time * (1 + ppb / 1e9), in whole numbers.
"""

from datetime import UTC, datetime, timedelta

ADDRESS = 0x68
_TIME_REGISTERS = 7
_CONTROL = 0x0E
_STATUS = 0x0F
_LAST_REGISTER = 0x12
_INTCN = 0x04
_RATES_HZ = (1, 1024, 4096, 8192)
_NS_PER_S = 1_000_000_000


class ClockChip:
    """Time since 1970 in UTC, kept through any reset of the controller."""

    def __init__(self, unix_s: int, ppb: int) -> None:
        """Power-on values: square wave off (INTCN set), oscillator never stopped."""
        self._base_s = unix_s
        self._ppb = ppb
        self._registers = bytearray(_LAST_REGISTER + 1)
        self._registers[_CONTROL] = 0x1C
        self._place = 0
        self._rate_hz = 0
        self._counted_from_ns = 0
        self._counted = 0

    def edge_count(self, now_ns: int) -> int:
        """Rising edges of the square wave since power-on."""
        if self._rate_hz == 0:
            return self._counted
        own_ns = now_ns - self._counted_from_ns
        if self._ppb:
            own_ns += own_ns * self._ppb // _NS_PER_S
        return self._counted + own_ns * self._rate_hz // _NS_PER_S

    def take(self, values: bytes, now_ns: int, _byte_ns: int) -> None:
        """A write on the bus: a register, then bytes."""
        self._place = values[0] if values else self._place
        if len(values) > 1:
            self.write(self._place, values[1:], now_ns)
            self._place += len(values) - 1

    def give(self, count: int, now_ns: int) -> bytes:
        """A read on the bus, from the register on."""
        given = self.read(self._place, count, now_ns)
        self._place += count
        return given

    def read(self, register: int, count: int, now_ns: int) -> bytes:
        """Bytes from a register on; the address wraps behind the last."""
        self._registers[0:_TIME_REGISTERS] = self._time_registers(now_ns)
        size = len(self._registers)
        return bytes(self._registers[(register + i) % size] for i in range(count))

    def write(self, register: int, values: bytes, now_ns: int) -> None:
        """Bytes to a register on; writing a time register sets the time."""
        size = len(self._registers)
        self._registers[0:_TIME_REGISTERS] = self._time_registers(now_ns)
        for index, value in enumerate(values):
            self._registers[(register + index) % size] = value
        if register < _TIME_REGISTERS:
            self._set_time(now_ns)
        self._counted = self.edge_count(now_ns)
        self._counted_from_ns = now_ns
        control = self._registers[_CONTROL]
        self._rate_hz = 0 if control & _INTCN else _RATES_HZ[control >> 3 & 3]

    def _own_s(self, now_ns: int) -> int:
        return (now_ns + now_ns * self._ppb // _NS_PER_S) // _NS_PER_S

    def _time_registers(self, now_ns: int) -> bytes:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(
            seconds=self._base_s + self._own_s(now_ns)
        )
        fields = (
            moment.second,
            moment.minute,
            moment.hour,
            moment.isoweekday(),
            moment.day,
            moment.month,
            moment.year % 100,
        )
        return bytes(value // 10 << 4 | value % 10 for value in fields)

    def _set_time(self, now_ns: int) -> None:
        second, minute, hour, _, day, month, year = (
            (value >> 4) * 10 + (value & 15) for value in self._registers[0:_TIME_REGISTERS]
        )
        moment = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
        self._base_s = int(moment.timestamp()) - self._own_s(now_ns)
