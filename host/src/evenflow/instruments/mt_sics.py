"""Balances that speak MT-SICS, levels 0 and 1: Mettler-Toledo's, and others that took it over.

Commands and answers are lines. An answer begins with the command's name and a status; `@` ends
what is under way and answers with the serial number, so that an answer that came too late is never
taken for that to the next question.

    SI   S S    100.0000 g    stable      S M   stable, below the least weight of its regulations
         S D    100.0000 g    unstable    S N   unstable, below it
         S I   busy, or did not come to rest        S +   overload        S -   underload
    T    T S    100.0000 g    tared, and what was tared; T I, T +, T - as above
    ES   unknown command      ET   transmission error      EL   cannot be carried out now
"""

import asyncio
import re

from evenflow.instruments import mass
from evenflow.instruments.clock import Clock, MonotonicClock
from evenflow.instruments.instrument import Identity, InstrumentError, Weight
from evenflow.instruments.transport import Setting, Transport, open_transport

ANSWER_S = 2.0
# Taring waits for rest, on the balance's own time: 40 s at the most in those that tell it.
TARE_S = 45.0
# Lines of an answer given up, or of a stream, that may come before the answer to `@`.
_MOST_STALE_LINES = 64
_WEIGHT_WIDTH = 10
_WEIGHT = re.compile(r"(?P<field> *(?P<number>-?[0-9.]+)) (?P<unit>\S{1,10}) *")
_GENERAL = ("ES", "ET", "EL")
# That to SI carries the name of S.
_NAMES_OF_ANSWERS = {"SI": "S"}
_IS_STABLE = {"S": True, "M": True, "D": False, "N": False}

_SAID_NO = {
    "I": ("instrument_unstable", "is busy, or did not come to rest", "wait until it is at rest"),
    "+": ("instrument_overload", "is overloaded", "take weight off the pan"),
    "-": ("instrument_underload", "shows underload", "put the pan on, then zero it"),
    "L": ("instrument_refused", "refuses the command's parameter", "see its manual"),
    "ES": ("instrument_refused", "does not know the command", "set its protocol to MT-SICS"),
    "ET": ("instrument_refused", "got a damaged command", "check baud and parity"),
    "EL": ("instrument_refused", "cannot carry it out now", "end its menu or application"),
}


class MtSics:
    """One balance; see Balance."""

    def __init__(
        self,
        line: Transport,
        clock: Clock,
        answer_s: float = ANSWER_S,
        tare_s: float = TARE_S,
        max_drift_ug: int | None = None,
    ) -> None:
        """Take over an open line; `begin` makes it ready."""
        self.resolution_ug = 0
        self._line = line
        self._clock = clock
        self._answer_s = answer_s
        self._tare_s = tare_s
        self._max_drift_ug = max_drift_ug
        self._serial_number = ""
        self._is_in_step = False
        # Who samples in the background and who waits for rest take turns.
        self._turn = asyncio.Lock()
        self._is_padded = False

    async def begin(self) -> None:
        """End what is under way, learn serial number, digits, and whether weights are padded."""
        _, field, _ = _weight(await self._asked("SI"), self._line.name)
        self._is_padded = len(field) == _WEIGHT_WIDTH
        await self.read()

    async def identity(self) -> Identity:
        """Model with capacity, as I2 tells it; MT-SICS does not say who the maker is."""
        model = await self._quoted("I2")
        version = await self._quoted("I3")
        return Identity("", model, self._serial_number, version)

    async def read(self) -> Weight:
        """The present value, stable or not."""
        status, field, unit = _weight(await self._asked("SI"), self._line.name)
        if self._is_padded and len(field) != _WEIGHT_WIDTH:
            # A byte was lost on the way, and with it a digit.
            raise _not_understood(self._line.name, field)
        mass_ug, step_ug = mass.micrograms(field.strip(), unit, self._line.name)
        # The first weight tells; on a line that pads nothing, only this shows a lost decimal.
        self.resolution_ug = self.resolution_ug or step_ug
        mass.hold_steps(self.resolution_ug, step_ug, f"{field.strip()} {unit}", self._line.name)
        return Weight(self._clock.now_s(), mass_ug, _IS_STABLE[status])

    async def read_stable(self, within_s: float) -> Weight:
        """The next stable value.

        Asked with SI until it says so, not with S: that would leave a command under way.
        """
        return await mass.at_rest(
            self.read, self._clock, within_s, self._line.name, self._max_drift_ug
        )

    async def tare(self) -> None:
        """Tare once the balance is at rest; instrument_unstable if it does not come to it."""
        await self._done("T", "S")

    async def zero(self) -> None:
        """Take the present value for nothing at all, near its zero only."""
        await self._done("Z", "A")

    async def close(self) -> None:
        """Nothing is left under way: shut the line."""
        await self._line.close()

    async def _done(self, command: str, status: str) -> None:
        answer = await self._asked(command, self._tare_s)
        if answer.split(" ")[0] != status:
            raise _not_understood(self._line.name, answer)

    async def _quoted(self, command: str) -> str:
        answer = await self._asked(command)
        if not (answer.startswith('A "') and answer.endswith('"')):
            raise _not_understood(self._line.name, answer)
        return answer[3:-1].strip()

    async def _asked(self, command: str, within_s: float | None = None) -> str:
        """What comes after the command's name in the answer; InstrumentError if it said no."""
        async with self._turn:
            return await self._asked_alone(command, within_s or self._answer_s)

    async def _asked_alone(self, command: str, within_s: float) -> str:
        if not self._is_in_step:
            await self._into_step()
        # Until there is an answer, one may still come: the next question begins with a reset.
        self._is_in_step = False
        self._line.forget()
        await self._line.write_line(command)
        answer = await self._line.read_line(within_s)
        name, _, rest = answer.partition(" ")
        if answer not in _GENERAL and name != _NAMES_OF_ANSWERS.get(command, command):
            raise _not_understood(self._line.name, answer)
        self._is_in_step = True
        said_no = _SAID_NO.get(answer if answer in _GENERAL else rest.strip())
        if said_no is not None:
            code, what, hint = said_no
            raise InstrumentError(code, f"{self._line.name}: {what} ({command})", hint)
        return rest

    async def _into_step(self) -> None:
        answer = ""
        await self._line.write_line("@")
        for _ in range(_MOST_STALE_LINES):
            answer = await self._line.read_line(self._answer_s)
            if answer.startswith('I4 A "'):
                self._serial_number = answer[6:].removesuffix('"').strip()
                self._is_in_step = True
                return
            if answer == "@":
                raise _not_understood(self._line.name, answer)
        raise _not_understood(self._line.name, answer)


async def open_mt_sics(
    address: str,
    clock: Clock | None = None,
    *,
    baud: int = 9600,
    parity: str = "none",
    data_bits: int = 8,
    answer_ms: int = int(ANSWER_S * 1000),
    max_drift_ug: int | None = None,
) -> MtSics:
    """An open balance that has answered; InstrumentError otherwise, and the line is shut."""
    name = f"balance {address}"
    line = await open_transport(address, name, Setting(baud, data_bits, parity))
    balance = MtSics(line, clock or MonotonicClock(), answer_ms / 1000, max_drift_ug=max_drift_ug)
    try:
        await balance.begin()
    except BaseException:
        await line.close()
        raise
    return balance


def _weight(answer: str, name: str) -> tuple[str, str, str]:
    """Status, the number with the spaces before it, and the unit."""
    status, _, rest = answer.partition(" ")
    if status in _IS_STABLE and rest.strip().startswith("Error"):
        reason = f"{name}: shows {rest.strip()!r} in place of a weight"
        raise InstrumentError("instrument_refused", reason, "see its manual")
    found = _WEIGHT.fullmatch(rest)
    if status not in _IS_STABLE or found is None:
        raise _not_understood(name, answer)
    return status, found["field"], found["unit"]


def _not_understood(name: str, answer: str) -> InstrumentError:
    return InstrumentError(
        "instrument_answer",
        f"{name}: answered {answer!r}, which is not MT-SICS to what was asked",
        "check kind, baud and parity in the rig file; an echo means a wrong cable or setting",
    )
