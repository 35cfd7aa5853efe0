"""Balances that speak SBI: Sartorius', and others that took it over.

A command is ESC and a letter; an answer is a line of fixed length, 14 characters, or 20 with a
header of six before them. What has another length has lost something on the way, and is refused.

    +  100.0000 g       sign, space, eight digits and point, space, unit: stable
    +  100.0000         no unit: unstable
    N     +  100.0000 g     net; G is gross, Stat is followed by a word in place of a weight

Answers carry no name. After one that did not come in time, the serial number is asked for and
whatever comes before it is dropped: answers come in the order of the questions.
"""

import asyncio
import re

from evenflow.instruments import mass
from evenflow.instruments.clock import Clock, MonotonicClock
from evenflow.instruments.instrument import Identity, InstrumentError, Weight
from evenflow.instruments.transport import Setting, Transport, open_transport

ANSWER_S = 2.0
# How long it may take at opening until a stable line has told the unit.
FIRST_REST_S = 20.0
_MOST_STALE_LINES = 64
_PRINT, _TARE, _MODEL, _SERIAL = b"\x1bP\r\n", b"\x1bT\r\n", b"\x1bx1_\r\n", b"\x1bx2_\r\n"
_LENGTH, _HEADER = 14, 6
_HEADERS = ("", "N", "G")
# Square brackets mark digits that are not verified.
_VALUE = re.compile(r"(?P<sign>[+ -]) ?(?P<number> *[0-9.]+(?:\[ ?[0-9]\])?) +(?P<unit>\S{0,3}) *")
_SERIAL_LINE = re.compile(r"\s*Ser\S*\s+(?P<number>\S.*)")
_MODEL_LINE = re.compile(r"\s*Mod\S*\s+(?P<model>\S.*)")

_SAID_NO = {
    "H": ("instrument_overload", "is overloaded", "take weight off the pan"),
    "L": ("instrument_underload", "shows underload", "put the pan on, then zero it"),
    "C": ("instrument_refused", "is adjusting itself", "wait for its end"),
}
_WORDS = {"High": "H", "HH": "H", "Low": "L", "LL": "L", "Cal.Ext.": "C", "Cal.Int.": "C"}
_ERROR = re.compile(r"(?:Err|ERR)\s*\d{2,3}|(?:APP|DIS|PRT)\.ERR")


class Sbi:
    """One balance; see Balance."""

    def __init__(
        self,
        line: Transport,
        clock: Clock,
        unit: str = "g",
        answer_s: float = ANSWER_S,
        max_drift_ug: int | None = None,
    ) -> None:
        """Take over an open line; `begin` makes it ready. `unit` is what the balance is set to."""
        self.resolution_ug = 0
        self._line = line
        self._clock = clock
        self._unit = unit
        self._answer_s = answer_s
        self._max_drift_ug = max_drift_ug
        self._serial_number = ""
        self._is_in_step = False
        # Who samples in the background and who waits for rest take turns.
        self._turn = asyncio.Lock()

    async def begin(self) -> None:
        """Wait for one stable line: only that says which unit unstable lines are in."""
        await self.read_stable(FIRST_REST_S)

    async def identity(self) -> Identity:
        """Model and serial number; SBI says neither maker nor version."""
        line = await self._asked(_MODEL)
        found = _MODEL_LINE.fullmatch(line)
        if found is None:
            raise self._not_understood(line)
        return Identity("", found["model"].strip(), self._serial_number, "")

    async def read(self) -> Weight:
        """The present value, stable or not."""
        return self._weight(await self._asked(_PRINT))

    async def read_stable(self, within_s: float) -> Weight:
        """The next stable value."""
        return await mass.at_rest(
            self.read, self._clock, within_s, self._line.name, self._max_drift_ug
        )

    async def tare(self) -> None:
        """Tare at rest, and make sure of it: SBI does not answer to it, so the value is read."""
        await self.read_stable(FIRST_REST_S)
        await self._line.write(_TARE)
        weight = await self.read_stable(FIRST_REST_S)
        if abs(weight.mass_ug) > self.resolution_ug:
            reason = f"{self._line.name}: was tared and shows {weight.mass_ug} µg"
            raise InstrumentError("instrument_refused", reason, "keep the pan still, try again")

    async def close(self) -> None:
        """Nothing is left under way: shut the line."""
        await self._line.close()

    async def _asked(self, command: bytes) -> str:
        async with self._turn:
            return await self._asked_alone(command)

    async def _asked_alone(self, command: bytes) -> str:
        if not self._is_in_step:
            await self._into_step()
        # Until there is an answer, one may still come: the next question asks for the number.
        self._is_in_step = False
        self._line.forget()
        await self._line.write(command)
        answer = await self._line.read_line(self._answer_s)
        self._is_in_step = True
        return answer

    async def _into_step(self) -> None:
        answer = ""
        await self._line.write(_SERIAL)
        for _ in range(_MOST_STALE_LINES):
            answer = await self._line.read_line(self._answer_s)
            found = _SERIAL_LINE.fullmatch(answer)
            if found is not None:
                self._serial_number = found["number"].strip()
                self._is_in_step = True
                return
        raise self._not_understood(answer)

    def _weight(self, line: str) -> Weight:
        self._is_in_step = False
        if len(line) not in (_LENGTH, _HEADER + _LENGTH):
            raise self._not_understood(line)
        header, body = line[:-_LENGTH].strip(), line[-_LENGTH:]
        self._raise_if_said_no(body.strip())
        found = _VALUE.fullmatch(body)
        if header not in _HEADERS or found is None:
            raise self._not_understood(line)
        unit = found["unit"]
        if unit and unit != self._unit:
            reason = f"{self._line.name}: shows {unit!r}, the rig file says {self._unit!r}"
            raise InstrumentError("instrument_unit", reason, "set the balance, or the rig file")
        number = found["sign"].strip() + re.sub(r"[\[\] ]", "", found["number"])
        mass_ug, step_ug = mass.micrograms(number, self._unit, self._line.name)
        if not self.resolution_ug and unit:
            self.resolution_ug = step_ug
        # An unstable line names no unit: that a key has changed it shows in the decimals alone.
        mass.hold_steps(self.resolution_ug or step_ug, step_ug, number, self._line.name)
        self._is_in_step = True
        return Weight(self._clock.now_s(), mass_ug, is_stable=bool(unit))

    def _raise_if_said_no(self, words: str) -> None:
        word = words.replace(" ", "")
        said_no = _SAID_NO.get(_WORDS.get(word, word))
        if said_no is not None:
            code, what, hint = said_no
            self._is_in_step = True
            raise InstrumentError(code, f"{self._line.name}: {what}", hint)
        if _ERROR.fullmatch(words):
            self._is_in_step = True
            reason = f"{self._line.name}: shows {words}"
            raise InstrumentError("instrument_refused", reason, "see its manual")

    def _not_understood(self, answer: str) -> InstrumentError:
        return InstrumentError(
            "instrument_answer",
            f"{self._line.name}: answered {answer!r}, which is not SBI to what was asked",
            "check kind, baud and parity in the rig file; an echo means a wrong cable or setting",
        )


async def open_sbi(
    address: str,
    clock: Clock | None = None,
    *,
    baud: int = 9600,
    parity: str = "none",
    data_bits: int = 8,
    unit: str = "g",
    answer_ms: int = int(ANSWER_S * 1000),
    max_drift_ug: int | None = None,
) -> Sbi:
    """An open balance that has come to rest once; InstrumentError otherwise, the line shut."""
    name = f"balance {address}"
    line = await open_transport(address, name, Setting(baud, data_bits, parity))
    balance = Sbi(line, clock or MonotonicClock(), unit, answer_ms / 1000, max_drift_ug)
    try:
        await balance.begin()
    except BaseException:
        await line.close()
        raise
    return balance
