"""Questions and commands in SCPI, through pyvisa and its backend in Python: socket or serial.

After each command the instrument is asked for its errors. After an answer that did not come in
time, it is asked who it is, and whatever comes before that answer is dropped.
"""

import asyncio
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from evenflow.errors import WrongUsage
from evenflow.instruments.instrument import Identity, InstrumentError

if TYPE_CHECKING:
    from pyvisa.resources import MessageBasedResource

ANSWER_S = 2.0
_BACKEND = "@py"
_MOST_STALE_LINES = 32
_MOST_ERRORS = 32
_FIELDS_OF_IDENTITY = 4
_SOCKET = re.compile(r"socket://(?P<host>[^\s:/]+):(?P<port>\d+)")
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{0,12})?(?:[Ee][+-]?\d{1,2})?")
_ERROR = re.compile(r'(?P<number>[+-]?\d{1,5}),\s*"(?P<words>[^"]*)"')
# 9.9E37 stands for infinity and 9.91E37 for not a number: IEEE 488.2 leaves them no other way.
_NO_NUMBER = Decimal("9.9E37")

_Answer = TypeVar("_Answer")


class VisaLine:
    """An open resource; `name` is what messages call the instrument."""

    def __init__(self, resource: "MessageBasedResource", name: str, answer_s: float) -> None:
        """Take over an open resource."""
        self.name = name
        self.identity = Identity("", "", "", "")
        self._resource = resource
        self._answer_s = answer_s
        self._who = ""
        self._is_in_step = False
        self._is_closed = False
        self._turn = asyncio.Lock()

    async def begin(self) -> None:
        """Learn who it is, and drop the errors of whoever spoke with it before."""
        async with self._turn:
            await self._into_step()
            await self._drop_errors()

    async def ask(self, question: str) -> str:
        """The answer, in one line."""
        async with self._turn:
            return await self._asked(question)

    async def number(self, question: str) -> Decimal:
        """The answer as the number that it wrote."""
        return number(await self.ask(question), self.name)

    async def command(self, text: str) -> None:
        """Send a command; instrument_refused if it has errors afterwards."""
        async with self._turn:
            if not self._is_in_step:
                await self._into_step()
            await self._called(lambda: self._resource.write(text))
            answer = await self._asked("SYST:ERR?")
            found = _ERROR.fullmatch(answer)
            if found is None:
                raise self.not_understood(answer)
            if int(found["number"]) != 0:
                await self._drop_errors()
                reason = f"{self.name}: {text}: {found['words']} ({found['number']})"
                raise InstrumentError("instrument_refused", reason, "see its manual")

    async def close(self) -> None:
        """Give the resource back; harmless twice."""
        if not self._is_closed:
            self._is_closed = True
            await asyncio.to_thread(self._resource.close)

    def not_understood(self, answer: str) -> InstrumentError:
        """An answer to something else, or in another language."""
        self._is_in_step = False
        return InstrumentError(
            "instrument_answer",
            f"{self.name}: answered {answer[:60]!r}, which is not what was asked for",
            "check kind, address and baud in the rig file; an echo must be off",
        )

    async def _drop_errors(self) -> None:
        for _ in range(_MOST_ERRORS):
            found = _ERROR.fullmatch(await self._asked("SYST:ERR?"))
            if found is None or int(found["number"]) == 0:
                return

    async def _asked(self, question: str) -> str:
        if not self._is_in_step:
            await self._into_step()
        # Until there is an answer, one may still come: the next question begins with *IDN?.
        self._is_in_step = False
        answer = await self._called(lambda: self._resource.query(question))
        self._is_in_step = True
        if answer.strip() == question:
            raise self.not_understood(answer)
        return answer.strip()

    async def _into_step(self) -> None:
        await self._called(lambda: self._resource.write("*IDN?"))
        answer = ""
        for _ in range(_MOST_STALE_LINES):
            try:
                answer = (await self._called(self._resource.read)).strip()
            except InstrumentError as error:
                if error.code == "instrument_answer" and self._who:
                    continue
                raise
            fields = [field.strip() for field in answer.split(",")]
            if answer == self._who or (not self._who and len(fields) == _FIELDS_OF_IDENTITY):
                self._who = answer
                self.identity = Identity(*fields)
                self._is_in_step = True
                return
            if not self._who:
                break
        raise self.not_understood(answer)

    async def _called(self, call: Callable[[], _Answer]) -> _Answer:
        """In a thread: pyvisa blocks, and raises whatever its backend raises."""
        try:
            return await asyncio.to_thread(call)
        except UnicodeDecodeError as error:
            raise self.not_understood(repr(error.object)) from error
        except Exception as error:
            if getattr(error, "abbreviation", "") == "VI_ERROR_TMO":
                reason = f"{self.name}: no whole answer within {self._answer_s:g} s"
                hint = "check that it is on, its address, and that remote control is on"
                raise InstrumentError("instrument_silent", reason, hint) from error
            reason = f"{self.name}: the line went away ({error})"
            hint = "check its cable and its power"
            raise InstrumentError("instrument_lost", reason, hint) from error


async def open_visa(address: str, name: str, baud: int, answer_ms: int) -> VisaLine:
    """An open line that has said who it is; instrument_missing if there is none."""
    resource = await asyncio.to_thread(_open, address, name, baud, answer_ms)
    line = VisaLine(resource, name, answer_ms / 1000)
    try:
        await line.begin()
    except BaseException:
        await line.close()
        raise
    return line


def number(text: str, name: str) -> Decimal:
    """What a SCPI instrument wrote, exactly; InstrumentError for none, and for its infinity."""
    if _NUMBER.fullmatch(text) is None:
        raise InstrumentError(
            "instrument_answer",
            f"{name}: answered {text[:60]!r} in place of a number",
            "check kind and query in the rig file",
        )
    value = Decimal(text)
    if abs(value) >= _NO_NUMBER:
        code = "instrument_underload" if value < 0 else "instrument_overload"
        raise InstrumentError(code, f"{name}: is out of its range", "bring it into its range")
    return value


def _open(address: str, name: str, baud: int, answer_ms: int) -> "MessageBasedResource":
    try:
        import pyvisa
        from pyvisa.resources import MessageBasedResource, SerialInstrument
    except ModuleNotFoundError as missing:
        reason = f"{name}: needs pyvisa, which is not installed"
        raise WrongUsage("not_installed", reason, "pip install 'evenflow[bench]'") from missing
    try:
        resource = pyvisa.ResourceManager(_BACKEND).open_resource(
            _resource_name(address), open_timeout=answer_ms
        )
        if isinstance(resource, SerialInstrument):
            resource.baud_rate = baud
    except Exception as error:
        reason = f"{name}: cannot be opened: {error}"
        hint = "check the address, its cable, and that no other program holds it"
        raise InstrumentError("instrument_missing", reason, hint) from error
    if not isinstance(resource, MessageBasedResource):
        resource.close()
        reason = f"{name}: is no instrument that talks in messages"
        raise InstrumentError("instrument_missing", reason, "check the address")
    resource.timeout = answer_ms
    resource.read_termination = "\n"
    resource.write_termination = "\n"
    return resource


def _resource_name(address: str) -> str:
    """As VISA names what a rig file names as every other port."""
    found = _SOCKET.fullmatch(address)
    if found is not None:
        return f"TCPIP::{found['host']}::{found['port']}::SOCKET"
    if "::" in address:
        return address
    return f"ASRL{address.removeprefix('serial:')}::INSTR"
