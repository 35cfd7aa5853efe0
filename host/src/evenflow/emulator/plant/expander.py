"""MCP23017: sixteen pins behind two registers each, on I2C.

Registers in the order of IOCON.BANK = 0 (data sheet DS20001952, table 3-5); their number goes on
behind each byte, from the last to the first. A pin that is no output reads the plant's level, or
its pull-up if nobody drives it, turned over where IPOL says so. Power resets all of them, the
controller does not: RESET is tied high. Interrupts are not emulated: their registers are only
kept.

    port A   0 air seen   1 the motor driver's nFAULT   2 current through the sounder
    port B   0 red   1 green   2 blue   3 second sounder   4 the power-loss alarm is armed
"""

from collections.abc import Callable

# Port A.
AIR_SEEN, DRIVER_RUNS, SOUNDER_HEARD = 1 << 0, 1 << 1, 1 << 2
# Port B.
LIGHT = (1 << 0, 1 << 1, 1 << 2)
SECOND_SOUNDER, ARMED = 1 << 3, 1 << 4
_IODIR, _IPOL, _GPPU, _GPIO, _OLAT = 0x00, 0x02, 0x0C, 0x12, 0x14
_REGISTER_COUNT = 0x16


class Expander:
    """The chip; `on_change` takes the levels of port B, and which pins it drives."""

    def __init__(
        self, port_a: Callable[[], tuple[int, int]], on_change: Callable[[int, int], None]
    ) -> None:
        """As after power-on; `port_a` gives its pins' levels, and which of them are driven."""
        self._port_a = port_a
        self._on_change = on_change
        self._registers = bytearray(_REGISTER_COUNT)
        self._place = 0
        self._clear()

    def _clear(self) -> None:
        self._registers[:] = bytes(_REGISTER_COUNT)
        self._registers[_IODIR] = self._registers[_IODIR + 1] = 0xFF

    @property
    def driven_mask(self) -> int:
        """Which pins of port B are outputs."""
        return ~self._registers[_IODIR + 1] & 0xFF

    @property
    def driven_levels(self) -> int:
        """Levels of those."""
        return self._registers[_OLAT + 1] & self.driven_mask

    def take(self, values: bytes, _now_ns: int, _byte_ns: int) -> None:
        """A write from a register on."""
        if not values:
            return
        self._place = values[0] % _REGISTER_COUNT
        before = (self.driven_levels, self.driven_mask)
        for value in values[1:]:
            register = self._place
            # Writing a port writes its latches.
            self._registers[register + 2 if register in (_GPIO, _GPIO + 1) else register] = value
            self._place = (register + 1) % _REGISTER_COUNT
        if before != (self.driven_levels, self.driven_mask):
            self._on_change(self.driven_levels, self.driven_mask)

    def give(self, count: int, _now_ns: int) -> bytes:
        """A read from the register on."""
        given = bytearray()
        for _ in range(count):
            given.append(self._read(self._place))
            self._place = (self._place + 1) % _REGISTER_COUNT
        return bytes(given)

    def lose_power(self) -> None:
        """Every register is as after power-on; no pin drives anything."""
        self._clear()
        self._on_change(0, 0)

    def _read(self, register: int) -> int:
        if register == _GPIO:
            return self._port(0, *self._port_a())
        if register == _GPIO + 1:
            return self._port(1, 0, 0)
        return self._registers[register]

    def _port(self, port: int, levels: int, driven: int) -> int:
        registers = self._registers
        inputs = registers[_IODIR + port]
        levels = levels & driven | registers[_GPPU + port] & ~driven
        read = (levels & inputs) ^ (registers[_IPOL + port] & inputs)
        return read | registers[_OLAT + port] & ~inputs & 0xFF
