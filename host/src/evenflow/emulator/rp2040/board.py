"""An emulated board whose controller is a whole RP2040; driven like `evenflow.emulator.Board`.

Every call runs the chip, slice by slice, with the plant at its pins. There is no lock step: the
firmware's own instructions take their time.
"""

from collections.abc import Mapping
from typing import Self

from evenflow.boards.mechanism import whole
from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.emulator.rp2040 import deployment
from evenflow.emulator.rp2040.chip import NS_PER_CYCLE, Chip
from evenflow.emulator.rp2040.handle import NoFaults, refuse
from evenflow.emulator.rp2040.uf2 import Uf2
from evenflow.emulator.rp2040.wiring import SLICE_NS, PlantWiring

RUNTIME_NAME = "micropython-rp2040"
_NS_PER_US = 1_000
_EXCHANGE_US = 1_000


class ChipBoard:
    """One board. `flash` is what is on its chip: by default a deployed Evenflow."""

    runtime_name = RUNTIME_NAME

    def __init__(
        self,
        profile: Mapping[str, object],
        library_json: bytes,
        firmware: Uf2,
        *,
        seed: int = 0,
        plant: PlantConfig | None = None,
        flash: bytes | None = None,
    ) -> None:
        """Deploy and wire; nothing runs before power-on."""
        if profile["motor.driver"] == "tmc2209":
            refuse("a TMC2209")
        self.profile = {**profile, "link.emulated": True}
        if flash is None:
            flash = deployment.flash(firmware, profile, library_json)
        self.plant = Plant(self.profile, plant or PlantConfig(), seed)
        self.plant.supply.on_change = lambda: self.plant.after_ms(0, self.follow_supply)
        self.chip = Chip(flash, whole(profile["link.uart"]), whole(profile["link.baud"]))
        self.chip.on_watchdog = self._barked
        self.wiring = PlantWiring(self.chip, self.plant)
        self.interpreter_version = firmware.micropython_version or ""
        self.exchange_count = 0
        self.is_mid_tick = False
        self.reset_count = 0
        self.controller = NoFaults(words.PWRON_RESET)

    # ---- power ------------------------------------------------------------------------------

    def power_on(self) -> None:
        """Start from flash."""
        self.controller.reset_cause = words.PWRON_RESET
        self.plant.power_up()
        self.chip.power_on()

    def power_off(self) -> None:
        """Cut the power: what is in flash stays."""
        self.plant.power_down()
        self.chip.power_off()
        self.wiring.reset()

    def follow_supply(self) -> None:
        """The plant's supply came or went: start as at power-on, or stop at once."""
        if not self.plant.supply.is_on:
            self.power_off()
        elif not self.chip.is_powered:
            self.power_on()

    def reset(self) -> None:
        """Pull the reset line."""
        self.chip.reset()
        self._take_reset(words.LINE_RESET)

    def close(self) -> None:
        """End; the chip has nothing outside this process."""

    def __enter__(self) -> Self:
        self.power_on()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def hang(self) -> None:
        """Refused: nobody can stop this firmware in its tracks."""
        refuse("hang")

    def kill(self) -> None:
        """Refused: as hang."""
        refuse("kill")

    # ---- time -------------------------------------------------------------------------------

    @property
    def now_us(self) -> int:
        """Virtual time since the first power-on."""
        return self.plant.now_ns // _NS_PER_US

    @property
    def is_running(self) -> bool:
        """Whether the processor has power."""
        return self.chip.is_powered

    @property
    def console_text(self) -> str:
        """What the firmware has printed since USB was up."""
        return self.chip.console_text

    def step(self, max_us: int | None = None) -> None:
        """Run a millisecond, or less."""
        span_us = _EXCHANGE_US if max_us is None else min(max_us, _EXCHANGE_US)
        self.run_for(span_us)
        self.exchange_count += 1

    def run_for(self, span_us: int) -> None:
        """Run for so much virtual time."""
        plant = self.plant
        until_ns = plant.now_ns + span_us * _NS_PER_US
        while plant.now_ns < until_ns:
            stop_ns = min(plant.now_ns + SLICE_NS, until_ns)
            event_ns = plant.next_event_at_ns()
            if event_ns is not None:
                stop_ns = min(stop_ns, max(event_ns, plant.now_ns))
            self.chip.run(stop_ns - stop_ns % NS_PER_CYCLE)
            self.wiring.carry(stop_ns)
            plant.fire_due()

    # ---- the link -----------------------------------------------------------------------------

    def write(self, values: bytes) -> None:
        """Bytes from the host onto the serial line."""
        self.chip.line.host_writes(values)

    def read(self) -> bytes:
        """Bytes that have reached the host since the last call."""
        return self.chip.line.host_reads()

    def _barked(self, forced: int) -> None:
        self._take_reset(words.SELF_RESET if forced else words.WDT_RESET)

    def _take_reset(self, cause: int) -> None:
        self.controller.reset_cause = cause
        self.reset_count += 1
        self.wiring.reset()
