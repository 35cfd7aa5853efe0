"""Weighs what a pump gives, every half minute of the rig's time, from the first tick on."""

from itertools import pairwise

from evenflow.client.pump import Pump
from evenflow.errors import CheckFailed
from evenflow.flow.mass import water
from evenflow.rig import hands
from evenflow.rig.measurement import Series
from evenflow.rig.rig import Rig

EVERY_S = 30.0
_S_PER_H = 3_600
_UG_PER_G = 1_000_000
# Of what is pumped on a rig, which is water; a balance room has 20 degrees.
_WATER = water(20.0)


class Weighing:
    """Time from the first weight, and volume since then: what evenflow.flow works on."""

    def __init__(self, rig: Rig, pump: Pump) -> None:
        """On the balance of that rig; CheckFailed on one without."""
        if rig.balance is None:
            reason = f"rig {rig.name} weighs nothing"
            raise CheckFailed("no_balance", reason, "mark the test: needs('balance')")
        self._balance = rig.balance
        self._rig = rig
        self._pump = pump
        self._first: tuple[float, int] | None = None
        self.time_s: list[float] = []
        self.volume_ml: list[float] = []

    async def take(self) -> float:
        """One weight now; the volume since the first."""
        weight = await self._balance.read()
        if self._first is None:
            self._first = (weight.at_s, weight.mass_ug)
        at_s, mass_ug = self._first
        self.time_s.append(weight.at_s - at_s)
        self.volume_ml.append((weight.mass_ug - mass_ug) / _UG_PER_G * _WATER.ml_per_g)
        return self.volume_ml[-1]

    async def take_for(self, span_s: float) -> None:
        """One now, then one every half minute until the span is over."""
        await self.take()
        began_s = self._rig.clock_s()
        for number in range(1, round(span_s / EVERY_S) + 1):
            await hands.wait(self._pump, began_s + number * EVERY_S - self._rig.clock_s())
            await self.take()

    def flow(self, title: str) -> Series:
        """The flow between each two weights."""
        pairs = list(zip(self.time_s, self.volume_ml, strict=True))
        return Series(
            title,
            "min",
            "mL/h",
            [time_s / 60 for time_s, _ in pairs[1:]],
            [
                (later_ml - ml) / (later_s - time_s) * _S_PER_H
                for (time_s, ml), (later_s, later_ml) in pairwise(pairs)
            ],
        )
