"""TMC2209: a motor driver that is set and watched over one wire.

Datagrams and registers are those of the datasheet (Rev. 1.09), 4.1 and 5. Whatever is sent comes
back on the wire first, and is dropped.

Its settings. SpreadCycle: it regulates the current of each chopper cycle, while StealthChop has to
learn the motor in turns that a pump which creeps never makes. No interpolation: an edge of STEP is
a microstep, at once, and nothing moves after the last one. Full current at a standstill.

It is looked at in every tick: the request goes out, and the reply is taken in the next one. A
round has four registers and lasts 80 ms: GSTAT (reset, drv_err, uv_cp), DRV_STATUS (over-heating,
shorts, StealthChop), GCONF and CHOPCONF, which must read as they were written. None of them is
written again: a driver that has reset steps by its straps, with another current, and its fault
stays until the pump is switched off and on. One that is mute for 100 ms has a fault meanwhile.

Left alone: the pre-warning of 120 degrees, since the motor still turns, and SG_RESULT, which needs
StealthChop and a motor so fast that its back-EMF counts, above all that this pump does. A stall is
seen by the encoder. Open load shows falsely at a standstill; it counts in motion alone, which for
the chip is 12 steps a second, after 8 s: at that rate a period of the motor's current.
"""

import time

from pumpcore._compat import Protocol, const
from pumpcore.check_in import WATCHED

BAUD = 115_200

_SYNC = const(0x05)
_TO_MASTER = const(0xFF)
_WRITE = const(0x80)
_GCONF = const(0x00)
_GSTAT = const(0x01)
_IFCNT = const(0x02)
_IHOLD_IRUN = const(0x10)
_TPOWERDOWN = const(0x11)
_VACTUAL = const(0x22)
_CHOPCONF = const(0x6C)
_DRV_STATUS = const(0x6F)

# en_SpreadCycle, pdn_disable, mstep_reg_select, multistep_filt; the current is not VREF's.
_GCONF_VALUE = const(0x1C4)
# TBL 2, HSTRT 5, TOFF 3: as the chip has them after power-on; VSENSE and MRES come with them.
_CHOPCONF_VALUE = const(0x10053)
_VSENSE = const(17)
_MRES = const(24)
_POWERDOWN = const(20)
_FULL_STEP = const(256)

_REQUEST_BYTES = const(4)
_WRITE_BYTES = const(8)
_ANSWER_BYTES = const(12)
_VALUE_BYTES = const(4)
# Of an answer with its echo: where the reply and its value begin, and its sum.
_REPLY = const(4)
_VALUE = const(7)
_SUM = const(11)
# A byte takes 87 us: request, pause and reply 1.2 ms, and a controller tells of them a bit later.
_ANSWER_MS = const(3)
_TRIES = const(3)
_MUTE_TICKS = const(5)

_STANDS = const(0x80)
_OPEN_LOAD = const(0xC0)
_OPEN_LOOKS = const(100)
_STATUS_ROW = const(1)


class Uart(Protocol):
    """The part of `machine.UART` that never waits and takes nothing from the heap."""

    def any(self) -> int:
        """Bytes that can be read."""
        ...

    def readinto(self, buffer: bytearray, count: int) -> int | None:
        """Take so many of them."""
        ...

    def write(self, buffer: bytearray) -> int | None:
        """Have a buffer sent; it fits into the transmit buffer."""
        ...


class Tmc2209:
    """The driver behind a UART that is its own; takes nothing from the heap once it is made."""

    def __init__(self, uart: Uart, address: int, microsteps: int, scale: tuple[bool, int]) -> None:
        """Set it up; `scale` is of pumpcore.board.motor_current. `problem` says what went wrong.

        While nothing drives ENABLE, the motor is off, whatever the settings were.
        """
        self.has_fault = False
        # Empty, or what a person should know.
        self.problem = ""
        self._uart = uart
        self._address = address
        self._answer = bytearray(_ANSWER_BYTES)
        self._table = _crc_table()
        is_sensitive, current = scale
        chopconf = _CHOPCONF_VALUE | is_sensitive << _VSENSE | _mres(microsteps) << _MRES
        # Register, which bits of it count, and what they must be.
        self._rows = (
            (_GSTAT, _four(0x7), _four(0)),
            (_DRV_STATUS, b"\x40\x00\x00\x3e", _four(0)),
            (_GCONF, _four(0x3FF), _four(_GCONF_VALUE)),
            (_CHOPCONF, b"\xff\xff\xff\xff", _four(chopconf)),
        )
        self._requests = [self._request(row[0]) for row in self._rows]
        self._row = 0
        self._bad_rows = 0
        self._missed = 0
        self._open_looks = 0
        self._settings = (
            # Else it turns by itself, and STEP does nothing.
            (_VACTUAL, _four(0)),
            (_GCONF, _four(_GCONF_VALUE)),
            (_IHOLD_IRUN, _four(current << 8 | current)),
            (_TPOWERDOWN, _four(_POWERDOWN)),
            (_CHOPCONF, _four(chopconf)),
            (_GSTAT, _four(0x7)),
        )
        self._set_up()
        self.has_fault = self.problem != ""
        self._uart.write(self._requests[0])

    # ---- in every tick ------------------------------------------------------------------------

    def carry(self) -> int:
        """Once a tick: take the reply to the last request, send the next; never raises."""
        if self._take(self._requests[self._row]):
            self._missed = 0
            self._judge(self._row)
        elif self._missed < _MUTE_TICKS:
            self._missed += 1
        self._row = (self._row + 1) & 3
        self._uart.write(self._requests[self._row])
        self.has_fault = (
            self._bad_rows != 0
            or self._missed >= _MUTE_TICKS
            or self._open_looks >= _OPEN_LOOKS
            or self.problem != ""
        )
        return WATCHED

    def _take(self, request: bytearray) -> bool:
        """Whether a sound reply to that request is there; whatever is there is read."""
        if self._uart.any() != _ANSWER_BYTES:
            self._drain()
            return False
        self._uart.readinto(self._answer, _ANSWER_BYTES)
        return self._is_sound(self._answer, request)

    def _drain(self) -> None:
        uart = self._uart
        waiting = uart.any()
        while waiting:
            uart.readinto(self._answer, min(waiting, _ANSWER_BYTES))
            waiting = uart.any()

    def _is_sound(self, answer: bytearray, request: bytearray) -> bool:
        for place in range(_REQUEST_BYTES):
            if answer[place] != request[place]:
                return False
        if answer[_REPLY] != _SYNC or answer[_REPLY + 1] != _TO_MASTER:
            return False
        if answer[_REPLY + 2] != request[2]:
            return False
        return _crc(self._table, answer, _REPLY, _SUM) == answer[_SUM]

    def _judge(self, row: int) -> None:
        answer = self._answer
        asked = self._rows[row]
        if _differs(answer, asked[1], asked[2]):
            self._bad_rows |= 1 << row
        else:
            self._bad_rows &= ~(1 << row)
        if row == _STATUS_ROW and self._open_looks < _OPEN_LOOKS:
            is_open = answer[_VALUE + 3] & _OPEN_LOAD and not answer[_VALUE] & _STANDS
            self._open_looks = self._open_looks + 1 if is_open else 0

    # ---- once, at boot ------------------------------------------------------------------------

    def _set_up(self) -> None:
        before = self._read(_IFCNT)
        if before is None:
            self.problem = "does not answer"
            return
        for register, value in self._settings:
            self._write(register, value)
        after = self._read(_IFCNT)
        # It counts what it has taken, modulo 256.
        if after is None or (after[3] - before[3]) & 0xFF != len(self._settings):
            self.problem = "has not taken its settings"
            return
        for row in range(len(self._rows)):
            if self._read(self._rows[row][0]) is None:
                self.problem = "does not answer"
                return
            self._judge(row)
            if self._bad_rows:
                shown = int.from_bytes(self._answer[_VALUE:_SUM], "big")
                self.problem = "shows register 0x%02x as 0x%08x" % (self._rows[row][0], shown)
                return

    def _read(self, register: int) -> bytes | None:
        """Four bytes of a register; None if it does not answer."""
        request = self._request(register)
        for _ in range(_TRIES):
            self._send(request)
            if self._take(request):
                return bytes(self._answer[_VALUE:_SUM])
        return None

    def _write(self, register: int, value: bytes) -> None:
        datagram = bytearray(_WRITE_BYTES)
        datagram[0] = _SYNC
        datagram[1] = self._address
        datagram[2] = register | _WRITE
        datagram[3:7] = value
        datagram[7] = _crc(self._table, datagram, 0, 7)
        self._send(datagram)

    def _send(self, datagram: bytearray) -> None:
        """Send on a wire that is empty, and leave time for what comes back."""
        self._drain()
        self._uart.write(datagram)
        time.sleep_ms(_ANSWER_MS)

    def _request(self, register: int) -> bytearray:
        request = bytearray(_REQUEST_BYTES)
        request[0] = _SYNC
        request[1] = self._address
        request[2] = register
        request[3] = _crc(self._table, request, 0, 3)
        return request


def _differs(answer: bytearray, mask: bytes, value: bytes) -> bool:
    place = 0
    while place < _VALUE_BYTES:
        if (answer[_VALUE + place] ^ value[place]) & mask[place]:
            return True
        place += 1
    return False


def _crc(table: bytearray, values: bytearray, place: int, end: int) -> int:
    """CRC-8, x^8 + x^2 + x + 1, each byte from its lowest bit on (datasheet, 4.2)."""
    crc = 0
    while place < end:
        crc = table[crc ^ values[place]]
        place += 1
    return _turned(crc)


def _turned(crc: int) -> int:
    """The table works from the lowest bit on; the sum is sent the other way round."""
    turned = 0
    for _ in range(8):
        turned = turned << 1 | crc & 1
        crc >>= 1
    return turned


def _mres(microsteps: int) -> int:
    """256 microsteps are 0, full steps 8."""
    mres = 0
    while microsteps << mres < _FULL_STEP:
        mres += 1
    return mres


def _four(value: int) -> bytes:
    return value.to_bytes(4, "big")


def _crc_table() -> bytearray:
    table = bytearray(256)
    for value in range(256):
        crc = value
        for _ in range(8):
            crc = crc >> 1 ^ 0xE0 if crc & 1 else crc >> 1
        table[value] = crc
    return table
