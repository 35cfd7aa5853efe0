"""The time that a bench goes by: monotonic beside real instruments, virtual on an emulated rig.

Readings are stamped with it and waits for a stable value are measured on it. How long an
instrument may stay silent is not: its bytes come over a real line, which takes real time.
"""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Moments in seconds, and a way to let time pass."""

    def now_s(self) -> float:
        """The present moment."""
        ...

    async def sleep(self, span_s: float) -> None:
        """Come back when the span is over."""


class MonotonicClock:
    """The host's own; see Clock."""

    def now_s(self) -> float:
        """Seconds since some moment before the program began."""
        return time.monotonic()

    async def sleep(self, span_s: float) -> None:
        """Give way to others for so long."""
        await asyncio.sleep(span_s)
