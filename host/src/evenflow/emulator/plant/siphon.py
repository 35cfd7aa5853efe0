"""A plunger that nothing holds: only friction stands between the line's pressure and its motion.

At rest the syringe's pressure P follows the line towards P_end = P_back - rho g h, h being how far
the syringe is above the patient's end; an anti-siphon valve adds its opening pressure. Where |P| A
exceeds the break-away friction the plunger slides, held back by the running friction alone; it has
no mass worth a term:

    sliding:  P = -+F_run / A,  q = (P - P_end) / R      until the barrel is empty, or full
    at rest:  C dP/dt = -(P - P_end) / R, P_F = -+F / A after RC ln((P - P_end) / (P_F - P_end))

Next-event and exact, whatever the span's length; with gas in the line as near as gas.py says.
Which friction counts is settled at a span's begin. With 1 m of head, 7e7 Pa s/L and 3 N a syringe
of 50 mL empties itself at about 230 mL/h, while friction keeps one of 10 mL: what IEC 60601-2-24
asks to be guarded against (51.5, 54.101).
"""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenflow.emulator.plant.line import Line
    from evenflow.emulator.plant.plunger import Plunger

WATER_KG_PER_M3 = 998.0
GRAVITY_M_PER_S2 = 9.80665
_UM2_PER_M2 = 1e12


def head_pa(height_mm: float) -> float:
    """Pressure of a column of water at 20 degrees."""
    return WATER_KG_PER_M3 * GRAVITY_M_PER_S2 * height_mm / 1000


class Siphon:
    """Syringe and line while the plunger's grip is open."""

    def __init__(self, line: "Line", plunger: "Plunger") -> None:
        """Of that line and plunger; which way it slides is forgotten when it is gripped."""
        self._line = line
        self._plunger = plunger
        # +1 towards the patient, -1 back, 0 at rest.
        self._direction = 0

    def flow(self, span_ns: int, now_ns: int) -> float:
        """Let a span up to now pass; the volume that left the line, in nL."""
        break_away_pa = self._pressure_of(self._plunger.limit_n(now_ns - span_ns))
        outflow_nl = 0.0
        left_ns = span_ns
        while left_ns > 0:
            if self._direction:
                part_ns, part_nl = self._slide(left_ns)
            else:
                part_ns, part_nl = self._rest(left_ns, break_away_pa)
            outflow_nl += part_nl
            left_ns -= part_ns
        if self._direction:
            self._plunger.slid_at_ns = now_ns
        return outflow_nl

    def stop(self) -> None:
        """The plunger is held again."""
        self._direction = 0

    def _slide(self, longest_ns: int) -> tuple[int, float]:
        line = self._line
        flow = (line.pressure_pa - line.target_pa) / line.resistance_pa_s_per_nl * 1e-9
        if flow * self._direction <= 0.0:
            self._direction = 0
            return 0, 0.0
        out_nl = flow * longest_ns
        swept_nl = self._plunger.sweep(out_nl)
        if swept_nl != out_nl:
            # At the end of the barrel: the rest of the span is the line's alone.
            self._direction = 0
            return round(longest_ns * swept_nl / out_nl), swept_nl
        return longest_ns, swept_nl

    def _rest(self, longest_ns: int, break_away_pa: float) -> tuple[int, float]:
        line = self._line
        pressure_pa = line.pressure_pa
        if abs(pressure_pa) > break_away_pa and self._give_way(pressure_pa):
            return 0, 0.0
        span_ns = longest_ns
        target_pa = line.target_pa
        if abs(target_pa) > break_away_pa >= abs(pressure_pa):
            limit_pa = math.copysign(break_away_pa, target_pa)
            ratio = (pressure_pa - target_pa) / (limit_pa - target_pa)
            until_ns = math.ceil(line.time_constant_ns * math.log(ratio))
            span_ns = max(1, min(longest_ns, until_ns))
        return span_ns, line.flow(0.0, span_ns)

    def _give_way(self, pressure_pa: float) -> bool:
        """Slide until the running friction holds the pressure; False at the end of the barrel."""
        line = self._line
        running_pa = math.copysign(self._pressure_of(self._plunger.running_n), pressure_pa)
        before_nl = line.stored_nl
        line.pressure_pa = running_pa
        wanted_nl = line.stored_nl - before_nl
        swept_nl = self._plunger.sweep(wanted_nl)
        if swept_nl != wanted_nl:
            # The pressure that is left is held by the barrel's end.
            line.pressure_pa = pressure_pa
            line.flow(swept_nl, 0)
            return False
        self._direction = -1 if pressure_pa > 0 else 1
        return True

    def _pressure_of(self, force_n: float) -> float:
        return force_n * _UM2_PER_M2 / self._plunger.area_um2
