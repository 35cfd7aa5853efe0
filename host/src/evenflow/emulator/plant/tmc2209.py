"""TMC2209: a motor driver with registers behind one wire (datasheet Rev. 1.09, 4 and 5).

Datagrams are told apart by their sync, address and CRC; one that is wrong, or that pauses for more
than 63 bit times, is not heard. Registers that can only be written read zero. Power resets them
all and sets GSTAT.reset; the controller does not. With GCONF.mstep_reg_select the microsteps are
MRES's, else those that MS1 and MS2 stand for, which are the address too; TOFF 0 switches the
bridges off.

Not emulated: OTP, VACTUAL (it is kept, and moves nothing), TSTEP, StallGuard, CoolStep, the
automatic scaling of StealthChop. Open load shows at a standstill whether there is one or not, as
it may on the chip. A short stays: bridges off and drv_err set until the power goes.
"""

from collections.abc import Callable

_SYNC, _TO_MASTER, _WRITE = 0x05, 0xFF, 0x80
_REQUEST_BYTES, _WRITE_BYTES = 4, 8
_MOST_PAUSE_BITS = 63
_BITS_PER_DELAY = 8
_BAUDS = (9_600, 500_000)
_NS_PER_S = 1_000_000_000
# 2^20 cycles of its own 12 MHz.
_STANDSTILL_NS = (1 << 20) * _NS_PER_S // 12_000_000

GCONF, GSTAT, IFCNT, NODECONF, OTP_READ, IOIN = 0x00, 0x01, 0x02, 0x03, 0x05, 0x06
FACTORY_CONF, IHOLD_IRUN, TPOWERDOWN, TSTEP, TPWMTHRS = 0x07, 0x10, 0x11, 0x12, 0x13
TCOOLTHRS, VACTUAL, SGTHRS, SG_RESULT, COOLCONF = 0x14, 0x22, 0x40, 0x41, 0x42
MSCNT, MSCURACT, CHOPCONF, DRV_STATUS = 0x6A, 0x6B, 0x6C, 0x6F
PWMCONF, PWM_SCALE, PWM_AUTO = 0x70, 0x71, 0x72

# What each that can be written has after power-on, and which of its bits exist.
_WRITABLE = {
    GCONF: (0x101, 0x3FF),
    NODECONF: (0, 0xF00),
    FACTORY_CONF: (0xE, 0x31F),
    IHOLD_IRUN: (0x1_1F10, 0xF_1F1F),
    TPOWERDOWN: (20, 0xFF),
    TPWMTHRS: (0, 0xF_FFFF),
    TCOOLTHRS: (0, 0xF_FFFF),
    VACTUAL: (0, 0xFF_FFFF),
    SGTHRS: (0, 0xFF),
    COOLCONF: (0, 0xFFFF),
    CHOPCONF: (0x1001_0053, 0xFF03_87FF),
    PWMCONF: (0xC10D_0024, 0xFFFF_FFFF),
}
_READABLE = (GCONF, FACTORY_CONF, CHOPCONF, PWMCONF)
_VERSION = 0x21

_SPREAD_CYCLE, _MSTEP_REG_SELECT = 1 << 2, 1 << 7
RESET, DRV_ERR, UV_CP = 1 << 0, 1 << 1, 1 << 2
OTPW, OT, S2GA, S2GB, S2VSA, S2VSB, OLA, OLB = (1 << bit for bit in range(8))
STEALTH, STANDS = 1 << 30, 1 << 31
_SWITCHED_OFF = OT | S2GA | S2GB | S2VSA | S2VSB
# By MS2 and MS1.
_STRAPPED = (8, 32, 64, 16)


class Tmc2209:
    """The chip; `on_change` takes the microsteps of a full step, 0 while its bridges are off."""

    def __init__(self, address: int, on_change: Callable[[int], None]) -> None:
        """As after power-on, strapped to that address."""
        self.address = address
        # Level of SPREAD, which turns en_SpreadCycle over.
        self.is_spread_high = False
        # Its end of the wire is off: it neither hears nor answers.
        self.is_mute = False
        # Flags of DRV_STATUS that stay for as long as their cause: OTPW to OLB.
        self.flags = 0
        self.stepped_at_ns = -_STANDSTILL_NS
        self.gstat = 0
        self.write_count = 0
        self._on_change = on_change
        self._registers: dict[int, int] = {}
        self._heard = bytearray()
        self._heard_at_ns = 0
        self.lose_power()

    def lose_power(self) -> None:
        """Off and on: every register is as after power-on, and what was shorted is no more."""
        self._registers = {register: row[0] for register, row in _WRITABLE.items()}
        self.write_count = 0
        self.flags = 0
        self.gstat = RESET
        self._heard.clear()
        self._tell()

    def fail(self, flags: int) -> None:
        """Flags of DRV_STATUS come up; over-temperature and shorts switch the bridges off."""
        self.flags |= flags
        if flags & _SWITCHED_OFF:
            self.gstat |= DRV_ERR
        self._tell()

    @property
    def microsteps(self) -> int:
        """Of a full step, as it is set or strapped."""
        if self._registers[GCONF] & _MSTEP_REG_SELECT:
            return 256 >> (self._registers[CHOPCONF] >> 24 & 15)
        return _STRAPPED[self.address]

    @property
    def current_scale(self) -> int:
        """IRUN."""
        return self._registers[IHOLD_IRUN] >> 8 & 31

    @property
    def hold_scale(self) -> int:
        """IHOLD."""
        return self._registers[IHOLD_IRUN] & 31

    @property
    def is_sensitive(self) -> bool:
        """VSENSE."""
        return bool(self._registers[CHOPCONF] >> 17 & 1)

    @property
    def reply_delay_bits(self) -> int:
        """Bit times from the end of a request to its reply (NODECONF.SENDDELAY)."""
        return (self._registers[NODECONF] >> 8 | 1) * _BITS_PER_DELAY

    # ---- the wire -----------------------------------------------------------------------------

    def hear(self, byte: int, now_ns: int, bit_ns: int) -> bytes:
        """A byte has come on the wire; the reply to a request that it ends, or nothing."""
        pause_ns = now_ns - self._heard_at_ns
        self._heard_at_ns = now_ns
        if self.is_mute or not _BAUDS[0] <= _NS_PER_S // bit_ns <= _BAUDS[1]:
            return b""
        if pause_ns > _MOST_PAUSE_BITS * bit_ns:
            self._heard.clear()
        self._heard.append(byte)
        if self._heard[0] & 0xF != _SYNC:
            self._heard.clear()
            return b""
        is_write = bool(self._heard[2:3]) and self._heard[2] & _WRITE
        if len(self._heard) < (_WRITE_BYTES if is_write else _REQUEST_BYTES):
            return b""
        datagram = bytes(self._heard)
        self._heard.clear()
        if datagram[1] != self.address or crc8(datagram[:-1]) != datagram[-1]:
            return b""
        register = datagram[2] & ~_WRITE
        if is_write:
            self._write(register, int.from_bytes(datagram[3:7], "big"))
            return b""
        reply = bytes([_SYNC, _TO_MASTER, register]) + self._read(register, now_ns).to_bytes(4)
        return reply + bytes([crc8(reply)])

    def _write(self, register: int, value: int) -> None:
        self.write_count = (self.write_count + 1) & 0xFF
        if register == GSTAT:
            # Only what is over can be cleared.
            lasting = DRV_ERR if self.flags & _SWITCHED_OFF else 0
            self.gstat &= ~value | lasting
        elif register in _WRITABLE:
            self._registers[register] = value & _WRITABLE[register][1]
            self._tell()

    def _read(self, register: int, now_ns: int) -> int:
        if register in _READABLE:
            return self._registers[register]
        if register == GSTAT:
            return self.gstat
        if register == IFCNT:
            return self.write_count
        if register == IOIN:
            straps = (self.address & 1) << 2 | (self.address >> 1) << 3
            return _VERSION << 24 | self.is_spread_high << 8 | 1 << 6 | straps
        return self._status(now_ns) if register == DRV_STATUS else 0

    def _status(self, now_ns: int) -> int:
        stands = now_ns - self.stepped_at_ns >= _STANDSTILL_NS
        scale = self.hold_scale if stands else self.current_scale
        shown = self.flags | scale << 16
        if stands:
            shown |= STANDS | OLA | OLB
        if bool(self._registers[GCONF] & _SPREAD_CYCLE) == self.is_spread_high:
            shown |= STEALTH
        return shown

    def _tell(self) -> None:
        is_on = self._registers[CHOPCONF] & 15 and not self.flags & _SWITCHED_OFF
        self._on_change(self.microsteps if is_on else 0)


def crc8(values: bytes) -> int:
    """x^8 + x^2 + x + 1, bit by bit, each byte from its lowest on (datasheet, 4.2)."""
    crc = 0
    for byte in values:
        for bit in range(8):
            feeds_back = crc >> 7 ^ byte >> bit & 1
            crc = crc << 1 & 0xFF ^ (0x07 if feeds_back else 0)
    return crc
