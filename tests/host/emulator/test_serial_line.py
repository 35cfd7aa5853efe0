"""Bytes take their time, and buffers have an end."""

from evenflow.emulator.controller.serial_line import SerialLine

MS_NS = 1_000_000


def opened(receive_size: int = 256) -> SerialLine:
    line = SerialLine()
    line.open(460_800, receive_size)
    return line


def test_a_byte_takes_ten_bit_times_each_way() -> None:
    line = opened()
    line.host_writes(bytes(100))
    line.unsent += bytes(100)
    line.run(MS_NS)

    # 46.08 bytes a millisecond
    assert len(line.received) == 46
    assert len(line.host_reads()) == 46
    line.run(MS_NS)
    assert len(line.received) == 92
    assert len(line.host_reads()) == 46


def test_what_finds_no_room_is_lost() -> None:
    line = opened(receive_size=64)
    line.host_writes(bytes(range(100)))
    line.run(20 * MS_NS)

    assert bytes(line.received) == bytes(range(64))
    assert line.lost_count == 36


def test_nothing_is_received_before_the_uart_is_open() -> None:
    line = SerialLine()
    line.host_writes(b"early")
    line.run(MS_NS)
    line.open(460_800, 64)
    line.run(MS_NS)

    assert (bytes(line.received), line.lost_count) == (b"", 5)
