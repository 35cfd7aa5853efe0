"""Both balance drivers on their emulators, over real lines: a true weight, or an error by name."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest
from host.instruments.bench import ANSWER_MS, VirtualClock, opened, refusal

from evenflow.instruments.catalogue import open_instrument
from evenflow.instruments.emulated.mt_sics import EmulatedMtSics
from evenflow.instruments.emulated.pan import Pan
from evenflow.instruments.emulated.sbi import EmulatedSbi
from evenflow.instruments.emulated.served import Over, served
from evenflow.instruments.instrument import Balance, Identity

pytestmark = pytest.mark.requirement("FLO-01")

Emulated = EmulatedMtSics | EmulatedSbi

MAKERS: dict[str, tuple[str, Callable[[Pan], Emulated]]] = {
    "mt-sics": ("mt-sics", EmulatedMtSics),
    "sbi of 16": ("sartorius-sbi", lambda pan: EmulatedSbi(pan, has_header=False)),
    "sbi of 22": ("sartorius-sbi", lambda pan: EmulatedSbi(pan, has_header=True)),
}


class Load:
    """What lies on the pan."""

    def __init__(self) -> None:
        """A figure with all its digits."""
        self.mass_ug = 12_345_600


@pytest.fixture
def load() -> Load:
    return Load()


@pytest.fixture(params=MAKERS)
def made(request: pytest.FixtureRequest, load: Load) -> tuple[str, Emulated]:
    kind, make = MAKERS[request.param]
    return kind, make(Pan(lambda: load.mass_ug))


@pytest.mark.parametrize("over", ["pty", "socket"])
async def test_a_weight_is_what_lies_there_to_the_microgram(
    made: tuple[str, Emulated], load: Load, over: Over
) -> None:
    kind, emulated = made
    clock = VirtualClock()
    async with opened(kind, emulated, over, clock) as driver:
        balance = cast("Balance", driver)
        read = [await balance.read()]
        load.mass_ug = -1_000_300
        read.append(await balance.read())
        load.mass_ug = 0
        read.append(await balance.read_stable(1.0))

    assert [weight.mass_ug for weight in read] == [12_345_600, -1_000_300, 0]
    assert all(weight.is_stable and weight.at_s == clock.at_s for weight in read)
    assert balance.resolution_ug == 100


async def test_an_unstable_weight_is_read_as_such(made: tuple[str, Emulated]) -> None:
    kind, emulated = made
    async with opened(kind, emulated) as driver:
        emulated.behaviour = "unstable"
        weight = await cast("Balance", driver).read()

    assert not weight.is_stable
    assert 0 < abs(weight.mass_ug - 12_345_600) <= 700


async def test_waiting_for_rest_ends_with_it_or_is_unstable(made: tuple[str, Emulated]) -> None:
    kind, emulated = made
    clock = VirtualClock()
    rest_at_s = clock.at_s + 3.0
    async with opened(kind, emulated, clock=clock) as driver:
        balance = cast("Balance", driver)
        emulated.pan.is_stable = lambda: clock.at_s >= rest_at_s
        error = await refusal(balance.read_stable(2.0))
        weight = await balance.read_stable(2.0)

    assert error.code == "instrument_unstable"
    assert weight.is_stable
    assert rest_at_s <= weight.at_s < rest_at_s + 0.5


async def test_taring_starts_from_nothing(made: tuple[str, Emulated], load: Load) -> None:
    kind, emulated = made
    async with opened(kind, emulated) as driver:
        balance = cast("Balance", driver)
        await balance.tare()
        load.mass_ug += 5_000_000
        weight = await balance.read_stable(1.0)

    assert weight.mass_ug == 5_000_000


@pytest.mark.parametrize("behaviour", ["unstable", "overload", "underload", "busy"])
async def test_a_balance_that_cannot_tare_says_so(
    made: tuple[str, Emulated], behaviour: str
) -> None:
    kind, emulated = made
    async with opened(kind, emulated) as driver:
        emulated.behaviour = behaviour
        error = await refusal(cast("Balance", driver).tare())

    assert (
        error.code
        in {
            "unstable": ("instrument_unstable",),
            "overload": ("instrument_overload",),
            "underload": ("instrument_underload",),
            "busy": ("instrument_unstable", "instrument_refused"),
        }[behaviour]
    )


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("overload", "instrument_overload"),
        ("underload", "instrument_underload"),
        ("other_unit", "instrument_unit"),
        ("silent", "instrument_silent"),
        ("half", "instrument_answer"),
        ("garbage", "instrument_answer"),
        ("echo", "instrument_answer"),
        ("late", "instrument_silent"),
        ("unplugged", "instrument_lost"),
    ],
)
async def test_a_hostile_balance_gives_an_error_and_never_a_weight(
    made: tuple[str, Emulated], behaviour: str, code: str
) -> None:
    kind, emulated = made
    async with opened(kind, emulated, answer_ms=ANSWER_MS) as driver:
        balance = cast("Balance", driver)
        await balance.read()
        emulated.behaviour = behaviour
        codes = [(await refusal(ask)).code for ask in (balance.read(), balance.read_stable(1.0))]

    assert codes[0] == code
    # Asked again, an echo and a late answer come before the one that brings both into step.
    assert codes[1] in (code, "instrument_answer", "instrument_silent")


@pytest.mark.parametrize("over", ["pty", "socket"])
@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("silent", "instrument_silent"),
        ("half", "instrument_answer"),
        ("garbage", "instrument_answer"),
        ("echo", "instrument_answer"),
        ("unplugged", "instrument_lost"),
        ("overload", "instrument_overload"),
        ("other_unit", "instrument_unit"),
    ],
)
async def test_a_hostile_balance_is_not_opened(
    made: tuple[str, Emulated], over: Over, behaviour: str, code: str
) -> None:
    kind, emulated = made
    emulated.behaviour = behaviour

    async with served(emulated, over) as address:
        error = await refusal(open_instrument(kind, address, VirtualClock(), answer_ms=ANSWER_MS))

    assert error.code == code
    assert address in error.reason


@pytest.mark.parametrize("behaviour", ["silent", "half", "garbage", "late"])
async def test_after_a_bad_answer_the_next_weight_is_the_present_one(
    made: tuple[str, Emulated], load: Load, behaviour: str
) -> None:
    kind, emulated = made
    async with opened(kind, emulated, answer_ms=ANSWER_MS) as driver:
        balance = cast("Balance", driver)
        emulated.behaviour = behaviour
        await refusal(balance.read())
        emulated.behaviour = ""
        load.mass_ug = 7_000_000
        weight = await balance.read_stable(1.0)

    # The late answer, 12.3456 g, was dropped.
    assert weight.mass_ug == 7_000_000


async def test_a_drift_beyond_the_bound_is_named(made: tuple[str, Emulated]) -> None:
    kind, emulated = made
    async with opened(kind, emulated, max_drift_ug=200) as driver:
        balance = cast("Balance", driver)
        still = await balance.read_stable(1.0)
        emulated.behaviour = "drift"
        error = await refusal(balance.read_stable(1.0))

    assert still.mass_ug == 12_345_600
    assert error.code == "instrument_drift"
    assert "300 µg" in error.reason


async def test_who_it_is(made: tuple[str, Emulated]) -> None:
    kind, emulated = made
    async with opened(kind, emulated) as driver:
        identity = await driver.identity()

    assert (
        identity
        == {
            "mt-sics": Identity("", "Emulated balance 220.0000 g", "0123456789", "1.10 0.0.0"),
            "sartorius-sbi": Identity("", "EMULATED", "0047304196", ""),
        }[kind]
    )


async def test_two_who_ask_at_once_take_turns(made: tuple[str, Emulated]) -> None:
    kind, emulated = made
    async with opened(kind, emulated) as driver:
        balance = cast("Balance", driver)
        read = await asyncio.gather(*(balance.read() for _ in range(5)), balance.read_stable(1.0))

    assert {weight.mass_ug for weight in read} == {12_345_600}


async def test_nothing_at_the_address_is_a_missing_instrument(made: tuple[str, Emulated]) -> None:
    error = await refusal(open_instrument(made[0], "/dev/no-such-port"))

    assert error.code == "instrument_missing"
    assert "No such file" in error.reason
    assert error.exit_code == 5


async def test_a_port_is_free_again_after_a_refused_opening(made: tuple[str, Emulated]) -> None:
    kind, emulated = made
    emulated.behaviour = "overload"
    async with served(emulated) as address:
        await refusal(open_instrument(kind, address, VirtualClock(), answer_ms=5000))
        emulated.behaviour = ""
        driver = await open_instrument(kind, address, VirtualClock(), answer_ms=5000)
        weight = await cast("Balance", driver).read()
        await driver.close()
        await driver.close()

    assert weight.mass_ug == 12_345_600
