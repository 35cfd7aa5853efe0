"""A line to a board emulated in this process: its time moves only while somebody reads."""

import asyncio
import time
from typing import Protocol

from evenflow import boards, emulator
from evenflow.emulator.flash import EMPTY_LIBRARY
from evenflow.link.address import Address

_US_PER_S = 1_000_000
# At a chosen speed the board runs ahead of the wall clock by at most this much.
_SLICE_S = 0.02
# Further behind than this, time that is lost is not caught up.
_MAX_LAG_S = 0.5


class Board(Protocol):
    """What the line needs of evenflow.emulator.board.Board."""

    device_key: bytes | None

    @property
    def now_us(self) -> int:
        """Virtual time since power-on."""

    def step(self) -> None:
        """Run for about one tick."""

    def write(self, chunk: bytes) -> None:
        """Bytes from the host into the board's UART."""

    def read(self) -> bytes:
        """Bytes from the board's UART since the last read."""

    def close(self) -> None:
        """End the board's process."""


class EmulatedLine:
    """See Line; `speed` may change while it is open."""

    is_emulated = True

    def __init__(self, board: Board, name: str, *, speed: float | None) -> None:
        """Over a board that has its power on; the line closes it."""
        self.board = board
        self.device_key = board.device_key
        self.name = name
        self._speed = speed
        self._origin = (time.monotonic(), self.clock_s())

    @property
    def speed(self) -> float | None:
        """The board's seconds a second; None is as fast as it goes."""
        return self._speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        self._speed = speed
        self._origin = (time.monotonic(), self.clock_s())

    def clock_s(self) -> float:
        """The board's virtual time."""
        return self.board.now_us / _US_PER_S

    async def read(self, horizon_s: float) -> bytes:
        """Let the board run for the horizon, or a slice of it at a chosen speed."""
        board = self.board
        speed = self._speed
        span_s = horizon_s if speed is None else min(horizon_s, _SLICE_S * speed)
        end_us = board.now_us + round(span_s * _US_PER_S)
        board.step()
        while board.now_us < end_us:
            board.step()
        await asyncio.sleep(0.0 if speed is None else self._lead_s(speed))
        return board.read()

    def write(self, frame: bytes) -> None:
        """Into the board's UART, which takes its time."""
        self.board.write(frame)

    async def close(self) -> None:
        """End the board."""
        self.board.close()

    def _lead_s(self, speed: float) -> float:
        """How long the wall clock takes to catch up with the board."""
        wall_s, board_s = self._origin
        lead_s = (self.clock_s() - board_s) / speed - (time.monotonic() - wall_s)
        if lead_s < -_MAX_LAG_S:
            self._origin = (time.monotonic(), self.clock_s())
        return max(lead_s, 0.0)


def open_emulated(where: Address, *, speed: float | None) -> EmulatedLine:
    """A fresh board of that name without a drug library, powered on: for bench orders."""
    board = emulator.Board(boards.load(where.target), EMPTY_LIBRARY)
    board.own_process = True
    board.power_on()
    return EmulatedLine(board, where.text, speed=speed)
