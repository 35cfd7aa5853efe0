"""Chance, from the board's seed: the module `random`, and `os.urandom`.

A controller has a ring oscillator for these; here the same seed must give the same bytes, on every
interpreter. Each start of the firmware has its own sequence.
"""

import os
import sys

import _emu
from _layout import IN_SEED

_MASK = 0xFFFFFFFF


class Xorshift:
    """Marsaglia's xorshift32 (Journal of Statistical Software 8:14, 2003)."""

    def __init__(self, seed: int) -> None:
        """Any seed; zero is replaced."""
        self._state = seed & _MASK or 1

    def word(self) -> int:
        """The next 32 bits."""
        state = self._state
        state ^= state << 13 & _MASK
        state ^= state >> 17
        state ^= state << 5 & _MASK
        self._state = state
        return state


class Random:
    """Stands for MicroPython's `random`."""

    def __init__(self, generator: Xorshift) -> None:
        """Over a generator of its own."""
        self._generator = generator

    def seed(self, number: int = 0) -> None:
        """Start the sequence of that number."""
        self._generator = Xorshift(number)

    def getrandbits(self, count: int) -> int:
        """A number of so many bits, at most 32."""
        if not 0 <= count <= 32:
            raise ValueError("bits must be 32 or less")
        return self._generator.word() >> (32 - count)

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """One of `range(start, stop, step)`."""
        if stop is None:
            start, stop = 0, start
        count = (stop - start + step - 1) // step
        if count <= 0:
            raise ValueError("empty range")
        return start + step * (self._generator.word() % count)

    def randint(self, low: int, high: int) -> int:
        """One of low to high, both included."""
        return self.randrange(low, high + 1)

    def choice(self, items: object) -> object:
        """One of them."""
        return items[self.randrange(len(items))]

    def random(self) -> float:
        """From 0 up to, not including, 1."""
        return (self._generator.word() >> 8) / (1 << 24)

    def uniform(self, low: float, high: float) -> float:
        """From low to high."""
        return low + (high - low) * self.random()


class System:
    """Stands for `os` where that cannot be changed."""

    def __init__(self, generator: Xorshift) -> None:
        """Its `urandom` has a generator of its own."""
        self._generator = generator

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)

    def urandom(self, count: int) -> bytes:
        """So many bytes."""
        return bytes([self._generator.word() >> 24 for _ in range(count)])


def install() -> None:
    """Let the firmware's imports find these."""
    system = System(Xorshift(_emu.reply[IN_SEED + 1]))
    sys.modules["random"] = Random(Xorshift(_emu.reply[IN_SEED]))
    if _emu.IS_MICROPYTHON:
        sys.modules["os"] = system
    else:
        os.urandom = system.urandom
