"""An emulated laboratory supply, with a load that says what it draws."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from evenflow.instruments.emulated.scpi import DATA_OUT_OF_RANGE, DATA_TYPE_ERROR, Scpi

BEHAVIOURS = {
    "tripped": "its protection keeps the output off, without an error",
    "deaf": "keeps the voltage that it has, without an error",
    "overload": "measures no number, as beyond its range",
    "refusing": "answers each command with an error",
}
_LOCAL_ONLY = (-203, "Command protected")
_HIGHEST_MV, _HIGHEST_MA = 32_000, 3_000
_NO_NUMBER = "9.91000000E+37"


class EmulatedScpiSupply:
    """One output; `behaviour` is a word of BEHAVIOURS or served.BEHAVIOURS, or empty."""

    def __init__(
        self,
        drawn_ma: Callable[[int], int] = lambda _: 0,
        switched: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`drawn_ma` tells the current at a voltage; `switched` hears each change of voltage."""
        self.behaviour = ""
        self.set_mv = 0
        self.set_ma = 100
        self.is_on = False
        self._drawn_ma = drawn_ma
        self._switched = switched
        self._scpi = Scpi(
            {
                "*IDN?": lambda _: "Evenflow,EMU-32-3,0001,1.0",
                "*RST": self._reset,
                "VOLTage": self._set_voltage,
                "VOLTage?": lambda _: _figure(self.set_mv),
                "CURRent": self._set_current,
                "CURRent?": lambda _: _figure(self.set_ma),
                "OUTPut": self._set_output,
                "OUTPut?": lambda _: str(int(self.is_on)),
                "MEASure:VOLTage?": lambda _: self._measured(self._terminals()[0]),
                "MEASure:CURRent?": lambda _: self._measured(self._terminals()[1]),
            }
        )

    def heard(self, received: bytes) -> bytes:
        """Answers to the commands that have ended."""
        return self._scpi.heard(received)

    def _terminals(self) -> tuple[int, int]:
        """Voltage and current there; at the current limit the voltage gives way."""
        if not self.is_on:
            return 0, 0
        drawn_ma = self._drawn_ma(self.set_mv)
        if drawn_ma <= self.set_ma:
            return self.set_mv, drawn_ma
        return self.set_mv * self.set_ma // drawn_ma, self.set_ma

    def _measured(self, thousandths: int) -> str:
        return _NO_NUMBER if self.behaviour == "overload" else _figure(thousandths)

    def _set_voltage(self, text: str) -> None:
        value = self._value(text, _HIGHEST_MV)
        if value is not None and self.behaviour != "deaf":
            self.set_mv = value
            self._tell()

    def _set_current(self, text: str) -> None:
        value = self._value(text, _HIGHEST_MA)
        if value is not None:
            self.set_ma = value

    def _set_output(self, text: str) -> None:
        word = text.upper()
        if self.behaviour == "refusing":
            self._scpi.fail(_LOCAL_ONLY)
        elif word not in ("ON", "OFF", "1", "0"):
            self._scpi.fail(DATA_TYPE_ERROR)
        else:
            self.is_on = word in ("ON", "1") and self.behaviour != "tripped"
            self._tell()

    def _reset(self, _text: str) -> None:
        self.set_mv, self.set_ma, self.is_on = 0, 100, False
        self._tell()

    def _tell(self) -> None:
        self._switched(self.set_mv if self.is_on else 0)

    def _value(self, text: str, highest: int) -> int | None:
        if self.behaviour == "refusing":
            self._scpi.fail(_LOCAL_ONLY)
            return None
        try:
            value = Decimal(text) * 1000
        except InvalidOperation:
            self._scpi.fail(DATA_TYPE_ERROR)
            return None
        if not 0 <= value <= highest:
            self._scpi.fail(DATA_OUT_OF_RANGE)
            return None
        return int(value)


def _figure(thousandths: int) -> str:
    """As instruments write numbers: ten digits and an exponent."""
    return f"{thousandths / 1000:+.8E}"
