"""The plant at the pins of an emulated RP2040: edges out, levels in.

Edges of STEP, ENABLE and the limiter's gate count at their own moments. Everything else crosses
at the end of a slice of 200 us: what the plant does with the steps of the slice, contacts, the
carriage's potentiometer, at most one edge of the encoder, and the clock chip's square wave.
"""

from evenflow.emulator.controller.wiring import Wiring
from evenflow.emulator.plant import Plant
from evenflow.emulator.rp2040.chip import Chip
from evenflow.emulator.rp2040.devices import ForceConverter, PlantBus
from evenflow.errors import WrongUsage

SLICE_NS = 200_000
# A tone of 600 Hz has an edge every 0.8 ms; without one for this long it is over.
_SILENCE_NS = 4_000_000
# Where A and B of the encoder are high, of the four places of a period: A leads, forward.
_A_HIGH = (1, 2)
_B_HIGH = (2, 3)


class PlantWiring:
    """Made once; `carry` ends a slice, `reset` follows a reset of the chip or a cut of power."""

    def __init__(self, chip: Chip, plant: Plant) -> None:
        """Put the plant to the pins of its own board profile."""
        self.chip = chip
        self.plant = plant
        self.pins = Wiring(plant.profile)
        # Rises of STEP, whether or not the motor was enabled.
        self.step_edge_count = 0
        self._microsteps = 0
        self._encoder_count = plant.encoder_count
        self._square_count = plant.clock_chip.edge_count(plant.now_ns)
        self._is_square_high = False
        self._closed_mask = 0
        self._tone_at_ns = 0
        pins = self.pins
        chip.watch(pins.step, self._stepped)
        chip.watch(pins.enable, self._beat)
        chip.watch(pins.gate, self._gated)
        chip.watch(pins.buzzer, self._toned)
        chip.watch(pins.alive, self._lives)
        ForceConverter(chip, plant, pins.force, _pin(plant, "force.clock_pin"))
        PlantBus(chip.bus(_pin(plant, "clock.sda_pin") // 2 % 2), plant)
        chip.drive(pins.square_wave, high=False)
        self._has_mains = plant.supply.has_mains
        chip.drive(pins.mains, high=self._has_mains)
        self._turn_encoder()

    def carry(self, until_ns: int) -> None:
        """End the slice at that moment: the plant takes its steps, and the chip what it shows."""
        plant = self.plant
        microsteps, self._microsteps = self._microsteps, 0
        plant.advance(until_ns, microsteps)
        if plant.encoder_count != self._encoder_count:
            self._encoder_count += 1 if plant.encoder_count > self._encoder_count else -1
            self._turn_encoder()
        self._swing(until_ns)
        if plant.switches.closed_mask != self._closed_mask:
            self._switch(plant.switches.closed_mask)
        if plant.supply.has_mains != self._has_mains:
            self._has_mains = plant.supply.has_mains
            self.chip.drive(self.pins.mains, high=self._has_mains)
        self.chip.set_voltage(self.pins.position, plant.raw_position)
        self.chip.set_voltage(self.pins.barrel, plant.raw_barrel)
        self.chip.set_voltage(self.pins.contact, plant.raw_contact)
        self.chip.set_voltage(self.pins.battery, plant.raw_battery)
        self.chip.set_temperature(plant.raw_temperature)
        self._listen(until_ns)

    def reset(self) -> None:
        """Every pin floats: no gate, no tone; the expander keeps its levels."""
        plant = self.plant
        plant.enable.is_gate_high = False
        if plant.buzzer.is_on:
            plant.buzzer.set(on=False, now_ns=plant.now_ns)

    # ---- out of the chip ----------------------------------------------------------------------

    def _stepped(self, level: int) -> None:
        if not level:
            return
        self.step_edge_count += 1
        plant = self.plant
        at_ns = self.chip.now_ns
        is_enabled = at_ns < plant.enable.enabled_until_ns()
        direction = 1 if self.chip.level(self.pins.direction) else -1
        if plant.records_steps:
            plant.step_times.append((at_ns, direction, is_enabled))
        if is_enabled:
            self._microsteps += direction
            if direction > 0:
                plant.last_forward_step_at_ns = at_ns

    def _beat(self, _level: int) -> None:
        self.plant.enable.last_edge_at_ns = self.chip.now_ns

    def _gated(self, level: int) -> None:
        self.plant.enable.is_gate_high = bool(level)

    def _toned(self, _level: int) -> None:
        self._tone_at_ns = self.chip.now_ns
        if not self.plant.buzzer.is_on:
            self.plant.buzzer.set(on=True, now_ns=self._tone_at_ns)

    def _lives(self, level: int) -> None:
        self.plant.power_loss_alarm.take_level(level, self.chip.now_ns)

    def _listen(self, now_ns: int) -> None:
        plant = self.plant
        if plant.buzzer.is_on and now_ns - self._tone_at_ns > _SILENCE_NS:
            plant.buzzer.set(on=False, now_ns=self._tone_at_ns)

    # ---- into the chip ------------------------------------------------------------------------

    def _turn_encoder(self) -> None:
        place = self._encoder_count & 3
        self.chip.drive(self.pins.encoder_a, high=place in _A_HIGH)
        self.chip.drive(self.pins.encoder_b, high=place in _B_HIGH)

    def _swing(self, now_ns: int) -> None:
        count = self.plant.clock_chip.edge_count(now_ns)
        is_high = count != self._square_count
        self._square_count = count
        if is_high != self._is_square_high:
            self._is_square_high = is_high
            self.chip.drive(self.pins.square_wave, high=is_high)

    def _switch(self, closed_mask: int) -> None:
        changed = closed_mask ^ self._closed_mask
        self._closed_mask = closed_mask
        for pin in range(changed.bit_length()):
            if not changed >> pin & 1:
                continue
            if closed_mask >> pin & 1:
                self.chip.drive(pin, high=False)
            else:
                self.chip.release(pin)


def _pin(plant: Plant, name: str) -> int:
    value = plant.profile[name]
    if not isinstance(value, int):
        raise WrongUsage("board_file", f"{name}: {value!r} is not a pin number", "correct it")
    return value
