"""Where the pads of a controller lead."""

from collections.abc import Mapping

from evenflow.emulator.pads import Pads

_COUNTED = ("stm32f767.step_count_pin", "plunger.step_pin")


class Wiring:
    """Which pad of the controller leads where, from a flat board profile."""

    def __init__(self, profile: Mapping[str, object]) -> None:
        """WrongUsage if a pin is missing, or none."""
        pads = Pads(profile)
        # As the board file calls a pad.
        self.pin = pads.pin
        self.step = pads.of("plunger.step_pin")
        # STEP again, where its pin cannot be counted itself.
        self.step_count = pads.of(next(key for key in _COUNTED if key in profile))
        self.direction = pads.of("plunger.dir_pin")
        self.enable = pads.of("plunger.enable_pin")
        self.gate = pads.of("plunger.gate_pin")
        self.encoder_a = pads.of("encoder.a_pin")
        self.encoder_b = pads.of("encoder.b_pin")
        self.square_wave = pads.of("clock.square_wave_pin")
        self.force = pads.of("force.data_pin")
        self.force_clock = pads.of("force.clock_pin")
        self.position = pads.of("position.adc_pin")
        self.barrel = pads.of("barrel.adc_pin")
        self.contact = pads.of("contact.adc_pin")
        self.battery = pads.of("battery.adc_pin")
        self.mains = pads.of("mains.present_pin")
        self.buzzer = pads.of("panel.buzzer_pin")
        self.alive = pads.of("panel.alive_pin")
