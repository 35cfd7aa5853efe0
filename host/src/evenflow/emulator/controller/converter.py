"""The HX711 at the pins of an SPI: MOSI is its clock, MISO its data line.

DOUT falls with each conversion, and 25 pulses shift it out, high bit first, a bit with each rise;
the last of them keeps gain and channel, and DOUT is high until the next conversion. A conversion
that ends while none was fetched takes the place of the last one. A transfer takes no time here:
none ends within it.
"""

from evenflow.emulator.controller.errors import EmulationError

_PULSES = 25
_DATA_BITS = 24


class Converter:
    """What the sensor has ready."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._word = 0
        self._is_ready = False

    @property
    def level(self) -> int:
        """Of DOUT: low with a conversion to fetch."""
        return 0 if self._is_ready else 1

    def push(self, word: int) -> None:
        """A conversion has ended: 24 bits."""
        self._word = word
        self._is_ready = True

    def transfer(self, sent: bytes) -> bytes:
        """What MISO reads while MOSI sends, sampled in the middle of each bit."""
        pulses = 0
        before = 0
        read = bytearray()
        for byte in sent:
            bits = 0
            for place in range(7, -1, -1):
                level = byte >> place & 1
                pulses += level and not before
                before = level
                bits |= self._bit(pulses) << place
            read.append(bits)
        if pulses not in (0, _PULSES) or before:
            raise EmulationError(
                f"HX711: {pulses} pulses in a transfer, and its clock is left "
                f"{'high' if before else 'low'}: it would change its gain, or sleep",
                "send 25 pulses, and end low",
            )
        if pulses:
            self._is_ready = False
        return bytes(read)

    def _bit(self, pulses: int) -> int:
        if not self._is_ready:
            return 1
        if pulses > _DATA_BITS:
            return 1
        return self._word >> (_DATA_BITS - pulses) & 1 if pulses else 0
