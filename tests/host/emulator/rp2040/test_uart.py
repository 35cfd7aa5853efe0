"""The UART in place of the emulator's own: FIFO levels, time-out and interrupts as the PL011's."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from host.emulator.rp2040.thumb import Program

if TYPE_CHECKING:
    from evenflow.emulator.rp2040.chip import Chip

BYTE_NS = 21_701
DR, FR, LCR, CR, IFLS, IMSC, MIS, ICR = 0x00, 0x18, 0x2C, 0x30, 0x34, 0x38, 0x40, 0x44
RECEIVED, SENT, TIMED_OUT = 1 << 4, 1 << 5, 1 << 6
TX_EMPTY, TX_FULL, RX_EMPTY = 1 << 7, 1 << 5, 1 << 4


@pytest.fixture
def chip(make_chip: Callable[[Program], "Chip"]) -> "Chip":
    """A chip whose program sleeps; its UART is open, FIFOs on, receive level 4, as MicroPython."""
    program = Program()
    program.sleep()
    chip = make_chip(program)
    chip.power_on()
    for register, value in ((LCR, 0x70), (CR, 0x301), (IFLS, 0x02), (IMSC, 0x70)):
        chip.line.write_uint32(register, value)
    return chip


def test_four_bytes_call_for_the_processor_at_once(chip: "Chip") -> None:
    line = chip.line
    line.host_writes(b"abcd")
    chip.run(3 * BYTE_NS + 100)
    before = line.read_uint32(MIS)
    chip.run(4 * BYTE_NS + 100)

    assert (before, line.read_uint32(MIS)) == (0, RECEIVED)
    assert bytes(line.read_uint32(DR) for _ in range(4)) == b"abcd"
    assert line.read_uint32(MIS) == 0
    assert line.read_uint32(FR) & RX_EMPTY


def test_fewer_call_after_32_bit_times(chip: "Chip") -> None:
    line = chip.line
    line.host_writes(b"ab")
    chip.run(2 * BYTE_NS + 60_000)
    before = line.read_uint32(MIS)
    chip.run(2 * BYTE_NS + 80_000)

    assert (before, line.read_uint32(MIS)) == (0, TIMED_OUT)
    # cleared with a byte left: it calls again
    assert line.read_uint32(DR) == ord("a")
    line.raw_write_value = TIMED_OUT
    line.write_uint32(ICR, TIMED_OUT)
    assert line.read_uint32(MIS) == 0
    chip.run(4 * BYTE_NS + 140_000)
    assert line.read_uint32(MIS) == TIMED_OUT


def test_what_nobody_takes_is_lost_beyond_32_bytes(chip: "Chip") -> None:
    chip.line.host_writes(bytes(40))
    chip.run(41 * BYTE_NS)

    assert chip.line.lost_count == 8


def test_sending_calls_once_when_the_fifo_is_half_empty(chip: "Chip") -> None:
    line = chip.line
    for value in range(33):
        line.write_uint32(DR, value)
    flags = line.read_uint32(FR)
    chip.run(15 * BYTE_NS + 100)
    before = line.read_uint32(MIS)
    chip.run(16 * BYTE_NS + 100)
    called = line.read_uint32(MIS)
    line.raw_write_value = SENT
    line.write_uint32(ICR, SENT)
    chip.run(20 * BYTE_NS)

    assert flags & TX_FULL
    assert (before, called, line.read_uint32(MIS)) == (0, SENT, 0)
    chip.run(40 * BYTE_NS)
    # the 33rd did not fit
    assert line.host_reads() == bytes(range(32))
    assert line.read_uint32(FR) & TX_EMPTY


def test_a_reset_forgets_what_is_on_the_line(chip: "Chip") -> None:
    chip.line.write_uint32(DR, 1)
    chip.line.host_writes(b"abc")
    chip.reset()
    chip.run(10 * BYTE_NS)

    assert not chip.line.is_open
    assert chip.line.host_reads() == b""
    chip.line.write_uint32(CR, 0x301)
    chip.line.host_writes(b"d")
    chip.run(20 * BYTE_NS)
    assert chip.line.rx_fifo.item_count == 1
    assert chip.line.read_uint32(DR) == ord("d")
