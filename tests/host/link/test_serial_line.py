"""The serial line over real pseudo-terminals and sockets: bytes, and every way it can fail."""

import asyncio
import os
import tty
from collections.abc import Iterator

import pytest
from host.serial_server import serial_server

from evenflow.errors import LinkError
from evenflow.link import open_line
from evenflow.link.serial_line import SerialLine

LONG_S = 20.0


class Terminal:
    """A pseudo-terminal: `far` is the device's end, `path` what the host opens."""

    def __init__(self) -> None:
        """Open, in raw mode."""
        self.far, self._near = os.openpty()
        tty.setraw(self._near)
        self.path = os.ttyname(self._near)
        self._is_open = True

    def unplug(self) -> None:
        """Both ends go, as when a cable is pulled."""
        if self._is_open:
            self._is_open = False
            os.close(self._near)
            os.close(self.far)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.unplug()


async def opened(path: str) -> SerialLine:
    line = await open_line(path)
    assert isinstance(line, SerialLine)
    return line


async def read_until(line: SerialLine, count: int) -> bytes:
    received = b""
    while len(received) < count:
        received += await line.read(LONG_S)
    return received


async def test_bytes_arrive_in_order_both_ways(terminal: Terminal) -> None:
    line = await opened(f"serial:{terminal.path}")
    sent = bytes(range(256)) * 8

    writing = asyncio.to_thread(os.write, terminal.far, sent)
    received, _ = await asyncio.gather(read_until(line, len(sent)), writing)
    line.write(b"\1\0\2")
    answered = await asyncio.to_thread(os.read, terminal.far, 3)

    await line.close()
    assert received == sent
    assert answered == b"\1\0\2"
    assert not line.is_emulated


async def test_a_quiet_line_reads_nothing_at_the_end_of_the_horizon(terminal: Terminal) -> None:
    line = await opened(terminal.path)
    before_s = line.clock_s()

    chunk = await line.read(0.01)

    await line.close()
    assert chunk == b""
    assert line.clock_s() - before_s >= 0.01


async def test_what_came_before_the_read_is_not_lost(terminal: Terminal) -> None:
    line = await opened(terminal.path)
    os.write(terminal.far, b"early")
    received = await read_until(line, 5)
    os.write(terminal.far, b"late")

    received += await read_until(line, 4)

    await line.close()
    assert received == b"earlylate"


async def test_a_port_that_does_not_exist_is_named() -> None:
    with pytest.raises(LinkError) as error:
        await open_line("serial:/dev/no-such-port")

    assert error.value.code == "port_missing"
    assert "serial:/dev/no-such-port" in error.value.reason
    assert error.value.exit_code == 5


async def test_a_port_that_another_program_holds_is_busy(terminal: Terminal) -> None:
    first = await opened(terminal.path)

    with pytest.raises(LinkError) as error:
        await open_line(terminal.path)

    await first.close()
    assert error.value.code == "port_busy"
    assert "STOP key" in error.value.hint


async def test_a_port_is_free_again_once_closed(terminal: Terminal) -> None:
    await (await opened(terminal.path)).close()

    line = await opened(terminal.path)

    await line.close()
    await line.close()


async def test_a_file_is_no_serial_port() -> None:
    with pytest.raises(LinkError) as error:
        await open_line(f"serial:{__file__}")

    assert error.value.code == "port_form"


async def test_a_port_that_may_not_be_opened_says_which_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*arguments: object, **options: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("serial.serialposix.os.open", forbidden)

    with pytest.raises(LinkError) as error:
        await open_line("/dev/ttyACM0")

    assert error.value.code == "port_forbidden"
    assert "dialout" in error.value.hint


async def test_pulling_the_cable_fails_the_read_that_waits(terminal: Terminal) -> None:
    line = await opened(terminal.path)
    waiting = asyncio.create_task(line.read(LONG_S))
    await asyncio.sleep(0)

    terminal.unplug()

    with pytest.raises(LinkError) as error:
        await waiting
    await line.close()
    assert error.value.code == "link_lost"
    assert terminal.path in error.value.reason


async def test_pulling_the_cable_fails_the_write(terminal: Terminal) -> None:
    line = await opened(terminal.path)
    terminal.unplug()

    with pytest.raises(LinkError) as error:
        line.write(b"frame\0")

    await line.close()
    assert error.value.code == "link_lost"


async def test_bytes_that_came_before_the_cable_was_pulled_are_read_first(
    terminal: Terminal,
) -> None:
    line = await opened(terminal.path)
    os.write(terminal.far, b"last words")
    received = await read_until(line, 10)
    terminal.unplug()

    with pytest.raises(LinkError):
        await line.read(LONG_S)

    await line.close()
    assert received == b"last words"


async def test_a_port_behind_a_socket_carries_bytes_and_its_end_is_a_lost_link() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(4))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    line = await opened(f"socket://127.0.0.1:{port}")
    line.write(b"\1\2\3\0")

    received = await read_until(line, 4)

    with pytest.raises(LinkError) as error:
        await line.read(LONG_S)
    await line.close()
    server.close()
    await server.wait_closed()
    assert received == b"\1\2\3\0"
    assert error.value.code == "link_lost"


async def test_a_socket_where_nobody_listens_is_a_missing_port() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()

    with pytest.raises(LinkError) as error:
        await open_line(f"socket://127.0.0.1:{port}")

    assert error.value.code == "port_missing"


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
async def test_a_reader_that_is_given_up_just_as_bytes_arrive_does_end(
    terminal: Terminal, turns: int
) -> None:
    line = await opened(terminal.path)

    async def read_on() -> None:
        while True:
            await line.read(LONG_S)

    reading = asyncio.create_task(read_on())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    line._take(b"bytes", None)
    for _ in range(turns):
        await asyncio.sleep(0)
    reading.cancel()

    done, _ = await asyncio.wait([reading], timeout=2.0)

    reading.cancel()
    await line.close()
    assert done == {reading}


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # within pyserial
async def test_a_port_behind_a_server_of_serial_ports_carries_bytes() -> None:
    with serial_server(bytes.upper) as address:
        line = await open_line(address)
        line.write(b"abc")
        heard = await read_until(line, 3)
        await line.close()

    assert heard == b"ABC"
