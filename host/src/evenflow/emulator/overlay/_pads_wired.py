"""Pads of a controller that has more pins, or names for them: those that its board file names.

`_wired` is made with the board: a pin as the board file names it, and its pad.
"""

from _wired import PADS

# No number of an ADC's input means the controller's own sensor.
CORE_TEMP = None


def pad(pin: object) -> int:
    """The pad of a pin; ValueError if the board file does not name it."""
    if pin not in PADS:
        raise ValueError("pin %r: the board file names no such pin" % (pin,))
    return PADS[pin]


def analogue(source: object) -> int:
    """The pad of what an ADC is made of: a pin."""
    return pad(source)


def name(number: int) -> object:
    """What a person calls a pad."""
    for pin in PADS:
        if PADS[pin] == number:
            return pin
    return number
