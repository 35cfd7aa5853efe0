"""The TMC2209's driver against an emulated chip: settings, faults, and how soon they are seen."""

from collections.abc import Callable

import pytest
from board.generic.wired import Wired

from evenflow.emulator.plant.tmc2209 import (
    CHOPCONF,
    GCONF,
    GSTAT,
    IFCNT,
    OLA,
    OT,
    OTPW,
    S2GB,
    S2VSA,
    UV_CP,
    VACTUAL,
)

# A round of registers, and the tick in which the last reply comes.
ROUND = 5
MUTE = 5
OPEN_LOOKS = 100


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Wired:
    return Wired(monkeypatch)


def value(wired: Wired, register: int) -> int:
    return wired.chip._registers[register]


@pytest.mark.parametrize("microsteps", [1, 2, 4, 8, 16, 32, 64, 128, 256])
def test_a_chip_as_from_power_on_gets_every_setting(wired: Wired, microsteps: int) -> None:
    chip = wired.chip
    chip._registers[VACTUAL] = 5

    driver = wired.boot(microsteps=microsteps)

    assert driver.problem == ""
    assert not driver.has_fault
    assert chip.microsteps == wired.microsteps == microsteps
    # 600 mA over 130 mOhm are 78 mV: 13 parts of 32 of 180 mV, and a little more.
    assert (chip.is_sensitive, chip.current_scale) == (True, 12)
    # Full current at a standstill.
    assert chip.hold_scale == chip.current_scale
    assert value(wired, VACTUAL) == 0
    # SpreadCycle, the wire for this alone, MRES; the current is not VREF's.
    assert value(wired, GCONF) & 0xC7 == 0xC4
    # No interpolation, bridges on.
    assert value(wired, CHOPCONF) >> 28 & 1 == 0
    assert value(wired, CHOPCONF) & 15 == 3
    assert chip.gstat == 0


def test_more_current_than_the_finer_range_has_takes_the_other(wired: Wired) -> None:
    wired.boot(peak_ma=2_000)

    assert (wired.chip.is_sensitive, wired.chip.current_scale) == (False, 24)


def test_a_chip_that_was_set_before_is_set_again(wired: Wired) -> None:
    wired.boot(microsteps=256)
    wired.chip.write_count = 254
    wired._sleep(100)

    driver = wired.boot(microsteps=4)

    assert driver.problem == ""
    assert wired.chip.microsteps == 4


@pytest.mark.parametrize("address", [1, 2, 3])
def test_a_chip_with_another_strap_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, address: int
) -> None:
    wired = Wired(monkeypatch, address)

    assert wired.boot(address=0).problem == "does not answer"
    wired._sleep(100)
    assert wired.boot(address=address).problem == ""


def _deaf(wired: Wired) -> None:
    wired.chip.is_mute = True


def _silent_wire(wired: Wired) -> None:
    wired.wire._bit_ns = 0
    wired.monkeypatch.setattr(wired.wire, "send", lambda _values, _now_ns: None)


def _keep(register: int) -> Callable[[Wired], None]:
    """The chip counts a write to that register, and does nothing."""

    def keep(wired: Wired) -> None:
        write = wired.chip._write

        def ignore(written: int, given: int) -> None:
            before = dict(wired.chip._registers), wired.chip.gstat
            write(written, given)
            if written == register:
                wired.chip._registers, wired.chip.gstat = before

        wired.monkeypatch.setattr(wired.chip, "_write", ignore)

    return keep


def _miss_a_write(wired: Wired) -> None:
    write = wired.chip._write

    def miss(register: int, given: int) -> None:
        if register != GCONF:
            write(register, given)

    wired.monkeypatch.setattr(wired.chip, "_write", miss)


def _spread_pin_high(wired: Wired) -> None:
    wired.chip.is_spread_high = True


def _shorted(wired: Wired) -> None:
    wired.chip.fail(S2GB)


REFUSALS: tuple[tuple[Callable[[Wired], None], str], ...] = (
    (_deaf, "does not answer"),
    (_silent_wire, "does not answer"),
    (_miss_a_write, "has not taken its settings"),
    (_keep(GCONF), "shows register 0x6f as 0xc00c00c0"),
    (_keep(CHOPCONF), "shows register 0x6c as 0x10010053"),
    (_keep(GSTAT), "shows register 0x01 as 0x00000001"),
    (_spread_pin_high, "shows register 0x6f as 0xc00c00c0"),
    (_shorted, "shows register 0x01 as 0x00000002"),
)


@pytest.mark.requirement("TST-02", "OVR-10")
@pytest.mark.parametrize(("spoil", "told"), REFUSALS)
def test_a_chip_that_is_not_as_it_must_be_is_a_fault_from_boot_on(
    wired: Wired, spoil: Callable[[Wired], None], told: str
) -> None:
    spoil(wired)

    driver = wired.boot()
    assert driver.problem == told
    assert driver.has_fault
    wired.chip.is_mute = False
    wired.chip.gstat = 0
    wired.ticks(2 * ROUND)
    assert driver.has_fault


def _reset(wired: Wired) -> None:
    wired.chip.lose_power()


def _flip_chopconf(wired: Wired) -> None:
    wired.chip._registers[CHOPCONF] ^= 1 << 25


def _flip_gconf(wired: Wired) -> None:
    wired.chip._registers[GCONF] ^= 1 << 3


def _starved(wired: Wired) -> None:
    wired.chip.gstat |= UV_CP


@pytest.mark.requirement("OVR-10", "TST-16")
@pytest.mark.parametrize(
    "spoil",
    [
        _reset,
        _flip_chopconf,
        _flip_gconf,
        _starved,
        _shorted,
        _spread_pin_high,
        lambda wired: wired.chip.fail(OT),
        lambda wired: wired.chip.fail(S2VSA),
    ],
)
@pytest.mark.parametrize("phase", range(4))
def test_whatever_goes_wrong_is_seen_within_a_round(
    wired: Wired, spoil: Callable[[Wired], None], phase: int
) -> None:
    driver = wired.boot()
    wired.ticks(20 + phase, turns=True)
    assert not driver.has_fault
    spoil(wired)

    assert wired.ticks_until(has_fault=True, within=20, turns=True) <= ROUND
    wired.ticks(200)
    assert driver.has_fault


@pytest.mark.requirement("OVR-10")
def test_a_chip_that_falls_silent_is_a_fault_until_it_answers_as_before(wired: Wired) -> None:
    wired.boot()
    wired.ticks(20)
    wired.chip.is_mute = True
    assert wired.ticks_until(has_fault=True, within=20) == MUTE
    wired.chip.is_mute = False

    assert wired.ticks_until(has_fault=False, within=20) <= 2


def test_a_reply_that_is_spoilt_on_the_wire_is_none_and_one_alone_is_no_fault(
    wired: Wired,
) -> None:
    driver = wired.boot()
    hear = wired.chip.hear
    spoilt = 0

    def noisy(byte: int, now_ns: int, bit_ns: int) -> bytes:
        nonlocal spoilt
        reply = hear(byte, now_ns, bit_ns)
        if not reply or spoilt % 3 == 0:
            spoilt += bool(reply)
            return reply
        spoilt += 1
        # An OT that nobody sent.
        return bytes([*reply[:6], reply[6] ^ 2, reply[7]])

    wired.monkeypatch.setattr(wired.chip, "hear", noisy)
    wired.ticks(300)

    assert spoilt > 200
    assert not driver.has_fault


@pytest.mark.parametrize("noise", [b"\x00", b"\x05\xff\x01", bytes(200)])
def test_bytes_that_nobody_asked_for_are_read_and_forgotten(wired: Wired, noise: bytes) -> None:
    driver = wired.boot()
    wired.ticks(4)
    wired.wire.received += noise
    wired.ticks(1)
    assert wired.any() == 0

    wired.ticks(100)
    assert not driver.has_fault


def test_the_pre_warning_is_no_fault(wired: Wired) -> None:
    driver = wired.boot()
    wired.chip.fail(OTPW)
    wired.ticks(50)

    assert not driver.has_fault


@pytest.mark.requirement("OVR-10")
def test_an_open_phase_counts_in_motion_alone_and_after_8_s(wired: Wired) -> None:
    driver = wired.boot()
    # The emulated chip shows both at a standstill.
    wired.ticks(1_000)
    assert not driver.has_fault
    wired.ticks(1_000, turns=True)
    assert not driver.has_fault

    wired.chip.fail(OLA)
    took = wired.ticks_until(has_fault=True, within=500, turns=True)
    assert 4 * (OPEN_LOOKS - 1) <= took <= 4 * (OPEN_LOOKS + 1)
    wired.chip.flags = 0
    wired.ticks(20, turns=True)
    assert driver.has_fault


def test_an_open_load_that_comes_and_goes_is_none(wired: Wired) -> None:
    driver = wired.boot()
    for _ in range(10):
        wired.chip.fail(OLA)
        wired.ticks(300, turns=True)
        wired.chip.flags = 0
        wired.ticks(8, turns=True)

    assert not driver.has_fault


def test_a_tick_sends_one_request_of_four_bytes_and_writes_nothing(wired: Wired) -> None:
    wired.boot()
    before = wired.chip.write_count
    wired.sent.clear()
    wired.ticks(8)

    # IFCNT's would be 05 00 02 8f, as the datasheet's formula has it.
    assert [request[2] for request in wired.sent] == [0x6F, 0x00, 0x6C, 0x01] * 2
    assert {len(request) for request in wired.sent} == {4}
    assert wired.chip.write_count == before
    assert wired.driver is not None
    assert bytes(wired.driver._request(IFCNT)) == b"\x05\x00\x02\x8f"
