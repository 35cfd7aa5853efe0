"""Gas in syringe and line: what it adds to their compliance.

    V(P) = atm * P0 / (P0 + P)              ideal gas at constant temperature; P above P0 = 1 atm
    C_gas = -dV/dP = atm * P0 / (P0 + P)^2
    stored(P) = entered - V(P)              volume that it has yielded since it entered

Units: Pa, nL; `atm` is the gas's volume at P0, `entered` the one it had when it came.
With the gas's compliance that of the span's begin, the line's exponential is no longer exact, so a
span must be short against the line's time constant: at 300 mmHg and 1 mL of gas, spans of 20 ms
are within 0.1 % of spans of 0.2 ms (shown in the tests). The volume balance closes whatever the
span, because the outflow is what inflow and `stored` leave. A blocked line is solved exactly.
"""

import math

ATMOSPHERE_PA = 101_325.0


class Gas:
    """All gas between plunger and patient's end."""

    def __init__(self) -> None:
        """None."""
        self.atm_nl = 0.0
        self.entered_nl = 0.0

    def enter(self, volume_nl: float, pressure_pa: float) -> float:
        """So much more gas at the line's pressure; its volume at one atmosphere."""
        atm_nl = volume_nl * (ATMOSPHERE_PA + pressure_pa) / ATMOSPHERE_PA
        self.atm_nl += atm_nl
        self.entered_nl += volume_nl
        return atm_nl

    def leave(self, atm_nl: float, entered_nl: float, pressure_pa: float) -> float:
        """That part is gone; what it had stored, which is gone with it."""
        self.atm_nl -= atm_nl
        self.entered_nl -= entered_nl
        return entered_nl - atm_nl * ATMOSPHERE_PA / (ATMOSPHERE_PA + pressure_pa)

    def clear(self) -> None:
        """None is left; what rounding has left goes, too."""
        self.atm_nl = self.entered_nl = 0.0

    def stored_nl(self, pressure_pa: float) -> float:
        """Volume that the gas has yielded at this pressure."""
        return self.entered_nl - self.atm_nl * ATMOSPHERE_PA / (ATMOSPHERE_PA + pressure_pa)

    def compliance_nl_per_pa(self, pressure_pa: float) -> float:
        """How much more it yields for each Pa."""
        absolute_pa = ATMOSPHERE_PA + pressure_pa
        return self.atm_nl * ATMOSPHERE_PA / (absolute_pa * absolute_pa)

    def blocked_pa(
        self, inflow_nl: float, pressure_pa: float, compliance_nl_per_pa: float
    ) -> float:
        """The pressure after an inflow that line and gas must store between them.

        With y = P0 + P the balance C dy + atm P0 (1/y_before - 1/y) = inflow is quadratic in y.
        """
        before_pa = ATMOSPHERE_PA + pressure_pa
        gas = self.atm_nl * ATMOSPHERE_PA
        total = inflow_nl + compliance_nl_per_pa * before_pa - gas / before_pa
        root = math.sqrt(total * total + 4.0 * compliance_nl_per_pa * gas)
        return (total + root) / (2.0 * compliance_nl_per_pa) - ATMOSPHERE_PA
