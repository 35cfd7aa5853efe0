"""What all emulated SCPI instruments share: headers short and long, and a queue of errors."""

import re
from collections.abc import Callable, Mapping

_END = b"\n"
_MOST_ERRORS = 16
UNDEFINED_HEADER = (-113, "Undefined header")
DATA_OUT_OF_RANGE = (-222, "Data out of range")
DATA_TYPE_ERROR = (-104, "Data type error")
_OVERFLOW = (-350, "Queue overflow")
_HEADER = re.compile(r":?(?P<header>\*?[A-Za-z:]+\??)\s*(?P<value>.*)")

Answer = Callable[[str], str | None]


class Scpi:
    """Commands by their short form, with the long one spelt beyond its capitals."""

    def __init__(self, commands: Mapping[str, Answer]) -> None:
        """`commands` has headers as manuals write them: `MEASure:VOLTage?`."""
        self._commands = {_forms(header): answer for header, answer in commands.items()}
        self._errors: list[tuple[int, str]] = []
        self._received = b""

    def heard(self, received: bytes) -> bytes:
        """Answers to the commands that have ended."""
        *lines, self._received = (self._received + received).split(_END)
        answered = b""
        for line in lines:
            text = line.decode("ascii", errors="replace").strip()
            answers = [self._do(part.strip()) for part in text.split(";") if part.strip()]
            told = [answer for answer in answers if answer is not None]
            answered += ";".join(told).encode("ascii") + _END if told else b""
        return answered

    def fail(self, error: tuple[int, str]) -> None:
        """Queue an error, as many as there is room for."""
        if len(self._errors) < _MOST_ERRORS:
            self._errors.append(error)
        else:
            self._errors[-1] = _OVERFLOW

    def _do(self, text: str) -> str | None:
        found = _HEADER.fullmatch(text)
        header = found["header"].upper() if found is not None else ""
        if header in ("SYST:ERR?", "SYSTEM:ERROR?"):
            code, words = self._errors.pop(0) if self._errors else (0, "No error")
            return f'{code:+d},"{words}"'
        if header == "*CLS":
            self._errors.clear()
            return None
        for forms, answer in self._commands.items():
            if found is not None and header in forms:
                return answer(found["value"])
        self.fail(UNDEFINED_HEADER)
        return None


def _forms(header: str) -> frozenset[str]:
    """Every mix of short and long words of a header, in capitals."""
    mark = "?" if header.endswith("?") else ""
    forms = [""]
    for word in header.removesuffix("?").split(":"):
        short = "".join(letter for letter in word if not letter.islower())
        forms = [
            f"{form}:{one}" if form else one for form in forms for one in (short, word.upper())
        ]
    return frozenset(form + mark for form in forms)
