"""The RGB light and the sounder."""

from machine import PWM, Pin

from pumpcore.tick_io import Outputs

# 22 % duty: a square wave of 50 % lacks the even harmonics that requirement ALM-06 asks for.
_TONE_HZ = 600
_TONE_DUTY_U16 = 14_418


class Panel:
    """Pins change only when the signal does."""

    def __init__(self, buzzer_pin: int, red_pin: int, green_pin: int, blue_pin: int) -> None:
        """Dark and silent."""
        self._tone = PWM(Pin(buzzer_pin), freq=_TONE_HZ, duty_u16=0)
        self._red = Pin(red_pin, Pin.OUT, value=0)
        self._green = Pin(green_pin, Pin.OUT, value=0)
        self._blue = Pin(blue_pin, Pin.OUT, value=0)
        self._shown = 0

    def show(self, outputs: Outputs) -> None:
        """Set light and tone for this tick."""
        bits = (1 if outputs.red_on else 0) | (2 if outputs.green_on else 0)
        bits |= (4 if outputs.blue_on else 0) | (8 if outputs.tone_on else 0)
        changed = bits ^ self._shown
        if not changed:
            return
        self._shown = bits
        if changed & 1:
            self._red.value(bits & 1)
        if changed & 2:
            self._green.value(bits >> 1 & 1)
        if changed & 4:
            self._blue.value(bits >> 2 & 1)
        if changed & 8:
            self._tone.duty_u16(_TONE_DUTY_U16 if bits & 8 else 0)
