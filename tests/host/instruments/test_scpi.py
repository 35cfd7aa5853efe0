"""Supply and gauge: the emulators by hand, then the drivers on them, over serial and socket."""

from typing import cast

import pytest
from host.instruments.bench import ANSWER_MS, opened, refusal

from evenflow.errors import EvenflowError
from evenflow.instruments.catalogue import open_instrument
from evenflow.instruments.emulated.scpi_gauge import EmulatedScpiGauge
from evenflow.instruments.emulated.scpi_supply import EmulatedScpiSupply
from evenflow.instruments.emulated.served import Over, served
from evenflow.instruments.instrument import Identity, PowerReading, PressureGauge, Supply

pytestmark = pytest.mark.requirement("PWR-07")

LIMITS: dict[str, object] = {"max_mv": 12_500, "max_ma": 2000}
PA: dict[str, object] = {"unit": "Pa"}


def test_a_supply_answers_as_scpi_says() -> None:
    supply = EmulatedScpiSupply(drawn_ma=lambda voltage_mv: voltage_mv // 10)
    dialogue = [
        (b"*IDN?\n", b"Evenflow,EMU-32-3,0001,1.0\n"),
        (b"VOLT 12.5\n", b""),
        (b"VOLT?\n", b"+1.25000000E+01\n"),
        (b"volt?\n", b"+1.25000000E+01\n"),
        (b":VOLTAGE?\n", b"+1.25000000E+01\n"),
        (b"CURR 2;CURR?\n", b"+2.00000000E+00\n"),
        (b"OUTP?\n", b"0\n"),
        (b"MEAS:VOLT?\n", b"+0.00000000E+00\n"),
        (b"OUTPUT ON\n", b""),
        (b"OUTP?;MEAS:VOLT?;MEASURE:CURR?\n", b"1;+1.25000000E+01;+1.25000000E+00\n"),
        (b"CURR 0.625\n", b""),
        (b"MEAS:VOLT?;MEAS:CURR?\n", b"+6.25000000E+00;+6.25000000E-01\n"),
        (b"SYST:ERR?\n", b'+0,"No error"\n'),
        (b"VOLT 99\n", b""),
        (b"VOLT high\n", b""),
        (b"VOLTS 3\n", b""),
        (b"OUTP MAYBE\n", b""),
        (b"SYST:ERR?\n", b'-222,"Data out of range"\n'),
        (b"SYSTEM:ERROR?\n", b'-104,"Data type error"\n'),
        (b"SYST:ERR?\n", b'-113,"Undefined header"\n'),
        (b"*CLS\n", b""),
        (b"SYST:ERR?\n", b'+0,"No error"\n'),
        (b"*RST\n", b""),
        (b"OUTP?;VOLT?\n", b"0;+0.00000000E+00\n"),
    ]

    assert [(asked, supply.heard(asked)) for asked, _ in dialogue] == dialogue


def test_a_queue_of_errors_runs_over_by_its_own_name() -> None:
    supply = EmulatedScpiSupply()
    for _ in range(20):
        supply.heard(b"what\n")

    told = [supply.heard(b"SYST:ERR?\n") for _ in range(17)]

    assert told[-2:] == [b'-350,"Queue overflow"\n', b'+0,"No error"\n']


@pytest.mark.parametrize("over", ["pty", "socket"])
async def test_a_supply_powers_what_hangs_on_it_and_is_left_as_it_was(over: Over) -> None:
    heard: list[int] = []
    emulated = EmulatedScpiSupply(lambda voltage_mv: voltage_mv // 10, heard.append)
    emulated.set_mv = 5000
    async with opened("scpi-supply", emulated, over, **LIMITS) as driver:
        supply = cast("Supply", driver)
        identity = await supply.identity()
        await supply.set_mv(12_345)
        off = await supply.read()
        await supply.switch(on=True)
        on = await supply.read()
        during_ma = emulated.set_ma

    assert identity == Identity("Evenflow", "EMU-32-3", "0001", "1.0")
    assert off == PowerReading(0, 0, is_on=False)
    assert on == PowerReading(12_345, 1234, is_on=True)
    assert heard == [0, 12_345, 0, 0]
    assert during_ma == 2000
    assert (emulated.set_mv, emulated.is_on, emulated.set_ma) == (5000, False, 100)


@pytest.mark.parametrize("voltage_mv", [12_501, -1, 100_000])
async def test_beyond_the_rig_file_nothing_is_sent(voltage_mv: int) -> None:
    emulated = EmulatedScpiSupply()
    async with opened("scpi-supply", emulated, "socket", **LIMITS) as driver:
        emulated.behaviour = "unplugged"
        error = await refusal(cast("Supply", driver).set_mv(voltage_mv))
        emulated.behaviour = ""

    assert error.code == "instrument_limit"
    assert "0 to 12500 mV" in error.reason


async def test_a_supply_found_on_beyond_the_limit_is_not_used() -> None:
    emulated = EmulatedScpiSupply()
    emulated.set_mv, emulated.is_on = 24_000, True

    with pytest.raises(EvenflowError) as error:
        async with opened("scpi-supply", emulated, **LIMITS):
            pass

    assert error.value.code == "instrument_limit"
    assert (emulated.set_mv, emulated.is_on) == (24_000, True)


async def test_a_voltage_that_others_set_beyond_the_limit_is_not_switched_on() -> None:
    emulated = EmulatedScpiSupply()
    emulated.set_mv = 24_000
    async with opened("scpi-supply", emulated, **LIMITS) as driver:
        error = await refusal(cast("Supply", driver).switch(on=True))

    assert error.code == "instrument_limit"
    assert not emulated.is_on


async def test_a_supply_found_on_stays_on() -> None:
    emulated = EmulatedScpiSupply()
    emulated.set_mv, emulated.is_on = 12_000, True

    async with opened("scpi-supply", emulated, **LIMITS):
        pass

    assert (emulated.set_mv, emulated.is_on, emulated.set_ma) == (12_000, True, 100)


@pytest.mark.parametrize(
    ("behaviour", "codes"),
    [
        ("tripped", {"instrument_refused"}),
        ("refusing", {"instrument_refused"}),
        ("silent", {"instrument_silent"}),
        ("half", {"instrument_silent", "instrument_answer"}),
        ("garbage", {"instrument_answer"}),
        ("echo", {"instrument_answer"}),
        ("late", {"instrument_silent", "instrument_answer"}),
        ("unplugged", {"instrument_lost", "instrument_silent"}),
    ],
)
@pytest.mark.parametrize("over", ["pty", "socket"])
async def test_a_hostile_supply_is_never_said_to_be_on(
    behaviour: str, codes: set[str], over: Over
) -> None:
    emulated = EmulatedScpiSupply()
    async with served(emulated, over) as address:
        options: dict[str, object] = {**LIMITS, "answer_ms": ANSWER_MS}
        supply = cast("Supply", await open_instrument("scpi-supply", address, **options))
        emulated.behaviour = behaviour
        error = await refusal(supply.switch(on=True))
        emulated.behaviour = ""
        try:
            await supply.close()
        except EvenflowError:
            assert behaviour == "unplugged"

    assert error.code in codes


@pytest.mark.parametrize("behaviour", ["overload", "silent", "half", "garbage", "echo", "late"])
async def test_a_hostile_supply_gives_no_reading(behaviour: str) -> None:
    emulated = EmulatedScpiSupply()
    async with opened("scpi-supply", emulated, "socket", answer_ms=ANSWER_MS, **LIMITS) as driver:
        emulated.behaviour = behaviour
        error = await refusal(cast("Supply", driver).read())
        emulated.behaviour = ""
        again = await cast("Supply", driver).read()

    assert error.code.startswith("instrument_")
    assert again == PowerReading(0, 0, is_on=False)


async def test_a_voltage_that_was_not_taken_is_found_out() -> None:
    emulated = EmulatedScpiSupply()
    async with opened("scpi-supply", emulated, "socket", **LIMITS) as driver:
        emulated.behaviour = "deaf"
        error = await refusal(cast("Supply", driver).set_mv(5000))
        emulated.behaviour = ""

    assert error.code == "instrument_refused"


@pytest.mark.parametrize(
    ("unit", "pressure", "pressure_pa"),
    [
        ("Pa", 12_345, 12_345),
        ("kPa", -13, -13_000),
        ("hPa", 7, 700),
        ("mbar", 7, 700),
        ("bar", 1, 100_000),
        ("mmHg", 300, 39_997),
        ("psi", 2, 13_790),
    ],
)
async def test_a_gauge_is_read_in_its_unit(unit: str, pressure: int, pressure_pa: int) -> None:
    emulated = EmulatedScpiGauge(lambda: pressure)
    async with opened("scpi-gauge", emulated, "socket", unit=unit) as driver:
        read = await cast("PressureGauge", driver).read_pa()

    assert read == pressure_pa


async def test_a_gauge_that_says_its_unit_is_held_to_it() -> None:
    emulated = EmulatedScpiGauge(lambda: 500)
    emulated.says_unit = True
    async with opened("scpi-gauge", emulated, **PA) as driver:
        read = await cast("PressureGauge", driver).read_pa()
        identity = await driver.identity()

    assert read == 500
    assert identity.serial_number == "0002"


@pytest.mark.parametrize(
    ("behaviour", "codes"),
    [
        ("overload", {"instrument_overload"}),
        ("underload", {"instrument_underload"}),
        ("other_unit", {"instrument_unit"}),
        ("words", {"instrument_answer"}),
        ("silent", {"instrument_silent"}),
        ("half", {"instrument_silent", "instrument_answer"}),
        ("garbage", {"instrument_answer"}),
        ("echo", {"instrument_answer"}),
        ("late", {"instrument_silent", "instrument_answer"}),
        ("unplugged", {"instrument_lost", "instrument_silent"}),
    ],
)
@pytest.mark.parametrize("over", ["pty", "socket"])
async def test_a_hostile_gauge_gives_no_pressure(
    behaviour: str, codes: set[str], over: Over
) -> None:
    emulated = EmulatedScpiGauge(lambda: 500)
    async with opened("scpi-gauge", emulated, over, answer_ms=ANSWER_MS, **PA) as driver:
        emulated.behaviour = behaviour
        gauge = cast("PressureGauge", driver)
        errors = [await refusal(gauge.read_pa()), await refusal(gauge.read_pa())]

    assert errors[0].code in codes


async def test_an_answer_that_came_too_late_is_never_the_next_one() -> None:
    pressures = [500, 600, 700, 800, 900]
    emulated = EmulatedScpiGauge(lambda: pressures.pop(0))
    async with opened("scpi-gauge", emulated, answer_ms=ANSWER_MS, **PA) as driver:
        gauge = cast("PressureGauge", driver)
        emulated.behaviour = "late"
        await refusal(gauge.read_pa())
        emulated.behaviour = ""
        read = await gauge.read_pa()

    # 600 Pa were held back on the line.
    assert read == 700


async def test_a_command_that_the_supply_refuses_brings_its_words() -> None:
    emulated = EmulatedScpiSupply()
    async with opened("scpi-supply", emulated, "socket", **LIMITS) as driver:
        emulated.behaviour = "refusing"
        error = await refusal(cast("Supply", driver).set_mv(0))
        emulated.behaviour = ""

    assert "Command protected (-203)" in error.reason


async def test_a_pressure_beyond_the_range_is_an_overload() -> None:
    pressures = [500, 200_001, -200_001]
    emulated = EmulatedScpiGauge(lambda: pressures.pop(0))
    async with opened("scpi-gauge", emulated, max_pa=200_000, **PA) as driver:
        gauge = cast("PressureGauge", driver)
        codes = [(await refusal(gauge.read_pa())).code for _ in range(2)]

    assert codes == ["instrument_overload", "instrument_underload"]


@pytest.mark.parametrize(
    "address", ["/dev/no-such-port", "socket://127.0.0.1:1", "GPIB::1::INSTR"]
)
async def test_no_instrument_there_is_said(address: str) -> None:
    error = await refusal(open_instrument("scpi-gauge", address, unit="Pa", answer_ms=ANSWER_MS))

    assert error.code in ("instrument_missing", "instrument_lost", "instrument_silent")
    assert address in error.reason
