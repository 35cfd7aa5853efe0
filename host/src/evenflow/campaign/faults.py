"""FAULTS: every single fault of a part that a scenario can plant, and what must be heard of it.

Taken from the table of stimuli, so that a new one is either a fault here or named in NO_FAULTS; a
test holds the two together.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from evenflow.scenario.stimuli import BY_NAME
from evenflow.scenario.stimulus import Stimulus

# What a part can do by itself; people, other orders and the way back are no faults of a part.
SOURCES = ("plant", "controller", "contact", "link")
NO_FAULTS = (
    # the end of a fault
    "plant.release_occlusion",
    "plant.release_stall",
    "plant.seat_plunger",
    "plant.close_barrel",
    "plant.encoder_release",
    "plant.force_release",
    "plant.mains_on",
    "plant.power_restore",
    "plant.expander_on",
    "plant.memory_on",
    "contact.close",
    "link.replug",
    "link.restart_host",
    # what a person does, with the line open or the syringe out
    "plant.set_fill",
    "plant.swap_syringe",
    # a state, without a fault
    "plant.battery",
    "plant.battery_fade",
    "controller.preset_ticks",
    # what an attacker does: see the campaign of the link
    "link.replay",
    "link.send",
)
# Arguments that are drawn for each run, from low to high; a name with choices takes each of them.
_DRAWN: dict[str, dict[str, tuple[float, float]]] = {
    "plant.air": {"volume_ul": (200, 2_000)},
    "plant.back_pressure": {"mmhg": (-100, 300)},
    "plant.temperature": {"c": (60, 120)},
    "plant.brownout": {"ms": (1, 3_000)},
    "controller.clock_skew": {"percent": (3, 100)},
    "controller.step_source": {"times": (1.5, 50)},
    "controller.tick_cost": {"us": (30_000, 60_000)},
    "link.flood": {"frames": (500, 5_000)},
    "link.corrupt": {"rate": (0.2, 1)},
    "link.delay": {"ms": (3_000, 20_000)},
    "link.drop": {"rate": (0.2, 1)},
    "link.duplicate": {"rate": (0.2, 1)},
}
_WHOLE = ("us", "frames")
# Nothing that the dose depends on is lost: it may go on, and nobody need hear of it.
_UNHEARD = (
    "plant.back_pressure",
    "controller.corrupt stop_reason",
    "link.flood",
    "link.corrupt",
    "link.delay",
    "link.drop",
    "link.duplicate",
)
# Heard of in minutes at a low rate (compliance, or the volume up to the detector, over rate), or
# when the sounder is next used.
_SLOW = ("plant.occlude", "plant.air", "plant.sounder_open")
# A planted bubble comes as compressed as the line is, and expands when the flow stops. One that
# was in the syringe from the start would have held back as much before; no account has that.
STORING = ("plant.air",)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: a stimulus with the choice that makes it this one.

    `drawn` has low and high of each argument that every run draws; `is_heard` means that an alarm,
    or a boot, must tell of it; `is_slow`, that the alarm may come after the run.
    """

    name: str
    stimulus: str
    chosen: dict[str, str] = field(default_factory=dict)
    drawn: dict[str, tuple[float, float]] = field(default_factory=dict)
    is_heard: bool = True
    is_slow: bool = False

    def is_whole(self, argument: str) -> bool:
        """Whether an argument is drawn as an integer."""
        return argument in _WHOLE


def _rows() -> Iterator[Fault]:
    for stimulus in BY_NAME.values():
        if stimulus.source in SOURCES and stimulus.name not in NO_FAULTS:
            yield from _of(stimulus)


def _of(stimulus: Stimulus) -> Iterator[Fault]:
    drawn = _DRAWN.get(stimulus.name, {})
    is_heard = stimulus.name not in _UNHEARD
    is_slow = stimulus.name in _SLOW
    chosen = next((one for one in stimulus.arguments if one.choices), None)
    if chosen is None:
        yield Fault(stimulus.name, stimulus.name, {}, drawn, is_heard, is_slow)
        return
    for choice in chosen.choices:
        name = f"{stimulus.name} {choice}"
        is_told = is_heard and name not in _UNHEARD
        yield Fault(name, stimulus.name, {chosen.name: choice}, drawn, is_told, is_slow)


FAULTS = tuple(_rows())
