"""Pads of an RP2040 and its successors: a pin's number is its pad's."""

from _layout import ADC_TEMPERATURE

_LAST_GPIO = 29
_FIRST_ADC_GPIO = 26

# Input of the converter that is the controller's own sensor.
CORE_TEMP = 4


def pad(pin: object) -> int:
    """The pad of a pin; ValueError if the controller has none such."""
    if not isinstance(pin, int) or not 0 <= pin <= _LAST_GPIO:
        raise ValueError("pin %r: this controller has GPIO 0 to %d" % (pin, _LAST_GPIO))
    return pin


def analogue(source: object) -> int:
    """The pad of what an ADC is made of: a pin, or an input of the converter."""
    if isinstance(source, int) and 0 <= source < CORE_TEMP:
        return source + _FIRST_ADC_GPIO
    return ADC_TEMPERATURE if source == CORE_TEMP else pad(source)


def name(number: int) -> object:
    """What a person calls a pad."""
    return number
