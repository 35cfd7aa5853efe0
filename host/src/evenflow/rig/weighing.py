"""Weighs what a pump gives, every half minute of the rig's time, and what the balance does alone.

Evaporation and drift are measured while the pump stands, before and after, and taken off: see
evenflow.flow.drift. Of a rest of less than two and a half minutes nothing is known.
"""

from itertools import pairwise

import numpy as np

from evenflow.client.pump import Pump
from evenflow.errors import CheckFailed
from evenflow.flow.drift import Drift, slope_g_per_h
from evenflow.flow.mass import water
from evenflow.instruments.instrument import Weight
from evenflow.rig import hands
from evenflow.rig.measurement import Series
from evenflow.rig.rig import Rig

EVERY_S = 30.0
REST_S = 300.0
# A drop on its way falls, and what was pressed together comes apart.
_SETTLING_S = 15.0
_S_PER_H = 3_600
_UG_PER_G = 1_000_000
# Of what is pumped on a rig, which is water at 20 degrees: 0.02 % for each that it is not.
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
        self._taken: list[Weight] = []
        self._drift = Drift(None, None)

    @property
    def time_s(self) -> list[float]:
        """Of each weight, from the first."""
        return [one.at_s - self._taken[0].at_s for one in self._taken]

    @property
    def volume_ml(self) -> list[float]:
        """Of each weight, from the first, less what the balance did alone."""
        first = self._taken[0]
        return [
            (
                (one.mass_ug - first.mass_ug) / _UG_PER_G
                - self._drift.g_per_h * (one.at_s - first.at_s) / _S_PER_H
            )
            * _WATER.ml_per_g
            for one in self._taken
        ]

    async def take(self) -> float:
        """One weight now; the volume since the first."""
        self._taken.append(await self._balance.read())
        return self.volume_ml[-1]

    async def take_for(self, span_s: float, every_s: float = EVERY_S) -> None:
        """One now, then one after each such span until all of it is over."""
        await self.take()
        self._taken += await self._weights(span_s, every_s)

    async def rest(self) -> float | None:
        """How much the balance gains alone, in g/h; the pump stands. None if that is unknown."""
        weights = [await self._balance.read(), *await self._weights(REST_S, EVERY_S)]
        times = np.array([one.at_s for one in weights])
        return slope_g_per_h(times, np.array([one.mass_ug / _UG_PER_G for one in weights]))

    async def settle(self) -> None:
        """Let a line that has just stopped come to rest."""
        await hands.wait(self._pump, _SETTLING_S)

    def correct(self, before: float | None, after: float | None) -> None:
        """Take the drift of two rests off; FlowError instrument_drift if they do not agree."""
        self._drift = Drift(before, after)
        flowed_g = (self._taken[-1].mass_ug - self._taken[0].mass_ug) / _UG_PER_G
        self._drift.require_steady(flowed_g * _S_PER_H / self.time_s[-1])

    async def _weights(self, span_s: float, every_s: float) -> list[Weight]:
        began_s = self._rig.clock_s()
        found = []
        for number in range(1, round(span_s / every_s) + 1):
            await hands.wait(self._pump, began_s + number * every_s - self._rig.clock_s())
            found.append(await self._balance.read())
        return found

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
