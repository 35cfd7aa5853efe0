"""What a fixture plays: contacts, levels, voltages, conversions of the force, the encoder."""

import rp2
from machine import PWM, Pin

from pumpboard.rp2 import fixture_programs
from pumpcore._compat import const

_FORCE, _ENCODER = const(1), const(4)
_FIFO_WORDS = const(8)
# Above what the filter at each output lets through; see docs/fixture.md.
_PWM_HZ = 50_000
# Gray code of A and B, A first.
_PHASES = (0, 1, 3, 2)
# Between two edges: a thousand times what the pump's counters need.
_EDGE_US = const(200)


class Contact:
    """An open drain: a contact to ground that is closed, or floats."""

    def __init__(self, pin: int) -> None:
        """Open."""
        self._pin = Pin(pin, Pin.IN)

    def set(self, is_on: int) -> None:
        """Close or open it."""
        if is_on:
            self._pin.init(Pin.OUT, value=0)
        else:
            self._pin.init(Pin.IN)


class Level:
    """A level that is driven both ways."""

    def __init__(self, pin: int) -> None:
        """Low."""
        self._pin = Pin(pin, Pin.OUT, value=0)

    def set(self, is_on: int) -> None:
        """High or low."""
        self._pin.value(is_on)


class Voltage:
    """A share of the supply, by PWM and a filter."""

    def __init__(self, pin: int) -> None:
        """Nothing."""
        self._pwm = PWM(Pin(pin), freq=_PWM_HZ, duty_u16=0)

    def set(self, share_u16: int) -> None:
        """65,535 is the whole."""
        self._pwm.duty_u16(share_u16)


class ForcePlayer:
    """The converter: one conversion at a time, ready until the pump has clocked it out."""

    def __init__(self, data_pin: int, clock_pin: int) -> None:
        """Nothing is ready."""
        Pin(clock_pin, Pin.IN, Pin.PULL_DOWN)
        data = Pin(data_pin, Pin.OUT, value=1)
        self._machine = rp2.StateMachine(
            _FORCE,
            fixture_programs.hx711_play,
            freq=fixture_programs.HX711_HZ,
            in_base=Pin(clock_pin),
            out_base=data,
            set_base=data,
        )
        self._machine.active(1)
        self.is_waiting = False

    def offer(self, raw_count: int) -> None:
        """A conversion is ready; only while none is waiting."""
        self._machine.put((raw_count & 0xFFFFFF) << 8)
        self.is_waiting = True

    def was_taken(self) -> bool:
        """Whether the one that was waiting has been clocked out since the last call."""
        if not self._machine.rx_fifo():
            return False
        self._machine.get()
        self.is_waiting = False
        return True


class EncoderPlayer:
    """Two signals in quadrature, an edge for each count."""

    def __init__(self, pin_a: int) -> None:
        """At rest, both low; B is the next pin."""
        self._machine = rp2.StateMachine(
            _ENCODER,
            fixture_programs.quadrature_play,
            freq=fixture_programs.QUADRATURE_HZ,
            out_base=Pin(pin_a),
        )
        self._machine.active(1)
        self.count = 0

    def move(self, counts: int) -> None:
        """So many edges, forward or back; what the queue has no room for is left for later."""
        step = 1 if counts > 0 else -1
        room = _FIFO_WORDS - self._machine.tx_fifo()
        hold = _EDGE_US - fixture_programs.HOLD_OVERHEAD_CYCLES
        while counts and room > 0:
            counts -= step
            room -= 1
            self.count += step
            self._machine.put(hold << 2 | _PHASES[self.count & 3])
