"""A second kernel beside one on a bench: restored from its keyframe, then told all that it is."""

import random
from collections.abc import Callable, Mapping

from evenflow.telemetry.keyframe import Keeper, name_of, restore
from pumpcore.kernel import Kernel
from pumpcore.key_events import KeyEvents
from pumpcore.tick_io import Inputs, Outputs

COMMANDS = ("boot", "stage", "confirm", "cancel", "stop", "acknowledge", "audio_pause", "fail")


class Twin:
    """Every answer, every output and the state after every tick must be equal.

    The second kernel is made anew from a keyframe after one tick in `every`, at random.
    """

    def __init__(
        self, kernel: Kernel, profile: Mapping[str, object], seed: int, every: int
    ) -> None:
        """Watch a kernel: what its bench calls from now on is done twice."""
        self.made_count = 0
        self.tick_count = 0
        self._first = kernel
        self._second = Kernel(dict(profile))
        self._states = Keeper(self._first), Keeper(self._second)
        self._profile = dict(profile)
        self._random = random.Random(seed)
        self._every = every
        self._is_in_tick = False
        self._tick: Callable[[Inputs], Outputs] = kernel.tick
        kernel.tick = self._tick_both
        for name in COMMANDS:
            setattr(kernel, name, self._both(name, kernel, lambda twin: twin))
        attendance = kernel.attendance
        for name in ("renew", "take"):
            setattr(attendance, name, self._both(name, attendance, lambda twin: twin.attendance))

    def _both(
        self, name: str, owner: object, of: Callable[[Kernel], object]
    ) -> Callable[..., object]:
        first = getattr(owner, name)

        def call(*values: object, **named: object) -> object:
            answer = first(*values, **named)
            if self._is_in_tick:
                # A kernel's own call: the other one makes it too.
                return answer
            second = getattr(of(self._second), name)(*values, **named)

            assert second == answer
            return answer

        return call

    def _tick_both(self, inputs: Inputs) -> Outputs:
        self._second.events.count = 0
        self._second.surroundings.has_journal_failed = self._first.surroundings.has_journal_failed
        before = self._first.events.count
        self._is_in_tick = True
        outputs = self._tick(inputs)
        self._is_in_tick = False
        second = self._second.tick(inputs)

        assert told(second) == told(outputs), differing(told(second), told(outputs))
        assert pressed(self._second.events) == pressed(self._first.events)[before:]
        state, other = (keeper.state() for keeper in self._states)
        assert other == state, [
            (name_of(place), *both)
            for place, both in enumerate(zip(state, other, strict=True))
            if both[0] != both[1]
        ]
        self.tick_count += 1
        if self._random.randrange(self._every) == 0:
            self._second = Kernel(self._profile)
            restore(self._second, state)
            self._states = self._states[0], Keeper(self._second)
            self.made_count += 1
        return outputs


def differing(first: dict[str, object], second: dict[str, object]) -> list[str]:
    """Names whose values are not equal."""
    return [name for name, value in first.items() if value != second[name]]


def told(outputs: Outputs) -> dict[str, object]:
    """Every output; of the words those that count."""
    values = dict(vars(outputs))
    values["words"] = outputs.words[: outputs.word_count]
    return values


def pressed(events: KeyEvents) -> list[tuple[int, int, int]]:
    """The events of this tick."""
    rows = zip(events.kinds, events.codes, events.values, strict=True)
    return list(rows)[: events.count]
