"""Makes scenarios of faults: one fault each, at a drawn moment of an infusion or of its pause."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evenflow.campaign.faults import FAULTS, Fault

RATES_ML_PER_H = (5.0, 26.25, 1200.0)
INFUSING, PAUSED = "infusing", "paused"
PHASES = (INFUSING, PAUSED)
RUNTIMES = ("cpython", "micropython")
# From t0; a pause comes five seconds before its fault.
_EARLIEST_S, _LATEST_S = 8.0, 30.0
_PAUSE_S = 5.0
# Long enough for all but the slow alarms: the 0.05 mL of a stall are 36 s at 5 mL/h.
_AFTER_S = 60
_VOLUME_ML = {5.0: 5, 26.25: 10, 1200.0: 45}
_SYRINGE = "bd-plastipak-50"
_FILL_ML = 50
# A valve that holds a free plunger's head of 1 m: the line that OVR-07 speaks of.
_VALVE_MMHG = 80


@dataclass(frozen=True, slots=True)
class Case:
    """One run: a fault with its drawn arguments, a rate in mL/h, a phase, seconds after t0."""

    number: int
    fault: Fault
    arguments: dict[str, str | float]
    rate_ml_per_h: float
    phase: str
    at_s: float
    seed: int
    runtime: str

    @property
    def name(self) -> str:
        """Of its files."""
        words = self.fault.name.replace(" ", "-").replace("_", "-").replace(".", "-")
        return f"{self.number:05}-{words}-{self.rate_ml_per_h:g}-{self.phase}"

    def toml(self) -> str:
        """The scenario, to be run again by `evenflow simulate`."""
        lines = [
            "schema = 1",
            f'title = "{self.fault.name} while {self.phase} at {self.rate_ml_per_h:g} mL/h"',
            f"seed = {self.seed}",
            'board = "pico"',
            f'runtime = "{self.runtime}"',
            f'until = "{self.at_s + _AFTER_S:.3f} s"',
            "[order]",
            "schema = 1",
            "[order.therapy]",
            'care_area = "bench"',
            f'rate = "{self.rate_ml_per_h:g} mL/h"',
            f'volume = "{_VOLUME_ML[self.rate_ml_per_h]} mL"',
            "[order.syringe]",
            f'model = "{_SYRINGE}"',
            f'fill = "{_FILL_ML} mL"',
            "[plant]",
            f"anti_siphon_mmhg = {_VALVE_MMHG}",
            "[operator]",
            "auto = true",
            "answers = true",
        ]
        if self.phase == PAUSED:
            lines += _event(self.at_s - _PAUSE_S, "operator.stop", {})
        lines += _event(self.at_s, self.fault.stimulus, self.arguments)
        return "\n".join(lines) + "\n"


def cases(
    seed: int,
    runs: int,
    *,
    faults: Sequence[Fault] = FAULTS,
    rates: Sequence[float] = RATES_ML_PER_H,
    runtime: str = "cpython",
) -> Iterator[Case]:
    """Every fault at every rate in both phases, `runs` times, drawn from the seed."""
    number = 0
    for _ in range(runs):
        for fault in faults:
            for rate in rates:
                for phase in PHASES:
                    number += 1
                    # Its own generator: a case is the same whatever others are left out.
                    chance = random.Random(f"{seed} {number} {fault.name}")
                    at_s = round(chance.uniform(_EARLIEST_S, _LATEST_S), 3)
                    arguments = _draw(fault, chance)
                    yield Case(
                        number,
                        fault,
                        arguments,
                        rate,
                        phase,
                        at_s,
                        chance.randrange(1 << 30),
                        runtime,
                    )


def _draw(fault: Fault, chance: random.Random) -> dict[str, str | float]:
    drawn: dict[str, str | float] = dict(fault.chosen)
    for name, (low, high) in fault.drawn.items():
        value = chance.uniform(low, high)
        drawn[name] = round(value) if fault.is_whole(name) else round(value, 3)
    return drawn


def _event(at_s: float, do: str, arguments: dict[str, str | float]) -> list[str]:
    given = [
        f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"
        for name, value in arguments.items()
    ]
    return ["[[event]]", f'at = "{at_s:.3f} s"', f'do = "{do}"', *given]
