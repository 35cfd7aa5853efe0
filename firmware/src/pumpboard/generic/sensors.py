"""Everything that is read once a tick, whatever counts and converts it."""

from collections import namedtuple

from machine import Pin

from pumpboard.generic import expander
from pumpboard.generic.expander import Expander
from pumpcore import panel
from pumpcore._compat import TYPE_CHECKING, const
from pumpcore.check_in import SENSED
from pumpcore.profile import Profile
from pumpcore.tick_io import Inputs

if TYPE_CHECKING:
    from pumpboard.motor_driver import MotorDriver

# What a controller brings.
#
# steps          edges at the STEP pin; `count()` modulo 2^16, from an arbitrary start
# encoder        all four edges of the encoder, forward positive; `count()` as above
# square_wave    edges of the clock chip's 1024 Hz; `count()` as above
# force          the HX711: `update()`, then `raw_count` and `sample_count`
# pads           levels of pins: `add(pin)` answers its bit, then `levels()`
# analogue       makes the converter of a pin, with `read_u16()`: 0 to 65,535 for 0 to 3.3 V
# temperature    `read_u16()`, on the scale of the RP2040's own sensor (its datasheet, 4.9.5)
Sources = namedtuple(
    "Sources", ("steps", "encoder", "square_wave", "force", "pads", "analogue", "temperature")
)

# Battery and temperature change in minutes.
_SLOW_TICKS = const(50)
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


class Sensors:
    """The readings of a tick."""

    def __init__(
        self,
        profile: Profile,
        sources: Sources,
        port: Expander,
        motor_driver: "MotorDriver | None" = None,
    ) -> None:
        """Set up converters and pins as the profile says."""
        self._steps = sources.steps
        self._encoder = sources.encoder
        self._square_wave = sources.square_wave
        self._force = sources.force
        self._pads = sources.pads
        self._temperature = sources.temperature
        self._port = port
        self._motor_driver = motor_driver
        self._position = sources.analogue(profile["position.adc_pin"])
        self._barrel = sources.analogue(profile["barrel.adc_pin"])
        self._contact = sources.analogue(profile["contact.adc_pin"])
        self._battery = sources.analogue(profile["battery.adc_pin"])
        Pin(profile["mains.present_pin"], Pin.IN)
        self._mains_mask = self._pads.add(profile["mains.present_pin"])
        # Driven by the limiter, or by the plunger's driver.
        self._gate_mask = self._pads.add(profile["plunger.gate_pin"])
        # The first tick takes all.
        self._slow_ticks = _SLOW_TICKS
        self._switch_masks = []
        for key in _SWITCH_KEYS:
            Pin(profile[key], Pin.IN, Pin.PULL_UP)
            self._switch_masks.append(self._pads.add(profile[key]))
        # Levels at the last look, and what they mean.
        self._levels = _NOT_READ
        self._pin_bits = 0

    def read_into(self, inputs: Inputs) -> int:
        """Fill in counters, force, analogue readings and switches; SENSED when done."""
        inputs.step_count = self._steps.count()
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
        levels = self._pads.levels()
        if levels != self._levels:
            self._levels = levels
            self._pin_bits = self._meaning(levels)
        inputs.switches = self._pin_bits | self._port_bits()
        if self._motor_driver is not None and self._motor_driver.has_fault:
            inputs.switches |= panel.DRIVER_FAULT
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
