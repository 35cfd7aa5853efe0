"""Lines of text to and from an instrument, over a serial port or one behind a socket.

One thread reads and hands what it got to the event loop. Whatever keeps an answer away is an
InstrumentError: silence, half a line, bytes that are no text, a line that went away.
"""

import asyncio
import sys
from dataclasses import dataclass
from threading import Thread

import serial

from evenflow.instruments.instrument import InstrumentError

if sys.platform == "win32":
    _NOT_OPENED = (serial.SerialException, OSError, ValueError)
else:
    import termios

    # What a port refuses to be set to, pyserial hands on as it comes.
    _NOT_OPENED = (serial.SerialException, OSError, ValueError, termios.error)

MAX_LINE_BYTES = 256
SCHEMES = ("socket://", "rfc2217://")
_PREFIX = "serial:"
_MOST_BYTES = 65_536
# How long the reader waits in one go, so that it notices a close even where it cannot be woken.
_READ_WAIT_S = 0.25
# Commands are a few bytes: a port that takes none for this long is stuck.
_WRITE_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class Setting:
    """What a serial port is set to; a socket has none of it."""

    baud: int = 9600
    data_bits: int = 8
    parity: str = "none"


class Transport:
    """An open port; `name` is what messages call the instrument."""

    def __init__(self, port: serial.Serial, name: str) -> None:
        """Take over an open port; call from within the event loop."""
        self.name = name
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._arrived = asyncio.Event()
        self._is_lost = False
        self._is_closed = False
        self._reader = Thread(target=self._read_all, name=f"reader of {name}", daemon=True)
        self._reader.start()

    async def write(self, content: bytes) -> None:
        """Send bytes; instrument_lost if the port is gone or takes none."""
        try:
            await asyncio.to_thread(self._port.write, content)
        except (serial.SerialException, OSError, TypeError) as error:
            raise self._lost() from error

    async def write_line(self, text: str) -> None:
        """Send a command, ended as both balance dialects want it."""
        await self.write(text.encode("ascii") + b"\r\n")

    async def read_line(self, within_s: float) -> str:
        """The next line without its end, printable ASCII only."""
        while b"\n" not in self._received:
            if len(self._received) > MAX_LINE_BYTES:
                raise self._not_its_language("sends no end of a line")
            await self._more(within_s)
        end = self._received.index(b"\n")
        line = bytes(self._received[:end]).removesuffix(b"\r")
        del self._received[: end + 1]
        text = line.decode("ascii", errors="replace")
        if len(line) > MAX_LINE_BYTES or not (text.isascii() and text.isprintable()):
            raise self._not_its_language(f"answered {line[:40]!r}")
        return text

    async def read_bytes(self, count: int, within_s: float) -> bytes:
        """So many bytes, whatever they are."""
        while len(self._received) < count:
            await self._more(within_s)
        content = bytes(self._received[:count])
        del self._received[:count]
        return content

    def forget(self) -> None:
        """Drop what has come and nobody asked for."""
        self._received.clear()

    async def close(self) -> None:
        """Stop the reader, then close the port; harmless twice."""
        if self._is_closed:
            return
        self._is_closed = True
        if hasattr(self._port, "cancel_read"):
            self._port.cancel_read()
        await asyncio.to_thread(self._reader.join)
        self._port.close()

    async def _more(self, within_s: float) -> None:
        if self._is_lost:
            raise self._lost()
        self._arrived.clear()
        try:
            async with asyncio.timeout(within_s):
                await self._arrived.wait()
        except TimeoutError:
            if self._received:
                reason = f"sent half an answer, {bytes(self._received[:40])!r}"
                raise self._not_its_language(reason) from None
            raise InstrumentError(
                "instrument_silent",
                f"{self.name}: no answer within {within_s:g} s",
                "check that it is on, its cable, and that baud, parity and protocol are those"
                " of its menu",
            ) from None

    def _not_its_language(self, what: str) -> InstrumentError:
        self.forget()
        return InstrumentError(
            "instrument_answer",
            f"{self.name}: {what}",
            "check kind, baud and parity in the rig file, and the protocol in its menu",
        )

    def _lost(self) -> InstrumentError:
        return InstrumentError(
            "instrument_lost", f"{self.name}: the line went away", "check its cable and its power"
        )

    def _read_all(self) -> None:
        is_lost = False
        while not self._is_closed and not is_lost:
            try:
                chunk = self._port.read(1)
                waiting = self._port.in_waiting
                if waiting:
                    chunk += self._port.read(waiting)
            except (serial.SerialException, OSError, TypeError):
                # TypeError: pyserial's answer to a port closed under its feet.
                chunk, is_lost = b"", True
            if (chunk or is_lost) and not self._is_closed:
                self._loop.call_soon_threadsafe(self._end if is_lost else self._take, chunk)

    def _take(self, chunk: bytes) -> None:
        self._received += chunk
        # An instrument that streams by itself may do so for days while nobody asks.
        del self._received[:-_MOST_BYTES]
        self._arrived.set()

    def _end(self, _nothing: bytes) -> None:
        self._is_lost = True
        self._arrived.set()


async def open_transport(address: str, name: str, setting: Setting) -> Transport:
    """Open a port for this program alone; instrument_missing with what to do."""
    port = await asyncio.to_thread(_open, address, name, setting)
    return Transport(port, name)


def _open(address: str, name: str, setting: Setting) -> serial.Serial:
    target = address.removeprefix(_PREFIX)
    try:
        return serial.serial_for_url(
            target,
            baudrate=setting.baud,
            bytesize=setting.data_bits,
            parity=setting.parity[0].upper(),
            timeout=_READ_WAIT_S,
            # pyserial's RFC 2217 takes none; TCP itself then tells that a port is stuck.
            write_timeout=None if target.startswith("rfc2217:") else _WRITE_WAIT_S,
            exclusive=True,
        )
    except _NOT_OPENED as error:
        raise InstrumentError(
            "instrument_missing",
            f"{name}: cannot be opened: {_words(error)}",
            "check address, cable, baud and parity, and that no other program holds it",
        ) from error


def _words(error: BaseException) -> str:
    """What the system said, without the wrapping that pyserial puts around it."""
    innermost = error
    while (cause := innermost.__cause__ or innermost.__context__) is not None:
        innermost = cause
    return str(innermost.args[-1] if innermost.args else innermost)
