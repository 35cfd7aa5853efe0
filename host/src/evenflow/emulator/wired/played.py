"""A pump's plant that is played: no screw, no fluid, no battery; a fixture gives the readings.

What belongs to the pump's own board stays a model: ENABLE's charge pump, clock chip, expander,
memory, sounders, light. Everything that a mechanism would tell comes from the fixture, and nothing
else can reach the pump's pins.
"""

from collections.abc import Callable, Mapping

from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.emulator.plant.adc import read_u16

_NEVER_NS = 1 << 62
_FULL_SCALE = 65_535


class PlayedForce:
    """The converter's line: a conversion comes when the fixture has one, not by itself."""

    def __init__(self) -> None:
        """Nobody clocks conversions out."""
        self.listener: Callable[[int], None] | None = None
        self.due_at_ns = _NEVER_NS
        self.celsius = 25.0

    def sample(self, _force_n: float, _until_ns: int) -> None:
        """Never due."""

    def power_up(self, _now_ns: int) -> None:
        """The converter is the fixture's, and has its power from there."""


class PlayedDrive:
    """No screw turns; the encoder's count is the fixture's."""

    def __init__(self) -> None:
        """At rest."""
        self.encoder_count = 0
        self.step_count = 0
        self.carriage_um = 0.0
        self.screw_microsteps = 0

    def step(self, microsteps: int, _force_n: float) -> float:
        """STEP went nowhere."""
        self.step_count += microsteps
        return 0.0


class PlayedPlant(Plant):
    """What is wired to a pump's board that is tested without mechanics."""

    def __init__(self, profile: Mapping[str, object], seed: int) -> None:
        """Nothing is seated and no key is pressed before the fixture says so."""
        config = PlantConfig(plunger_seated=False, barrel_closed=False)
        super().__init__(profile, config, seed)
        self.played_force = PlayedForce()
        self.played_drive = PlayedDrive()
        # Their places in the world, whose own are never asked again.
        self.force = self.played_force  # type: ignore[assignment]
        self.drive = self.played_drive  # type: ignore[assignment]
        self.shares_u16 = {"position": 0, "barrel": 0, "contact": 0, "battery": 0}
        self.is_air_played = False
        self.supply.has_mains = False

    @property
    def raw_position(self) -> int:
        """As the fixture's filter gives it."""
        return self._raw("position")

    @property
    def raw_barrel(self) -> int:
        """As the fixture's filter gives it."""
        return self._raw("barrel")

    @property
    def raw_contact(self) -> int:
        """As the fixture's filter gives it."""
        return self._raw("contact")

    @property
    def raw_battery(self) -> int:
        """As the fixture's filter gives it."""
        return self._raw("battery")

    @property
    def sees_air(self) -> bool:
        """The level at the expander's input."""
        return self.is_air_played

    def _raw(self, name: str) -> int:
        return read_u16(self.shares_u16[name] / _FULL_SCALE, self.config.adc_bits)
