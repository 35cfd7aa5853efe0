"""A kernel's whole state as the pump tells it in parts: gathered, and put into another kernel."""

from itertools import islice
from struct import Struct

from evenflow.client.records import Keyframe as Part
from pumpcore.kernel import Kernel
from pumpcore.keyframe import MAX_ROWS, ROW_LENGTH, Keyframe
from pumpcore.keyframe_table import LAYOUT, TABLE, Table, part
from pumpcore.programme import Programme
from pumpcore.vital_signs import VitalSigns

_PART = Struct("<16i")
_VALUES_PER_PART = 16
_BITS = 32
# They go through the programme's.
_ROWS = (("motion._schedule", "_rows"), ("motion.delivery._schedule", "_rows"))
_SIGN = 1 << (_BITS - 1)

State = tuple[int, ...]


class Gathering:
    """Parts in the order in which they come; one that is missing leaves the rest useless."""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self.tick_count = -1
        self._figures: list[int] = []

    def take(self, told: Part) -> State | None:
        """The whole state, with its last part; `tick_count` says after which tick it was so."""
        if told.index == 0:
            self.tick_count = told.tick_count
            self._figures = []
        is_next = len(self._figures) == told.index * _VALUES_PER_PART
        if told.tick_count != self.tick_count or not is_next:
            self.tick_count = -1
            return None
        self._figures += _PART.unpack(told.values)
        return tuple(self._figures[:COUNT]) if told.index == PART_COUNT - 1 else None


def is_known(state: State) -> bool:
    """Whether this version's kernel has these figures, in this order."""
    return state[0] == LAYOUT


class Keeper:
    """Takes the state of one kernel, as a pump with that kernel would tell it."""

    def __init__(self, kernel: Kernel) -> None:
        """Nothing taken yet."""
        self._keyframe = Keyframe(kernel, Table(kernel), LAYOUT)

    def state(self) -> State:
        """As it is now."""
        self._keyframe.take()
        values = self._keyframe.values
        return tuple([(value + _SIGN) % (1 << _BITS) - _SIGN for value in values])


def state_of(kernel: Kernel) -> State:
    """The same, of a kernel that is asked once."""
    return Keeper(kernel).state()


def differing(recorded: State, executed: State) -> dict[str, tuple[int, int]]:
    """Variables whose figures are not equal, with the first such figure of each."""
    found: dict[str, tuple[int, int]] = {}
    if recorded != executed:
        for place, both in enumerate(zip(recorded, executed, strict=True)):
            if both[0] != both[1]:
                found.setdefault(name_of(place), both)
    return found


def name_of(place: int) -> str:
    """Which variable of the kernel the figure at that place is, or belongs to."""
    return _NAMES[place]


def restore(kernel: Kernel, state: State) -> None:
    """Put a state into a kernel of the same profile, so that it goes on as the other one does."""
    kernel.programme = Programme()
    table = Table(kernel)
    figures = iter(state[1:])
    names = iter(table.names)
    for owner, count in zip(table.owners, table.counts, strict=True):
        for name in islice(names, count):
            value: object = next(figures)
            setattr(owner, name, bool(value) if isinstance(getattr(owner, name), bool) else value)
    for place, name, most in table.sequences:
        count = next(figures)
        items = list(islice(figures, most))[:count]
        owner = table.owners[place]
        setattr(owner, name, _like(getattr(owner, name), name, items))
    count = next(figures)
    rows = [tuple(islice(figures, ROW_LENGTH)) for _ in range(MAX_ROWS)]
    kernel.programme.rows = tuple(rows[:count])
    for path, name in _ROWS:
        setattr(part(kernel, path), name, kernel.programme.rows)


def restore_signs(kernel: Kernel, state: State) -> None:
    """Put only what is known of the patient into a kernel; see pumpcore.attendance.remember."""
    signs = VitalSigns(*state[_SIGNS + 1 : _SIGNS + 1 + len(VitalSigns._fields)])
    is_overridden = bool(state[_NAMES.index("attendance._is_overridden")])
    kernel.attendance.remember(signs, is_overridden=is_overridden)


def _like(held: object, name: str, items: list[int]) -> object:
    """As what the kernel has there."""
    if isinstance(held, bytes):
        return bytes(items)
    if isinstance(held, list):
        return items
    return VitalSigns(*items) if name == "signs" else tuple(items)


def _names() -> list[str]:
    names = ["layout"]
    sequences: list[str] = []
    path = ""
    for line in TABLE.splitlines():
        if not line.startswith(" "):
            path = line
            continue
        for word in line.split():
            name, _, most = word.partition("*")
            if most:
                sequences += [f"{path}.{name}"] * (1 + int(most))
            else:
                names.append(f"{path}.{name}")
    return names + sequences + ["programme.rows"] * (1 + MAX_ROWS * ROW_LENGTH)


_NAMES = _names()
COUNT = len(_NAMES)
_SIGNS = _NAMES.index("attendance.signs")
PART_COUNT = -(-COUNT // _VALUES_PER_PART)
