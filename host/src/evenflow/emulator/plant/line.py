"""Syringe and line as one compliance C before one resistance R, into a back pressure.

    C dP/dt = q_in - (P - P_back) / R          (blocked: C dP/dt = q_in)

For a segment of constant inflow the solution is exact, whatever the segment's length:

    P(t) = P_end + (P(0) - P_end) exp(-t / RC),   P_end = P_back + R q_in

The outflow is what the balance leaves, inflow - C * dP, so drawn = delivered + stored always. With
gas in the line its own compliance joins C, and the solution is near rather than exact: see gas.py.
An anti-siphon valve is open above P_back + P_valve, which then stands in P_back's place, and shut
below, both ways; when it opens or shuts within a span is solved for.
Units: Pa, nL, s; C in nL/Pa, R in Pa s/nL. Sources: C 0.9e-8 to 2.1e-8 L/Pa (Snijder 2015).
"""

import math

from evenflow.emulator.plant.gas import Gas

PA_PER_MMHG = 133.322387415
# 1e-9 Pa stores 1.5e-8 nL: below it, the line is at rest.
_REST_PA = 1e-9


class Line:
    """Pressure, stored volume and outflow of the line. Pressures are above atmosphere."""

    def __init__(self, compliance_l_per_pa: float, resistance_pa_s_per_l: float) -> None:
        """At rest, at atmospheric pressure, open."""
        self.compliance_nl_per_pa = compliance_l_per_pa * 1e9
        self.resistance_pa_s_per_nl = resistance_pa_s_per_l * 1e-9
        self.pressure_pa = 0.0
        # What it flows into: the patient's pressure, less the head of a syringe that hangs high.
        self.outlet_pa = 0.0
        self._back_pressure_pa = 0.0
        self._head_pa = 0.0
        # Whether its end is at the patient; what leaves it is waste until then.
        self.is_connected = False
        self.is_occluded = False
        self.is_at_rest = True
        self.gas = Gas()
        # Opening pressure of the anti-siphon valve; zero: there is none.
        self.valve_pa = 0.0
        self._span_ns = 0
        self._decay = 1.0

    @property
    def stored_nl(self) -> float:
        """Volume held by the compliance above atmospheric pressure."""
        return self._stored_at_nl(self.pressure_pa)

    @property
    def target_pa(self) -> float:
        """Where the pressure goes while nothing flows in."""
        if self.is_occluded:
            return self.pressure_pa
        if self.valve_pa:
            return min(self.pressure_pa, self.outlet_pa + self.valve_pa)
        return self.outlet_pa

    @property
    def time_constant_ns(self) -> float:
        """R C, with the compliance that gas adds at this pressure."""
        compliance = self.compliance_nl_per_pa
        if self.gas.atm_nl:
            compliance += self.gas.compliance_nl_per_pa(self.pressure_pa)
        return self.resistance_pa_s_per_nl * compliance * 1e9

    def set_back_pressure(self, mmhg: float) -> None:
        """Pressure at the patient's end; it acts once the line is connected."""
        self._back_pressure_pa = mmhg * PA_PER_MMHG
        self._set_outlet()

    def connect(self) -> float:
        """Join the patient's end; the volume in nL that brings the line to its pressure.

        A person lets the pressures settle before the pump starts: this exchange is nobody's dose.
        """
        if self.is_connected:
            return 0.0
        before_nl = self.stored_nl
        self.is_connected = True
        self._set_outlet()
        if not self.is_occluded:
            self.pressure_pa += self._back_pressure_pa
        return self.stored_nl - before_nl

    def disconnect(self) -> None:
        """Leave the patient's end: the line runs out into the open."""
        self.is_connected = False
        self._set_outlet()

    def set_head(self, head_pa: float) -> None:
        """How much the column of fluid below the syringe pulls."""
        self._head_pa = head_pa
        self._set_outlet()

    def _set_outlet(self) -> None:
        back_pa = self._back_pressure_pa if self.is_connected else 0.0
        self.outlet_pa = back_pa - self._head_pa
        self.is_at_rest = False

    def flow(self, inflow_nl: float, span_ns: int) -> float:
        """Take in that volume evenly over the span; the volume that left at the end, in nL."""
        if self.gas.atm_nl or self.valve_pa:
            return self._flow_in_parts(inflow_nl, span_ns)
        if self.is_occluded:
            self.pressure_pa += inflow_nl / self.compliance_nl_per_pa
            return 0.0
        if span_ns == 0:
            self.pressure_pa += inflow_nl / self.compliance_nl_per_pa
            self.is_at_rest = False
            return 0.0
        if span_ns != self._span_ns:
            self._span_ns = span_ns
            tau_ns = self.resistance_pa_s_per_nl * self.compliance_nl_per_pa * 1e9
            self._decay = math.exp(-span_ns / tau_ns)
        end_pa = self.outlet_pa
        if inflow_nl:
            end_pa += self.resistance_pa_s_per_nl * inflow_nl * 1e9 / span_ns
        before_pa = self.pressure_pa
        after_pa = end_pa + (before_pa - end_pa) * self._decay
        if not inflow_nl and -_REST_PA < after_pa - end_pa < _REST_PA:
            after_pa = end_pa
        self.is_at_rest = after_pa == end_pa and not inflow_nl
        self.pressure_pa = after_pa
        return inflow_nl - self.compliance_nl_per_pa * (after_pa - before_pa)

    def _flow_in_parts(self, inflow_nl: float, span_ns: int) -> float:
        """As `flow`, with gas or a valve: while it is shut, what comes is stored."""
        open_pa = self.outlet_pa + self.valve_pa
        if self.is_occluded or span_ns == 0:
            return self._store(inflow_nl)
        if self.valve_pa and self.pressure_pa <= open_pa:
            missing_nl = self._stored_at_nl(open_pa) - self.stored_nl
            if inflow_nl <= missing_nl:
                self._store(inflow_nl)
                self.is_at_rest = not inflow_nl
                return 0.0
            span_ns -= int(span_ns * missing_nl / inflow_nl)
            inflow_nl -= missing_nl
            self.pressure_pa = open_pa
        return self._flow_open(inflow_nl, span_ns, open_pa)

    def _flow_open(self, inflow_nl: float, span_ns: int, open_pa: float) -> float:
        before_pa, before_nl = self.pressure_pa, self.stored_nl
        end_pa = open_pa + self.resistance_pa_s_per_nl * inflow_nl * 1e9 / span_ns
        tau_ns = self.time_constant_ns
        after_pa = end_pa + (before_pa - end_pa) * math.exp(-span_ns / tau_ns)
        if self.valve_pa and after_pa < open_pa:
            # It is pulled shut.
            until_ns = tau_ns * math.log((before_pa - end_pa) / (open_pa - end_pa))
            taken_nl = inflow_nl * until_ns / span_ns
            self.pressure_pa = open_pa
            out_nl = taken_nl - (self.stored_nl - before_nl)
            return out_nl + self._store(inflow_nl - taken_nl)
        if not inflow_nl and -_REST_PA < after_pa - end_pa < _REST_PA:
            after_pa = end_pa
        self.is_at_rest = after_pa == end_pa and not inflow_nl
        self.pressure_pa = after_pa
        return inflow_nl - (self.stored_nl - before_nl)

    def _store(self, inflow_nl: float) -> float:
        if self.gas.atm_nl:
            self.pressure_pa = self.gas.blocked_pa(
                inflow_nl, self.pressure_pa, self.compliance_nl_per_pa
            )
        else:
            self.pressure_pa += inflow_nl / self.compliance_nl_per_pa
        self.is_at_rest = False
        return 0.0

    def _stored_at_nl(self, pressure_pa: float) -> float:
        return self.compliance_nl_per_pa * pressure_pa + self.gas.stored_nl(pressure_pa)
