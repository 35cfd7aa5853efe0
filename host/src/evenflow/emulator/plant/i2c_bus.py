"""The I2C bus: chips by their address, each with a place that a write sets and bytes run on from.

A write is one transfer: the place (one byte, or two, the chip's own affair), then bytes. A read
gives bytes from the place on. Who is taken off the bus answers to nobody.
"""

from typing import Protocol


class I2cChip(Protocol):
    """What is at one address."""

    def take(self, values: bytes, now_ns: int, byte_ns: int) -> None:
        """A whole write that begins now; each byte, the address first, takes so long."""

    def give(self, count: int, now_ns: int) -> bytes:
        """Bytes from the place on, which goes on behind them."""


class I2cBus:
    """Chips, and who of them answers."""

    def __init__(self, chips: dict[int, I2cChip]) -> None:
        """All answer."""
        self._chips = chips
        self._absent: set[int] = set()

    def put_on(self, address: int, chip: I2cChip) -> None:
        """One more."""
        self._chips[address] = chip

    def take_off(self, address: int) -> None:
        """That chip answers no more."""
        self._absent.add(address)

    def put_back(self, address: int) -> None:
        """That chip answers again."""
        self._absent.discard(address)

    def chip(self, address: int) -> I2cChip | None:
        """Who acknowledges that address."""
        return None if address in self._absent else self._chips.get(address)
