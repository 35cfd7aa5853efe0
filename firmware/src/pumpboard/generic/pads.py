"""Levels of pins, one after the other: for controllers whose pads no single register shows."""

from machine import Pin


class Pads:
    """Levels of the pads that were asked for."""

    def __init__(self) -> None:
        """None yet."""
        self._pins: list[Pin] = []

    def add(self, pin: int) -> int:
        """Look at this pin, too; its bit."""
        self._pins.append(Pin(pin))
        return 1 << (len(self._pins) - 1)

    def levels(self) -> int:
        """Of all of them, within some microseconds."""
        levels = 0
        bit = 1
        for pin in self._pins:
            if pin.value():
                levels |= bit
            bit <<= 1
        return levels
