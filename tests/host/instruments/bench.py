"""What the tests of the drivers share: a clock that stands until it is slept on, and errors."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest

from evenflow.instruments.catalogue import open_instrument
from evenflow.instruments.emulated.served import Dialogue, Over, served
from evenflow.instruments.instrument import Instrument, InstrumentError

# Long enough for two threads of a busy machine, short enough to wait for it in a test of silence.
ANSWER_MS = 300
PATIENT_MS = 10_000


class VirtualClock:
    """Time passes in sleeps alone, at once."""

    def __init__(self) -> None:
        """Somewhere after the beginning."""
        self.at_s = 1000.0

    def now_s(self) -> float:
        return self.at_s

    async def sleep(self, span_s: float) -> None:
        self.at_s += span_s
        await asyncio.sleep(0)


@asynccontextmanager
async def opened(
    kind: str,
    dialogue: Dialogue,
    over: Over = "pty",
    clock: VirtualClock | None = None,
    **options: object,
) -> AsyncIterator[Instrument]:
    """The driver of a kind, on an emulated instrument; on silent ones give answer_ms."""
    options = {"answer_ms": PATIENT_MS, **options}
    async with served(dialogue, over) as address:
        driver = await open_instrument(kind, address, clock or VirtualClock(), **options)
        try:
            yield driver
        finally:
            await driver.close()


async def refusal(asked: Awaitable[object]) -> InstrumentError:
    """The InstrumentError that it ends in; a value in its place is a failure."""
    with pytest.raises(InstrumentError) as error:
        await asked
    assert error.value.reason
    assert error.value.hint
    return error.value
