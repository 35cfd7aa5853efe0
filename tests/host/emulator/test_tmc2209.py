"""The emulated TMC2209 and its wire: datagrams, registers, straps, timing."""

import pytest

from evenflow import boards
from evenflow.emulator.controller.one_wire import OneWire
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.emulator.plant.drive import Drive
from evenflow.emulator.plant.tmc2209 import (
    CHOPCONF,
    DRV_ERR,
    DRV_STATUS,
    FACTORY_CONF,
    GCONF,
    GSTAT,
    IFCNT,
    IHOLD_IRUN,
    IOIN,
    NODECONF,
    OT,
    RESET,
    S2GA,
    STANDS,
    STEALTH,
    Tmc2209,
    crc8,
)

BAUD = 100_000
BIT_NS = 10_000
BYTE_NS = 100_000
LONG_NS = 1_000_000_000


class Talk:
    """A chip, and requests to it."""

    def __init__(self, address: int = 0) -> None:
        """Powered, on a wire that is open."""
        self.told: list[int] = []
        self.chip = Tmc2209(address, self.told.append)
        self.wire = OneWire(self.chip, 1)
        self.wire.open(BAUD, 64)
        self.now_ns = LONG_NS
        self.address = address

    def send(self, values: bytes, span_ns: int = LONG_NS) -> bytes:
        """What comes back on the wire."""
        self.wire.send(values, self.now_ns)
        self.now_ns += span_ns
        self.wire.run(self.now_ns)
        came = bytes(self.wire.received)
        self.wire.take(len(came))
        return came

    def write(self, register: int, value: int) -> None:
        datagram = bytes([5, self.address, register | 0x80]) + value.to_bytes(4)
        assert self.send(datagram + bytes([crc8(datagram)])) == datagram + bytes([crc8(datagram)])

    def read(self, register: int) -> int:
        request = bytes([5, self.address, register])
        request += bytes([crc8(request)])
        came = self.send(request)
        assert came[:4] == request
        reply = came[4:]
        assert reply[:3] == bytes([5, 0xFF, register])
        assert crc8(reply[:7]) == reply[7]
        assert len(reply) == 8
        return int.from_bytes(reply[3:7])


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_the_sum_is_that_of_published_datagrams() -> None:
    # Requests to node 0, as many logs show them.
    sums = {register: crc8(bytes([5, 0, register])) for register in (GCONF, IFCNT, IOIN)}
    assert sums == {GCONF: 0x48, IFCNT: 0x8F, IOIN: 0x6F}


def test_registers_after_power_on_are_the_datasheet_s(talk: Talk) -> None:
    assert talk.read(GCONF) == 0x101
    assert talk.read(GSTAT) == RESET
    assert talk.read(IFCNT) == 0
    assert talk.read(IOIN) >> 24 == 0x21
    assert talk.read(CHOPCONF) == 0x10010053
    assert talk.read(FACTORY_CONF) == 0xE
    assert talk.read(DRV_STATUS) & (STANDS | STEALTH) == STANDS | STEALTH
    assert (talk.chip.current_scale, talk.chip.hold_scale) == (31, 16)
    assert talk.told[-1] == 8


def test_a_write_is_counted_and_one_with_a_wrong_sum_is_not_heard(talk: Talk) -> None:
    talk.write(GCONF, 0xFFFF_FFC0)
    assert talk.read(GCONF) == 0x3C0
    spoilt = b"\x05\x00\x80\x00\x00\x00\x00\x01"
    assert talk.send(spoilt) == spoilt

    assert talk.read(IFCNT) == 1
    assert talk.read(GCONF) == 0x3C0
    for _ in range(255):
        talk.write(IHOLD_IRUN, 0x1F1F)
    assert talk.read(IFCNT) == 0
    # Only written, never read.
    assert talk.read(IHOLD_IRUN) == 0


@pytest.mark.parametrize(("address", "microsteps"), [(0, 8), (1, 32), (2, 64), (3, 16)])
def test_straps_are_address_and_microsteps(address: int, microsteps: int) -> None:
    talk = Talk(address)
    request = bytes([5, address ^ 1, IFCNT])
    request += bytes([crc8(request)])

    assert talk.send(request) == request
    assert talk.read(IOIN) >> 2 & 3 == address
    assert talk.chip.microsteps == microsteps
    talk.write(GCONF, 0x80)
    for mres in range(9):
        talk.write(CHOPCONF, mres << 24 | 3)
        assert talk.chip.microsteps == 256 >> mres
        assert talk.told[-1] == 256 >> mres
    talk.write(CHOPCONF, 0)
    assert talk.told[-1] == 0


def test_a_byte_takes_its_time_and_a_reply_its_delay(talk: Talk) -> None:
    request = bytes([5, 0, IFCNT, 0x8F])

    assert talk.send(request, 4 * BYTE_NS - 1) == request[:3]
    assert talk.send(b"", 1) == request[3:]
    assert talk.send(b"", BYTE_NS + 8 * BIT_NS - 1) == b""
    assert talk.send(b"", 1) == b"\x05"
    assert len(talk.send(b"", 7 * BYTE_NS)) == 7
    talk.write(NODECONF, 0x300)
    assert len(talk.send(request, 5 * BYTE_NS + 24 * BIT_NS)) == 5


def test_a_pause_within_a_datagram_ends_it(talk: Talk) -> None:
    request = bytes([5, 0, IFCNT, 0x8F])
    talk.send(request[:2])

    assert talk.send(request[2:]) == request[2:]
    assert len(talk.send(request)) == 12


def test_whoever_sends_into_a_reply_ends_it(talk: Talk) -> None:
    request = bytes([5, 0, IFCNT, 0x8F])
    talk.send(request, 4 * BYTE_NS + 8 * BIT_NS + 3 * BYTE_NS)

    assert talk.send(b"\x00") == b"\x00"


@pytest.mark.parametrize("baud", [4_800, 921_600])
def test_another_pace_than_it_can_follow_is_not_heard(baud: int) -> None:
    talk = Talk()
    talk.wire.open(baud, 64)
    request = bytes([5, 0, IFCNT, 0x8F])

    assert talk.send(request) == request


def test_a_closed_wire_and_a_full_buffer_lose_bytes() -> None:
    talk = Talk()
    assert len(talk.send(bytes(100))) == 64
    talk.wire.reset()
    talk.wire.send(b"\x05", talk.now_ns)

    assert OneWire(None, None).is_quiet


def test_a_short_stays_and_its_error_with_it(talk: Talk) -> None:
    talk.write(GSTAT, 7)
    assert talk.read(GSTAT) == 0
    talk.chip.fail(S2GA)
    talk.write(GSTAT, 7)

    assert talk.read(GSTAT) == DRV_ERR
    assert talk.read(DRV_STATUS) & S2GA
    assert talk.told[-1] == 0
    talk.chip.lose_power()
    assert talk.read(GSTAT) == RESET
    assert talk.read(IFCNT) == 0
    assert talk.told[-1] == 8


def test_an_over_temperature_that_is_over_can_be_cleared(talk: Talk) -> None:
    talk.chip.fail(OT)
    talk.chip.flags = 0
    talk.write(GSTAT, DRV_ERR)

    assert talk.read(GSTAT) == RESET


def test_standstill_is_87_ms_without_a_step(talk: Talk) -> None:
    talk.chip.stepped_at_ns = talk.now_ns
    talk.now_ns += 85_000_000
    assert not talk.read(DRV_STATUS) & STANDS

    assert talk.read(DRV_STATUS) & STANDS


def profile(**changes: object) -> dict[str, object]:
    return {
        **boards.load("pico"),
        "motor.driver": "tmc2209",
        "tmc2209.address": 0,
        "tmc2209.uart": 1,
        **changes,
    }


@pytest.mark.parametrize(("driver_s", "moved"), [(8, 100), (16, 50), (256, 3), (1, 800), (0, 0)])
def test_the_screw_turns_by_the_driver_s_microsteps(driver_s: int, moved: int) -> None:
    drive = Drive(profile(**{"plunger.microsteps": 8}), 0.0, 120.0)
    drive.take_microsteps(driver_s)
    for _ in range(25):
        drive.step(4, 0.0)

    assert drive.step_count == 100
    assert drive.screw_microsteps == moved
    for _ in range(25):
        drive.step(-4, 0.0)
    assert drive.screw_microsteps == 0


def test_a_fault_of_the_plant_s_driver_shows_in_its_registers_and_not_on_a_line() -> None:
    plant = Plant(profile(), PlantConfig(), 0)
    assert plant.motor_driver is not None
    lines = plant._port_a()
    plant.motor_fault()

    assert plant.motor_driver.flags == S2GA
    assert plant._port_a() == lines
    plant.supply.cut()
    assert plant.motor_driver.gstat == RESET
    assert not plant.has_motor_fault
