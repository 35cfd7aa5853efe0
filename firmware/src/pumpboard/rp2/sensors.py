"""Everything that is read once a tick, on PIO 1, ADC and plain pins."""

import rp2
from machine import ADC, Pin, mem32

from pumpboard.generic import expander
from pumpboard.generic.expander import Expander
from pumpboard.rp2 import programs
from pumpboard.rp2.counter import EdgeCounter, QuadratureCounter
from pumpboard.rp2.plunger import Plunger
from pumpcore import panel
from pumpcore._compat import const
from pumpcore.check_in import SENSED
from pumpcore.profile import Profile
from pumpcore.tick_io import Inputs

_QUADRATURE, _SQUARE_WAVE, _FORCE = 4, 6, 7
_SIGN_BIT = 1 << 23
# Battery and temperature change in minutes.
_SLOW_TICKS = const(50)

# The SIO's GPIO_IN (RP2040 datasheet, 2.3.1.7, and the same on an RP2350): the levels of all pads
# at one moment, a bit each. Of 30 pins that is a small integer.
_GPIO_IN = const(0xD0000004)
_NOT_READ = -1

# In the order of the bits in panel.SWITCHES; closed to ground.
_SWITCH_KEYS = (
    "seat.plunger_pin",
    "seat.barrel_pin",
    "panel.start_pin",
    "panel.stop_pin",
    "panel.acknowledge_pin",
    "panel.audio_pause_pin",
    "panel.prime_pin",
    "panel.check_pin",
)


class ForceSensor:
    """HX711 at 80 conversions a second; keeps the last one."""

    def __init__(self, data_pin: int, clock_pin: int) -> None:
        """Start converting."""
        data = Pin(data_pin, Pin.IN)
        clock = Pin(clock_pin, Pin.OUT, value=0)
        self.raw_count = 0
        self.sample_count = 0
        self._machine = rp2.StateMachine(
            _FORCE, programs.hx711, freq=programs.HX711_HZ, in_base=data, sideset_base=clock
        )
        self._machine.active(1)

    def update(self) -> None:
        """Take the conversions that came since the last call."""
        while self._machine.rx_fifo():
            raw = self._machine.get()
            self.raw_count = raw - (1 << 24) if raw & _SIGN_BIT else raw
            self.sample_count = (self.sample_count + 1) & 0xFF


class Sensors:
    """The readings of a tick."""

    def __init__(self, profile: Profile, plunger: Plunger, port: Expander) -> None:
        """Set up pins and counters as the profile says."""
        self._audit = plunger.audit
        self._port = port
        self._encoder = QuadratureCounter(
            _QUADRATURE,
            Pin(profile["encoder.a_pin"], Pin.IN, Pin.PULL_UP),
            Pin(profile["encoder.b_pin"], Pin.IN, Pin.PULL_UP),
        )
        self._square_wave = EdgeCounter(
            _SQUARE_WAVE, Pin(profile["clock.square_wave_pin"], Pin.IN, Pin.PULL_UP)
        )
        self._force = ForceSensor(profile["force.data_pin"], profile["force.clock_pin"])
        self._position = ADC(Pin(profile["position.adc_pin"]))
        self._barrel = ADC(Pin(profile["barrel.adc_pin"]))
        self._contact = ADC(Pin(profile["contact.adc_pin"]))
        self._battery = ADC(Pin(profile["battery.adc_pin"]))
        self._temperature = ADC(ADC.CORE_TEMP)
        Pin(profile["mains.present_pin"], Pin.IN)
        self._mains_mask = 1 << profile["mains.present_pin"]
        # Driven by the limiter.
        self._gate_mask = 1 << profile["plunger.gate_pin"]
        # The first tick takes all.
        self._slow_ticks = _SLOW_TICKS
        self._switch_masks = [1 << profile[key] for key in _SWITCH_KEYS]
        for key in _SWITCH_KEYS:
            Pin(profile[key], Pin.IN, Pin.PULL_UP)
        self._pin_mask = self._mains_mask | self._gate_mask | sum(self._switch_masks)
        # Levels at the last look, and what they mean.
        self._levels = _NOT_READ
        self._pin_bits = 0

    def read_into(self, inputs: Inputs) -> int:
        """Fill in counters, force, analogue readings and switches; SENSED when done."""
        inputs.step_count = self._audit.count()
        inputs.encoder_count = self._encoder.count()
        inputs.reference_count = self._square_wave.count()
        self._force.update()
        inputs.raw_force = self._force.raw_count
        inputs.force_sample_count = self._force.sample_count
        inputs.raw_position = self._position.read_u16()
        inputs.raw_barrel = self._barrel.read_u16()
        inputs.raw_contact = self._contact.read_u16()
        self._slow_ticks += 1
        if self._slow_ticks >= _SLOW_TICKS:
            self._slow_ticks = 0
            inputs.raw_battery = self._battery.read_u16()
            inputs.raw_temperature = self._temperature.read_u16()
        levels = mem32[_GPIO_IN] & self._pin_mask
        if levels != self._levels:
            self._levels = levels
            self._pin_bits = self._meaning(levels)
        inputs.switches = self._pin_bits | self._port_bits()
        return SENSED

    def _port_bits(self) -> int:
        """The bits of what is behind the expander."""
        port = self._port
        if not port.is_alive:
            return 0
        bits = panel.EXPANDER_ALIVE
        port_a = port.port_a
        if port_a & expander.AIR_SEEN:
            bits |= panel.AIR_SEEN
        if port_a & expander.DRIVER_FAULT:
            bits |= panel.DRIVER_FAULT
        if port_a & expander.SOUNDER_HEARD:
            bits |= panel.SOUNDER_HEARD
        return bits

    def _meaning(self, levels: int) -> int:
        """The bits of what is on pins."""
        bits = panel.GATE_INTACT if levels & self._gate_mask else 0
        if levels & self._mains_mask:
            bits |= panel.MAINS_PRESENT
        switch = 1
        for mask in self._switch_masks:
            if not levels & mask:
                bits |= switch
            switch <<= 1
        return bits
