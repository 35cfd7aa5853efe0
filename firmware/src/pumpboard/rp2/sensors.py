"""Everything that is read once a tick, on PIO 1, ADC and plain pins."""

import rp2
from machine import ADC, Pin

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

# In the order of the bits in panel.SWITCHES; the gate is read back by the plunger's driver.
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
        self._plunger = plunger
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
        self._mains = Pin(profile["mains.present_pin"], Pin.IN)
        # The first tick takes all.
        self._slow_ticks = _SLOW_TICKS
        self._switches = [Pin(profile[key], Pin.IN, Pin.PULL_UP) for key in _SWITCH_KEYS]

    def read_into(self, inputs: Inputs) -> int:
        """Fill in counters, force, analogue readings and switches; SENSED when done."""
        inputs.step_count = self._plunger.audit.count()
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
        bits = panel.GATE_INTACT if self._plunger.is_gate_open() else 0
        if self._mains.value():
            bits |= panel.MAINS_PRESENT
        if self._port.is_alive:
            bits |= panel.EXPANDER_ALIVE
            port_a = self._port.port_a
            if port_a & expander.AIR_SEEN:
                bits |= panel.AIR_SEEN
            if port_a & expander.DRIVER_FAULT:
                bits |= panel.DRIVER_FAULT
            if port_a & expander.SOUNDER_HEARD:
                bits |= panel.SOUNDER_HEARD
        inputs.switches = bits | self._closed()
        return SENSED

    def _closed(self) -> int:
        """The bits of the switches on pins."""
        bits = 0
        mask = 1
        for switch in self._switches:
            # closed to ground
            if switch.value() == 0:
                bits |= mask
            mask <<= 1
        return bits
