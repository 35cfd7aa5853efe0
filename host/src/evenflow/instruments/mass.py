"""A balance's figures as it writes them, to whole micrograms, and when a value may be believed."""

import re
from collections.abc import Awaitable, Callable

from evenflow.instruments.clock import Clock
from evenflow.instruments.instrument import InstrumentError, Weight

POLL_S = 0.2
"""How often a balance is asked while it comes to rest."""

# The power of ten of a microgram in each unit.
_EXPONENTS = {"kg": 9, "g": 6, "mg": 3}
UNITS = tuple(_EXPONENTS)
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>\d{1,9})(?:\.(?P<part>\d{1,9}))?")


def micrograms(number: str, unit: str, name: str) -> tuple[int, int]:
    """The mass, and what one step of the last digit shown is worth; both in micrograms."""
    if unit not in _EXPONENTS:
        raise InstrumentError(
            "instrument_unit",
            f"{name}: shows {unit!r}, not a mass in {', '.join(UNITS)}",
            "set the balance to grams",
        )
    found = _NUMBER.fullmatch(number)
    if found is None:
        raise InstrumentError(
            "instrument_answer",
            f"{name}: {number!r} is no weight",
            "check kind, baud and parity in the rig file",
        )
    part = found["part"] or ""
    finer = _EXPONENTS[unit] - len(part)
    if finer < 0:
        raise InstrumentError(
            "instrument_unit",
            f"{name}: shows {number} {unit}, in steps below 1 µg",
            "set it to fewer digits",
        )
    mass_ug = int(found["whole"] + part) * 10**finer
    return (-mass_ug if found["sign"] == "-" else mass_ug), 10**finer


def hold_steps(first_ug: int, now_ug: int, shown: str, name: str) -> None:
    """InstrumentError where a step of the last digit is not worth what it was at opening.

    A lost digit, a unit key and another range all look like this; only a person can tell which.
    """
    if now_ug != first_ug:
        raise InstrumentError(
            "instrument_answer",
            f"{name}: shows {shown!r}, in steps of {now_ug} µg: a changed resolution,"
            f" it was opened with {first_ug} µg",
            "set unit, range and digits as they were, all digits also while it moves; or open it"
            " again",
        )


async def at_rest(
    read: Callable[[], Awaitable[Weight]],
    clock: Clock,
    within_s: float,
    name: str,
    max_drift_ug: int | None,
) -> Weight:
    """The first value that the balance calls stable; asked for again and again until then.

    With a drift bound, the value after it must be stable too and as near: instrument_drift if not.
    """
    deadline_s = clock.now_s() + within_s
    weight = await _stable(read, clock, deadline_s, name)
    if max_drift_ug is None:
        return weight
    await clock.sleep(POLL_S)
    again = await _stable(read, clock, deadline_s, name)
    drift_ug = again.mass_ug - weight.mass_ug
    if abs(drift_ug) > max_drift_ug:
        span_s = again.at_s - weight.at_s
        raise InstrumentError(
            "instrument_drift",
            f"{name}: calls itself stable and changed by {drift_ug} µg in {span_s:.1f} s",
            "shut the draught shield, let it warm up, look for drops and evaporation",
        )
    return again


async def _stable(
    read: Callable[[], Awaitable[Weight]], clock: Clock, deadline_s: float, name: str
) -> Weight:
    while True:
        try:
            weight = await read()
        except InstrumentError as error:
            if error.code != "instrument_unstable":
                raise
        else:
            if weight.is_stable:
                return weight
        if clock.now_s() >= deadline_s:
            raise InstrumentError(
                "instrument_unstable",
                f"{name}: did not come to rest in time",
                "keep draughts and shocks away, shut the draught shield",
            )
        await clock.sleep(POLL_S)
