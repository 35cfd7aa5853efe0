"""MCP23017: a port of slow inputs and a port of slow outputs, on I2C.

Registers are those of the data sheet DS20001952, table 3-5, in the order that IOCON.BANK = 0 gives
them: pairs of port A and port B. Port A is looked at every 100 ms; port B is written when it has
to change, and read back with every look: an expander that has lost its settings, by a dip of its
supply, shows other levels there and is set up anew.
"""

from pumpboard.generic.i2c import I2cBus
from pumpcore._compat import const
from pumpcore.check_in import CARRIED

# Port A.
AIR_SEEN = const(1 << 0)
DRIVER_FAULT = const(1 << 1)
SOUNDER_HEARD = const(1 << 2)
# Port B.
RED = const(1 << 0)
GREEN = const(1 << 1)
BLUE = const(1 << 2)
SECOND_SOUNDER = const(1 << 3)
ARMED = const(1 << 4)

_PORT_B_OUTPUTS = const(0x1F)
_LOOK_TICKS = const(5)
# Each failure costs an exception object and, on a bus that is held, a millisecond.
_RETRY_TICKS = const(50)
_GPIOA = const(0x12)
_OLATB = const(0x15)
# The registers from IODIRA (0x00) to GPPUB (0x0D), behind the first one's number. The motor
# driver's nFAULT is an open drain: pulled up here (GPPUA), and turned over (IPOLA).
_SETTINGS = b"\x00\xff\xe0\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00"


class Expander:
    """Inputs as they were at the last look, outputs as they were last asked for."""

    def __init__(self, bus: I2cBus, address: int) -> None:
        """Set it up, all dark, silent and disarmed; `is_alive` tells whether it answered."""
        self.port_a = 0
        self.is_alive = False
        self._bus = bus
        self._address = address
        self._wanted = 0
        self._shown = 0
        self._ticks = 0
        self._output = bytearray([_OLATB, 0])
        self._settings = bytearray(_SETTINGS)
        self._levels = bytearray(2)
        self._set_up()

    def want(self, port_b: int) -> None:
        """Have these levels at port B with the next `carry`."""
        self._wanted = port_b

    def carry(self) -> int:
        """Once a tick: look if it is time, write what has changed; never raises; CARRIED."""
        self._ticks += 1
        if not self.is_alive:
            if self._ticks >= _RETRY_TICKS:
                self._ticks = 0
                self._set_up()
            return CARRIED
        if self._ticks >= _LOOK_TICKS:
            self._ticks = 0
            self._look()
        if self.is_alive and self._wanted != self._shown:
            self._write()
        return CARRIED

    def _look(self) -> None:
        try:
            self._bus.readfrom_mem_into(self._address, _GPIOA, self._levels)
        except OSError:
            self._lose(0)
            return
        self.port_a = self._levels[0]
        if self._levels[1] & _PORT_B_OUTPUTS != self._shown:
            # It answers: until the next look, so that the record shows it.
            self._lose(_RETRY_TICKS - _LOOK_TICKS)

    def _write(self) -> None:
        self._output[1] = self._wanted
        try:
            self._bus.writeto(self._address, self._output)
        except OSError:
            self._lose(0)
            return
        self._shown = self._wanted

    def _set_up(self) -> None:
        """Levels first: a pin that becomes an output must not show an old one."""
        self.is_alive = True
        self._ticks = _LOOK_TICKS
        self._write()
        if not self.is_alive:
            return
        try:
            self._bus.writeto(self._address, self._settings)
        except OSError:
            self._lose(0)

    def _lose(self, ticks: int) -> None:
        self.is_alive = False
        self.port_a = 0
        self._ticks = ticks
