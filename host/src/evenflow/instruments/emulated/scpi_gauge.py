"""An emulated pressure gauge that answers one query, in pascals."""

from collections.abc import Callable

from evenflow.instruments.emulated.scpi import Scpi

BEHAVIOURS = {
    "overload": "answers the number that stands for none",
    "underload": "the same, below its range",
    "other_unit": "answers in psi, and says so",
    "words": "answers a word in place of a number",
}
_ANSWERS = {
    "overload": "9.90000000E+37",
    "underload": "-9.90000000E+37",
    "other_unit": "14.5038 psi",
    "words": "OVER",
}


class EmulatedScpiGauge:
    """One gauge; `behaviour` is a word of BEHAVIOURS or served.BEHAVIOURS, or empty."""

    def __init__(self, pressure_pa: Callable[[], int] = lambda: 0) -> None:
        """Measures that."""
        self.behaviour = ""
        self.says_unit = False
        self._pressure_pa = pressure_pa
        self._scpi = Scpi(
            {
                "*IDN?": lambda _: "Evenflow,EMU-P,0002,1.0",
                "MEASure:PRESsure?": lambda _: self._measured(),
            }
        )

    def heard(self, received: bytes) -> bytes:
        """Answers to the commands that have ended."""
        return self._scpi.heard(received)

    def _measured(self) -> str:
        unit = " Pa" if self.says_unit else ""
        return _ANSWERS.get(self.behaviour, f"{self._pressure_pa():+d}{unit}")
