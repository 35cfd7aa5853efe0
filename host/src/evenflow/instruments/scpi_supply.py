"""A laboratory supply that speaks SCPI: one output, voltage and current limit, on and off.

What the rig file allows is checked before anything is sent, and what was set is read back. Opening
changes nothing; the rig file's current limit is set before the first voltage or switching.
"""

from decimal import ROUND_HALF_EVEN, Decimal

from evenflow.instruments.clock import Clock
from evenflow.instruments.instrument import Identity, InstrumentError, PowerReading
from evenflow.instruments.visa import VisaLine, open_visa

# Supplies round to their own steps; coarser than this is not what was asked for.
_MOST_ROUNDING = 10
_PER_UNIT = 1000


class ScpiSupply:
    """One output; see Supply."""

    def __init__(self, line: VisaLine, max_mv: int, max_ma: int) -> None:
        """Take over an open line; `begin` makes it ready."""
        self._line = line
        self._max_mv = max_mv
        self._max_ma = max_ma
        self._was_on = True
        self._found: dict[str, int] = {}
        self._is_taken = False

    async def begin(self) -> None:
        """Learn how it was found; instrument_limit if on, beyond what is allowed."""
        self._was_on = await self._is_on()
        for what in ("VOLT", "CURR"):
            self._found[what] = _thousandths(await self._line.number(f"{what}?"))
        if self._was_on and self._found["VOLT"] > self._max_mv:
            raise self._beyond(f"was found on at {self._found['VOLT']} mV", f"{self._max_mv} mV")

    async def identity(self) -> Identity:
        """Who it is, as *IDN? says."""
        return self._line.identity

    async def set_mv(self, voltage_mv: int) -> None:
        """Set the voltage; instrument_limit beyond the rig file's, and nothing is sent."""
        if not 0 <= voltage_mv <= self._max_mv:
            raise self._beyond(f"{voltage_mv} mV", f"0 to {self._max_mv} mV")
        await self._take()
        await self._set("VOLT", voltage_mv)

    async def switch(self, *, on: bool) -> None:
        """Output on or off; returns when the supply says that it is."""
        await self._take()
        if on and (is_set := _thousandths(await self._line.number("VOLT?"))) > self._max_mv:
            raise self._beyond(f"is set to {is_set} mV", f"0 to {self._max_mv} mV")
        word = "ON" if on else "OFF"
        await self._line.command(f"OUTP {word}")
        if await self._is_on() != on:
            reason = f"{self._line.name}: was switched {word} and says that it is not"
            hint = "look at its front: protection may have tripped"
            raise InstrumentError("instrument_refused", reason, hint)

    async def read(self) -> PowerReading:
        """What it measures at its terminals now."""
        voltage_mv = _thousandths(await self._line.number("MEAS:VOLT?"))
        current_ma = _thousandths(await self._line.number("MEAS:CURR?"))
        return PowerReading(voltage_mv, current_ma, await self._is_on())

    async def close(self) -> None:
        """Off again, and set as it was, if it was off; nothing is ever switched on."""
        try:
            if self._is_taken and not self._was_on:
                await self.switch(on=False)
                for what, thousandths in self._found.items():
                    await self._set(what, thousandths)
        finally:
            self._is_taken = False
            await self._line.close()

    async def _take(self) -> None:
        if not self._is_taken:
            self._is_taken = True
            await self._set("CURR", self._max_ma)

    async def _set(self, what: str, thousandths: int) -> None:
        await self._line.command(
            f"{what} {thousandths // _PER_UNIT}.{thousandths % _PER_UNIT:03d}"
        )
        is_set = _thousandths(await self._line.number(f"{what}?"))
        if abs(is_set - thousandths) > _MOST_ROUNDING:
            reason = f"{self._line.name}: {what} was set to {thousandths} m, and is {is_set} m"
            raise InstrumentError("instrument_refused", reason, "is it within its range?")

    async def _is_on(self) -> bool:
        answer = await self._line.ask("OUTP?")
        if answer not in _ON_OFF:
            raise self._line.not_understood(answer)
        return _ON_OFF[answer]

    def _beyond(self, what: str, allowed: str) -> InstrumentError:
        reason = f"{self._line.name}: {what}, and the rig file allows {allowed}"
        hint = "nothing was sent; change the test, or max_mv in the rig file"
        return InstrumentError("instrument_limit", reason, hint)


_ON_OFF = {"1": True, "ON": True, "0": False, "OFF": False}


async def open_scpi_supply(
    address: str,
    _clock: Clock | None = None,
    *,
    max_mv: int,
    max_ma: int,
    baud: int = 9600,
    answer_ms: int = 2000,
) -> ScpiSupply:
    """An open supply, as it was found."""
    line = await open_visa(address, f"supply {address}", baud, answer_ms)
    supply = ScpiSupply(line, max_mv, max_ma)
    try:
        await supply.begin()
    except BaseException:
        await line.close()
        raise
    return supply


def _thousandths(value: Decimal) -> int:
    """Volts to millivolts, amperes to milliamperes, to the nearest."""
    return int((value * _PER_UNIT).to_integral_value(ROUND_HALF_EVEN))
