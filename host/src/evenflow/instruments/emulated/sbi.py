"""An emulated balance that speaks SBI, with lines of 16 or 22 characters, CR and LF among them."""

import re

from evenflow.instruments.emulated.pan import Pan, grams

_COMMAND = re.compile(rb"\x1b(?P<letters>[A-Z]|[a-z][0-9]?_)(?:\r\n)?")
_MODEL, _DIGITS = "EMULATED", 9
# In a line of 22 characters, and in one of 16.
_WORDS = {"overload": ("High", "H"), "underload": ("Low", "L"), "busy": ("Cal.Ext.", "C")}


class EmulatedSbi:
    """One balance; `behaviour` is a word of pan.BEHAVIOURS or served.BEHAVIOURS, or empty."""

    def __init__(
        self, pan: Pan | None = None, *, has_header: bool = True, serial_number: str = "0047304196"
    ) -> None:
        """A balance with that on its pan; with a header its lines have 22 characters."""
        self.pan = pan or Pan()
        self.behaviour = ""
        self.unit = "g"
        self.has_header = has_header
        self._serial_number = serial_number
        self._received = b""

    def heard(self, received: bytes) -> bytes:
        """Answers to the commands that have ended; what is none is passed over in silence."""
        self._received += received
        answer, end = b"", 0
        for found in _COMMAND.finditer(self._received):
            answer += self._answer(found["letters"])
            end = found.end()
        self._received = self._received[end:]
        return answer

    def _answer(self, letters: bytes) -> bytes:
        if letters == b"P":
            return _line(self._weight())
        if letters in (b"T", b"U", b"V"):
            _, is_stable = self.pan.weighed(self.behaviour)
            if is_stable:
                self.pan.set_to_zero()
        named = {b"x1_": f"Model  {_MODEL:>13}", b"x2_": f"SerNo. {self._serial_number:>13}"}
        return _line(named[letters]) if letters in named else b""

    def _weight(self) -> str:
        net, is_stable = self.pan.weighed(self.behaviour)
        if isinstance(net, str):
            long, short = _WORDS[net]
            return f"Stat{long:^16}" if self.has_header else f"{short:^14}"
        header = "N     " if self.has_header else ""
        unit = "ct" if self.behaviour == "other_unit" else self.unit
        figure = grams(abs(net), self.pan.resolution_ug)
        return (
            f"{header}{'-' if net < 0 else '+'}{figure:>{_DIGITS}} {unit if is_stable else '':<3}"
        )


def _line(text: str) -> bytes:
    return text.encode("ascii") + b"\r\n"
