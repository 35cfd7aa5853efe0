"""The sounders, the RGB light behind the port expander, and the sign of life."""

from machine import PWM, Pin

from pumpboard.generic import expander
from pumpboard.generic.expander import Expander
from pumpcore.check_in import SHOWN
from pumpcore.power_loss import is_armed
from pumpcore.tick_io import Outputs

# 22 % duty: a square wave of 50 % lacks the even harmonics that requirement ALM-06 asks for.
_TONE_HZ = 600
_TONE_DUTY_U16 = 14_418


class Panel:
    """Shows the outputs of a tick; what is behind the expander comes with its next `carry`."""

    def __init__(self, buzzer_pin: int, alive_pin: int, port: Expander) -> None:
        """Dark and silent."""
        self._tone = PWM(Pin(buzzer_pin), freq=_TONE_HZ, duty_u16=0)
        self._alive = Pin(alive_pin, Pin.OUT, value=0)
        self._port = port
        self._is_sounding = False
        self._alive_level = 0

    def show(self, outputs: Outputs) -> int:
        """Set light and tones for this tick, and toggle the pin that says that the loop runs."""
        self._alive_level ^= 1
        self._alive.value(self._alive_level)
        bits = (expander.RED if outputs.red_on else 0) | (
            expander.GREEN if outputs.green_on else 0
        )
        bits |= expander.BLUE if outputs.blue_on else 0
        bits |= expander.SECOND_SOUNDER if outputs.second_tone_on else 0
        bits |= expander.ARMED if is_armed(outputs.state) else 0
        self._port.want(bits)
        if outputs.tone_on != self._is_sounding:
            self._is_sounding = outputs.tone_on
            self._tone.duty_u16(_TONE_DUTY_U16 if outputs.tone_on else 0)
        return SHOWN
