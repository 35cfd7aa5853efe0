"""An emulated balance that speaks MT-SICS, levels 0 and 1, in words of the reference manual.

It keeps no time: `S`, `T` and `Z` answer `I` at once where a real one would wait for rest first.
"""

from typing import TYPE_CHECKING

from evenflow.instruments.emulated.pan import Pan, grams

if TYPE_CHECKING:
    from collections.abc import Callable

_END = b"\r\n"
_MODEL, _VERSION = "Emulated balance", "1.10 0.0.0"
_STATUS = {"overload": "+", "underload": "-", "busy": "I"}
_WIDTH = 10
_LEVELS = (
    ("I0", 0),
    ("I1", 0),
    ("I2", 0),
    ("I3", 0),
    ("I4", 0),
    ("S", 0),
    ("SI", 0),
    ("Z", 0),
    ("@", 0),
    ("T", 1),
)


class EmulatedMtSics:
    """One balance; `behaviour` is a word of pan.BEHAVIOURS or served.BEHAVIOURS, or empty."""

    def __init__(self, pan: Pan | None = None, serial_number: str = "0123456789") -> None:
        """A balance with that on its pan."""
        self.pan = pan or Pan()
        self.behaviour = ""
        self.unit = "g"
        self._serial_number = serial_number
        self._received = b""
        self._commands: dict[str, Callable[[], list[str]]] = {
            "@": self._reset,
            "I0": self._known,
            "I1": lambda: ['I1 A "01" "2.30" "2.20" "" ""'],
            "I2": lambda: [f'I2 A "{_MODEL} {self._capacity()} g"'],
            "I3": lambda: [f'I3 A "{_VERSION}"'],
            "I4": lambda: [f'I4 A "{self._serial_number}"'],
            "S": lambda: [self._weight(must_rest=True)],
            "SI": lambda: [self._weight(must_rest=False)],
            "T": lambda: [self._tare()],
            "Z": lambda: [self._zero()],
        }

    def heard(self, received: bytes) -> bytes:
        """Answers to the commands that have ended."""
        *lines, self._received = (self._received + received).split(_END)
        answers: list[str] = []
        for line in lines:
            # An XON or a stray byte before a command is part of it: it is then unknown.
            command = self._commands.get(line.decode("ascii", errors="replace"))
            answers += command() if command is not None else ["ES"]
        return b"".join(answer.encode("ascii") + _END for answer in answers)

    def _reset(self) -> list[str]:
        return [f'I4 A "{self._serial_number}"']

    def _known(self) -> list[str]:
        last = len(_LEVELS) - 1
        return [
            f'I0 {"A" if index == last else "B"} {level} "{word}"'
            for index, (word, level) in enumerate(_LEVELS)
        ]

    def _capacity(self) -> str:
        return grams(self.pan.capacity_ug, self.pan.resolution_ug)

    def _weight(self, *, must_rest: bool) -> str:
        net, is_stable = self.pan.weighed(self.behaviour)
        if isinstance(net, str):
            return f"S {_STATUS[net]}"
        if must_rest and not is_stable:
            return "S I"
        return f"S {'S' if is_stable else 'D'} {self._figure(net)}"

    def _tare(self) -> str:
        net, is_stable = self.pan.weighed(self.behaviour)
        if isinstance(net, str):
            return f"T {_STATUS[net]}"
        if not is_stable:
            return "T I"
        self.pan.set_to_zero()
        return f"T S {self._figure(self.pan.tare_ug)}"

    def _zero(self) -> str:
        net, is_stable = self.pan.weighed(self.behaviour)
        if isinstance(net, str):
            return f"Z {_STATUS[net]}"
        if not is_stable:
            return "Z I"
        self.pan.set_to_zero()
        return "Z A"

    def _figure(self, mass_ug: int) -> str:
        unit = "ct" if self.behaviour == "other_unit" else self.unit
        return f"{grams(mass_ug, self.pan.resolution_ug):>{_WIDTH}} {unit}"
