"""A balance in virtual time, fed by a pump that is known; and a clock that both go by."""

import asyncio
from dataclasses import dataclass, field

from evenflow.instruments.instrument import Identity, InstrumentError, Weight


class VirtualClock:
    """Time passes when somebody sleeps."""

    def __init__(self) -> None:
        """At a moment that is not 0."""
        self.at_s = 1000.0

    def now_s(self) -> float:
        return self.at_s

    async def sleep(self, span_s: float) -> None:
        self.at_s += span_s
        await asyncio.sleep(0)


@dataclass
class FedBalance:
    """Gains `ml_per_h` from `start_s` to `stop_s`, loses `loss_mg_per_h` always.

    `faults` has the code of what happens at a reading instead, by its number from 0.
    """

    clock: VirtualClock
    start_s: float
    stop_s: float
    ml_per_h: float = 5.0
    loss_mg_per_h: float = 12.0
    g_per_ml: float = 0.998
    faults: dict[int, str] = field(default_factory=dict)
    resolution_ug: int = 100
    read_count: int = 0
    is_closed: bool = False

    async def identity(self) -> Identity:
        return Identity("Evenflow", "FedBalance", "7", "1")

    async def close(self) -> None:
        self.is_closed = True

    async def read(self) -> Weight:
        code = self.faults.get(self.read_count)
        self.read_count += 1
        # An answer takes a moment.
        self.clock.at_s += 0.05
        if code is not None:
            raise InstrumentError(code, f"balance: {code}", "see to it")
        now_s = self.clock.at_s
        flowed_s = min(max(now_s - self.start_s, 0.0), self.stop_s - self.start_s)
        grams = flowed_s / 3600 * self.ml_per_h * self.g_per_ml
        grams -= (now_s - 1000.0) / 3600 * self.loss_mg_per_h / 1000
        steps = round(grams * 1e6 / self.resolution_ug)
        # At rest, as far as a balance sees it, while nothing flows.
        is_stable = not self.start_s <= now_s <= self.stop_s + 0.1
        return Weight(now_s, 5_000_000 + steps * self.resolution_ug, is_stable=is_stable)

    async def read_stable(self, within_s: float) -> Weight:
        del within_s
        return await self.read()

    async def tare(self) -> None:
        pass


@dataclass
class KnownDelivery:
    """START and stop by the clock."""

    clock: VirtualClock
    start_s: float
    stop_s: float

    def has_started(self) -> bool:
        return self.clock.at_s >= self.start_s

    def has_stopped(self) -> bool:
        return self.clock.at_s >= self.stop_s

    def facts(self) -> dict[str, float]:
        return {"rate_ml_per_h": 5.0}
