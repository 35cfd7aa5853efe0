"""A pressure gauge that answers a query with a number, in SCPI or much like it.

No serial protocol of gauges is as widespread as those of balances, so the rig file says both what
to ask (`query`) and in which unit the gauge answers (`unit`). A unit after the number must be that
one. The gauge must answer *IDN?.
"""

import re
from decimal import ROUND_HALF_EVEN, Decimal

from evenflow.instruments.clock import Clock
from evenflow.instruments.instrument import Identity, InstrumentError
from evenflow.instruments.visa import VisaLine, number, open_visa

# Pascals; mmHg and psi as SP 811 of NIST gives them.
_PA = {
    "Pa": Decimal(1),
    "hPa": Decimal(100),
    "kPa": Decimal(1000),
    "mbar": Decimal(100),
    "bar": Decimal(100_000),
    "mmHg": Decimal("133.3224"),
    "psi": Decimal("6894.757"),
}
UNITS = tuple(_PA)
DEFAULT_QUERY = "MEAS:PRES?"
_ANSWER = re.compile(r"(?P<number>[-+0-9.Ee]+)(?: *,? *\"?(?P<unit>[A-Za-z]+)\"?)?")


class ScpiGauge:
    """One gauge; see PressureGauge."""

    def __init__(self, line: VisaLine, query: str, unit: str, max_pa: int | None) -> None:
        """Take over an open line."""
        self._line = line
        self._query = query
        self._unit = unit
        self._max_pa = max_pa

    async def identity(self) -> Identity:
        """Who it is, as *IDN? says."""
        return self._line.identity

    async def read_pa(self) -> int:
        """The present value, to the nearest pascal; instrument_overload beyond `max_pa`."""
        answer = await self._line.ask(self._query)
        found = _ANSWER.fullmatch(answer)
        if found is None:
            raise self._line.not_understood(answer)
        if found["unit"] not in (None, self._unit):
            reason = f"{self._line.name}: answers in {found['unit']}, not in {self._unit}"
            raise InstrumentError("instrument_unit", reason, "set the gauge, or the rig file")
        value = number(found["number"], self._line.name) * _PA[self._unit]
        pressure_pa = int(value.to_integral_value(ROUND_HALF_EVEN))
        if self._max_pa is not None and abs(pressure_pa) > self._max_pa:
            code = "instrument_overload" if pressure_pa > 0 else "instrument_underload"
            reason = f"{self._line.name}: {pressure_pa} Pa is beyond its {self._max_pa} Pa"
            raise InstrumentError(code, reason, "let the pressure off, check the sensor")
        return pressure_pa

    async def close(self) -> None:
        """Nothing was set: shut the line."""
        await self._line.close()


async def open_scpi_gauge(
    address: str,
    _clock: Clock | None = None,
    *,
    unit: str,
    query: str = DEFAULT_QUERY,
    max_pa: int | None = None,
    baud: int = 9600,
    answer_ms: int = 2000,
) -> ScpiGauge:
    """An open gauge that has said who it is and answers its query in its unit."""
    line = await open_visa(address, f"gauge {address}", baud, answer_ms)
    gauge = ScpiGauge(line, query, unit, max_pa)
    try:
        await gauge.read_pa()
    except BaseException:
        await line.close()
        raise
    return gauge
