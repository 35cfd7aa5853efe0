"""The HX711 on an SPI: MOSI is its clock, MISO its data line; SCK leads nowhere.

A one of MOSI is the clock's high half and a zero its low one, a microsecond each at 1 MHz, so that
no interrupt stretches a pulse: high for 60 us would put the chip to sleep (its data sheet). A bit
of the conversion comes with each rise, and is read twice. The 25th pulse keeps channel A at a gain
of 128.
"""

from machine import SPI, Pin

from pumpcore._compat import const

BAUD_HZ = const(1_000_000)
_PULSES = b"\xaa\xaa\xaa\xaa\xaa\xaa\x80"
_DATA_BYTES = const(6)
_SIGN_BIT = const(1 << 23)


class ForceSensor:
    """The last conversion of 80 a second that was fetched; at most one a tick."""

    def __init__(self, spi: SPI, data_pin: int | str) -> None:
        """Nothing fetched yet; DOUT is low while a conversion waits, and MISO too."""
        self.raw_count = 0
        self.sample_count = 0
        self._spi = spi
        self._data = Pin(data_pin)
        self._read = bytearray(len(_PULSES))

    def update(self) -> None:
        """Fetch a conversion if one is ready.

        DOUT is high after the 25th pulse. Low, the next conversion has ended meanwhile, and which
        of the two was read is not known: it counts as none.
        """
        if self._data.value():
            return
        self._spi.write_readinto(_PULSES, self._read)
        if not self._data.value():
            return
        raw = 0
        for index in range(_DATA_BYTES):
            raw = raw << 4 | _second_of_each_two(self._read[index])
        self.raw_count = raw - (1 << 24) if raw & _SIGN_BIT else raw
        self.sample_count = (self.sample_count + 1) & 0xFF


def _second_of_each_two(byte: int) -> int:
    """Bits 6, 4, 2 and 0, as four."""
    return (byte >> 3 & 8) | (byte >> 2 & 4) | (byte >> 1 & 2) | (byte & 1)
