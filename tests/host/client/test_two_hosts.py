"""Two hosts on the line of one pump: one writer, and readers who change nothing."""

import asyncio
from collections.abc import Iterator

import pytest

from evenflow import boards, device_key
from evenflow.client.pump import Pump
from evenflow.dose.library import compile_library, shipped
from evenflow.emulator import Board
from evenflow.errors import Refused
from pumpcore.wire import tag

pytestmark = pytest.mark.requirement("SEC-01", "SEC-08", "SEC-09")

KEY = bytes(range(32))


class Shared:
    """One of the lines to a board that several hosts share: all hear all that it says."""

    is_emulated = True

    def __init__(self, board: Board, others: "list[Shared]") -> None:
        """`others` are all of them, this one too."""
        self.name = f"shared {len(others)}"
        self.device_key: bytes | None = KEY
        self._board = board
        self._all = others
        self._received = bytearray()
        others.append(self)

    def clock_s(self) -> float:
        """The board's virtual time."""
        return self._board.now_us / 1e6

    async def read(self, horizon_s: float) -> bytes:
        """Let the board run, unless something is there."""
        del horizon_s
        await asyncio.sleep(0)
        if not self._received:
            self._board.step()
            chunk = self._board.read()
            for one in self._all:
                one._received += chunk
        chunk = bytes(self._received)
        self._received.clear()
        return chunk

    def write(self, frame: bytes) -> None:
        """Between frames of others."""
        self._board.write(frame)

    async def close(self) -> None:
        """The board stays."""
        if self in self._all:
            self._all.remove(self)


@pytest.fixture
def lines() -> "list[Shared]":
    """Of nobody yet."""
    return []


@pytest.fixture
def board() -> Iterator[Board]:
    """A keyed pico that is on."""
    made = Board(boards.load("pico"), compile_library(shipped()), runtime="cpython")
    made.device_key = KEY
    with made:
        yield made


async def test_a_reader_hears_all_and_changes_nothing(board: Board, lines: list[Shared]) -> None:
    writer = await Pump.connect(Shared(board, lines))
    await writer.ready()
    reader = await Pump.connect(Shared(board, lines), read_only=True)
    assert (await reader.inspect()).frame_count > 0
    before = writer.latest
    for command in (reader.stop, reader.acknowledge, reader.presence):
        with pytest.raises(Refused) as refused:
            await command()
        assert refused.value.code == "read_only"
    await writer.acknowledge()
    # Both are answered, each by what it asked.
    for _ in range(20):
        await writer.acknowledge()
        await reader.ping()
    assert before is not None
    await reader.close()
    await writer.close()


async def test_the_newest_writer_is_the_one_and_the_other_is_told(
    board: Board, lines: list[Shared]
) -> None:
    first = await Pump.connect(Shared(board, lines))
    await first.ready()
    await first.acknowledge()
    second = await Pump.connect(Shared(board, lines))
    await first.acknowledge()
    await first.wait_for(lambda now: now.tick_count > 200, 10)
    await second.acknowledge()
    with pytest.raises(Refused) as refused:
        await first.acknowledge()
    assert refused.value.code == "auth_session"
    assert "another host" in refused.value.reason
    # STOP is for everybody who has a key, and asks for no more.
    await first.stop()
    await first.close()
    await second.close()


async def test_a_reader_does_not_stand_in_for_a_host_that_died(
    board: Board, lines: list[Shared]
) -> None:
    """The pump counts frames: a reader sends none of itself."""
    reader = await Pump.connect(Shared(board, lines), read_only=True)
    await reader.ready()
    counted = (await reader.inspect()).frame_count
    at_tick = reader.latest.tick_count if reader.latest else 0
    await reader.wait_for(lambda now: now.tick_count > at_tick + 500, 20)
    assert (await reader.inspect()).frame_count == counted + 1
    await reader.close()


@pytest.mark.parametrize("role", tag.ROLES)
async def test_a_host_with_the_key_of_any_role_may_stop(
    board: Board, lines: list[Shared], role: str
) -> None:
    line = Shared(board, lines)
    line.device_key = None
    pump = await Pump.connect(line)
    key = device_key.of_board(pump.identity.unique_id, KEY).of_role(role)
    assert key is not None
    kept = device_key.take(device_key.exported(key))
    await pump.ready()

    await pump.stop()

    device_key.path_of(kept.unique_id, role).unlink()
    await pump.close()
