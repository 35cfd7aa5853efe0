"""A line over pyserial: a port of this machine, or one behind socket:// or rfc2217://.

One thread reads and hands what it got to the event loop; nothing else is shared with it.
"""

import asyncio
import errno
import socket
import sys
import time
from threading import Thread

import serial

from evenflow.errors import LinkError
from evenflow.link.address import Address

if sys.platform == "win32":
    _NOT_OPENED = (serial.SerialException, OSError, ValueError)
else:
    import termios

    # What a port refuses to be set to, pyserial hands on as it comes.
    _NOT_OPENED = (serial.SerialException, OSError, ValueError, termios.error)

# What board files ship with; a USB port ignores it.
BAUD = 460_800
# How long the reader waits in one go, so that it notices a close even where it cannot be woken.
_READ_WAIT_S = 0.25
# Frames are small: a port that takes none for this long is stuck.
_WRITE_WAIT_S = 1.0

_HINTS = {
    errno.ENOENT: ("port_missing", "no such port", "check the cable; see `evenflow boards`"),
    errno.EBUSY: (
        "port_busy",
        "in use by another program",
        "end the program that holds it; the pump's own STOP key always works",
    ),
    errno.EACCES: (
        "port_forbidden",
        "this user may not open it",
        "add the user to the group that owns the port (often dialout), then log in again",
    ),
    errno.ECONNREFUSED: (
        "port_missing",
        "nothing listens there",
        "start the server, or check host and TCP port",
    ),
}
_HINTS[errno.ENOTTY] = (
    "port_form",
    "not a serial port",
    "name the port that the pump is on; see `evenflow boards`",
)
_HINTS[errno.EISDIR] = _HINTS[errno.ENOTTY]
_HINTS[socket.EAI_NONAME] = (
    "port_missing",
    "no such host",
    "check the name before the last colon",
)
# A port held exclusively answers EAGAIN to the next who asks for the lock.
_HINTS[errno.EAGAIN] = _HINTS[errno.EBUSY]
_HINTS[errno.EPERM] = _HINTS[errno.EACCES]


class SerialLine:
    """An open port; see Line."""

    is_emulated = False
    device_key = None

    def __init__(self, port: serial.Serial, name: str) -> None:
        """Take over an open port; call from within the event loop."""
        self.name = name
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._arrived = asyncio.Event()
        self._failure: LinkError | None = None
        self._is_closed = False
        self._reader = Thread(target=self._read_all, name=f"reader of {name}", daemon=True)
        self._reader.start()

    def clock_s(self) -> float:
        """The host's monotonic clock."""
        return time.monotonic()

    async def read(self, horizon_s: float) -> bytes:
        """What has come; waits for it no longer than the horizon."""
        if not self._received and self._failure is None:
            # Not wait_for: in Python 3.11 that can lose a cancellation.
            try:
                async with asyncio.timeout(horizon_s):
                    await self._arrived.wait()
            except TimeoutError:
                return b""
        self._arrived.clear()
        if self._received:
            chunk = bytes(self._received)
            self._received.clear()
            return chunk
        if self._failure is not None:
            raise self._failure
        return b""

    def write(self, frame: bytes) -> None:
        """Send a frame; LinkError if the port is gone or takes no bytes."""
        try:
            self._port.write(frame)
        except (serial.SerialException, OSError) as error:
            raise _gone(self.name, error) from error

    async def close(self) -> None:
        """Stop the reader, then close the port."""
        if self._is_closed:
            return
        self._is_closed = True
        if hasattr(self._port, "cancel_read"):
            self._port.cancel_read()
        await asyncio.to_thread(self._reader.join)
        self._port.close()

    def _read_all(self) -> None:
        failure: LinkError | None = None
        while not self._is_closed and failure is None:
            try:
                chunk = self._port.read(1)
                waiting = self._port.in_waiting
                if waiting:
                    chunk += self._port.read(waiting)
            except (serial.SerialException, OSError, TypeError) as error:
                # TypeError: pyserial's answer to a port closed under its feet.
                failure = _gone(self.name, error)
                chunk = b""
            if (chunk or failure) and not self._is_closed:
                self._loop.call_soon_threadsafe(self._take, chunk, failure)

    def _take(self, chunk: bytes, failure: LinkError | None) -> None:
        self._received += chunk
        self._failure = failure
        self._arrived.set()


async def open_serial(address: Address) -> SerialLine:
    """Open the port for this program alone, or LinkError with what to do."""
    port = await asyncio.to_thread(_open, address)
    return SerialLine(port, address.text)


def _open(address: Address) -> serial.Serial:
    try:
        return serial.serial_for_url(
            address.target,
            baudrate=BAUD,
            timeout=_READ_WAIT_S,
            # pyserial has none for such a port.
            write_timeout=None if address.target.startswith("rfc2217:") else _WRITE_WAIT_S,
            exclusive=True,
        )
    except _NOT_OPENED as error:
        raise _not_opened(address.text, error) from error


def _not_opened(name: str, error: BaseException) -> LinkError:
    number = _errno(error)
    if number in _HINTS:
        code, reason, hint = _HINTS[number]
        return LinkError(code, f"port {name}: {reason}", hint)
    return LinkError("port_failed", f"port {name}: {error}", "check that it is a serial port")


def _gone(name: str, error: BaseException) -> LinkError:
    if isinstance(error, serial.SerialTimeoutException):
        return LinkError(
            "port_stuck", f"port {name}: takes no bytes", "check cable and pump; plug it in again"
        )
    return LinkError(
        "link_lost", f"port {name}: went away ({error})", "check the cable, then look at the pump"
    )


def _errno(error: BaseException | None) -> int | None:
    while error is not None:
        # termios.error keeps its number where OSError keeps its arguments.
        for number in (getattr(error, "errno", None), *error.args[:1]):
            if isinstance(number, int):
                return number
        error = error.__cause__ or error.__context__
    return None
