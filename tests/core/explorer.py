"""Every input in every state of the small pump, breadth first, and what must hold at its STEP pin.

An edge of the graph is one of ACTIONS: a key pressed and let go, something held from now on, an
input spoilt for two ticks, a command between ticks, time that passes, the power gone. After each
tick `Rules` compares words and edges with what people and surroundings have done so far, which it
keeps itself. The first broken rule is told with the shortest way to it.
"""

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from core.explorer_actions import ACTIONS, Explored
from core.explorer_rules import Broken

from pumpcore.interlock import STATES

if TYPE_CHECKING:
    from core.small_pump import Values

_NAMED = dict(ACTIONS)
TO_INFUSING = (
    *("boot", "tick", "stage 1", "confirm", "hold PRIME", "hold nothing", "hold PRIME"),
    "hold nothing",
    *(["tick"] * 8),
    *("CHECK", "CHECK", "CHECK", "START"),
)
# Programme 2, from whose dose it goes on to the flow after it; two of its steps are left.
TO_KVO = (*(one.replace("stage 1", "stage 2") for one in TO_INFUSING), *(["tick"] * 5))


class Found:
    """What an exploration came to; `trace` leads to what is broken, if anything is."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.edge_count = 0
        self.trace: tuple[str, ...] = ()
        self.broken = ""
        self.states: dict[tuple[object, ...], int] = {}

    def __str__(self) -> str:
        counts = [f"{count} {name}" for name, count in self.count_by_state().items() if count]
        return f"{len(self.states)} states, {self.edge_count} edges: {', '.join(counts)}"

    def count_by_state(self) -> dict[str, int]:
        """How many abstract states each state of the kernel has."""
        counts = dict.fromkeys(STATES, 0)
        for key in self.states:
            counts[STATES[key[0]]] += 1
        return counts


def explore(first: Iterable[str] = ()) -> Found:
    """All that can be reached after these actions; ends at the first rule that is broken."""
    pump = Explored()
    found = Found()
    way = tuple(first)
    for index, name in enumerate(way):
        try:
            _NAMED[name](pump)
        except Broken as error:
            found.broken = str(error)
            found.trace = way[: index + 1]
            return found
    found.states[pump.key()] = 0
    parents: list[tuple[int, str]] = [(-1, "")]
    waiting: deque[tuple[int, list[Values]]] = deque([(0, pump.snapshot())])
    while waiting:
        number, values = waiting.popleft()
        for name, act in ACTIONS:
            pump.restore(values)
            found.edge_count += 1
            try:
                act(pump)
            except Broken as error:
                found.broken = str(error)
                found.trace = (*way, *_way(parents, number), name)
                return found
            key = pump.key()
            if key not in found.states:
                found.states[key] = len(parents)
                parents.append((number, name))
                waiting.append((found.states[key], pump.snapshot()))
    return found


def _way(parents: list[tuple[int, str]], number: int) -> tuple[str, ...]:
    names: list[str] = []
    while number > 0:
        number, name = parents[number]
        names.append(name)
    return tuple(reversed(names))
