"""Battery: one lithium-ion cell that gives the pump constant power through its regulator.

    U = OCV(s) - R I,   P = U I,   so   I = (OCV - sqrt(OCV^2 - 4 R P)) / (2 R)
    ds/dt = -I / Q,     s from 1 (full) to 0

It is exhausted where U falls below the cut-off, or where it cannot give P at all. An aged cell
of which a share f is left has f Q and R / f (plausible). Curve: a usual NMC cell of 2.6 Ah at
25 degrees, piecewise linear (plausible). Steps are fixed, the current that of a step's begin: with
steps of one second ten minutes or eight hours are right within two (shown in the tests).
"""

import math

CUT_OFF_V = 3.0
_CURVE_V = (
    (0.0, 3.0),
    (0.05, 3.35),
    (0.1, 3.48),
    (0.2, 3.57),
    (0.4, 3.65),
    (0.6, 3.78),
    (0.8, 3.96),
    (1.0, 4.18),
)
_S_PER_H = 3_600.0


class Battery:
    """Charge and voltage of one cell; charge is a share of the present capacity."""

    def __init__(self, capacity_ah: float, resistance_ohm: float) -> None:
        """New and full."""
        self.charge = 1.0
        self.is_exhausted = False
        self._new_ah = capacity_ah
        self._new_ohm = resistance_ohm
        self._left = 1.0

    @property
    def percent(self) -> float:
        """Charge in percent."""
        return 100.0 * self.charge

    @property
    def open_circuit_v(self) -> float:
        """Voltage without a load."""
        low_charge, low_v = _CURVE_V[0]
        for charge, volts in _CURVE_V[1:]:
            if self.charge <= charge:
                share = (self.charge - low_charge) / (charge - low_charge)
                return low_v + share * (volts - low_v)
            low_charge, low_v = charge, volts
        return low_v

    def current_a(self, power_w: float) -> float | None:
        """Current at that load; None if the cell cannot give it."""
        if not self._left:
            return None
        ohm = self._new_ohm / self._left
        open_v = self.open_circuit_v
        square = open_v * open_v - 4.0 * ohm * power_w
        return None if square < 0 else (open_v - math.sqrt(square)) / (2.0 * ohm)

    def voltage_v(self, power_w: float) -> float:
        """Voltage at that load; zero if the cell cannot give it."""
        current_a = self.current_a(power_w)
        if current_a is None:
            return 0.0
        return power_w / current_a if current_a else self.open_circuit_v

    def discharge(self, power_w: float, span_s: float) -> None:
        """Give that power for a span; it may be exhausted then."""
        current_a = self.current_a(power_w)
        if current_a is not None:
            self.charge = max(0.0, self.charge - current_a * span_s / self._capacity_as)
        self.is_exhausted = not self.charge or self.voltage_v(power_w) < CUT_OFF_V

    def recharge(self, current_a: float, span_s: float) -> None:
        """Take that current for a span, until it is full."""
        if self._left:
            self.set_charge(min(1.0, self.charge + current_a * span_s / self._capacity_as))

    def set_charge(self, charge: float) -> None:
        """Have that charge, from 0 to 1; it may be tried again."""
        self.charge = charge
        self.is_exhausted = not charge or not self._left

    def fade(self, left: float) -> None:
        """Age to that share of a new one's capacity; the charge in percent stays."""
        self._left = left
        self.is_exhausted = not self.charge or not left

    @property
    def _capacity_as(self) -> float:
        return self._new_ah * self._left * _S_PER_H
