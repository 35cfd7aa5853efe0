"""Registers of an ESP32-S3: of each pad, whether its level reaches the blocks that listen."""

import _emu
from _emu import operate
from _i2s import deaf_pads
from _layout_esp32 import OP_PAD_INPUT
from _pads import pad

_IO_MUX_GPIO0 = 0x60009004
_LAST_GPIO = 48
_FUN_IE = 1 << 9
# What the other bits of a pad's register are after a reset: its drive and its function.
_REST = 0x1800


class _Registers:
    """As `machine.mem32`: the IO MUX alone."""

    def __getitem__(self, address: int) -> int:
        return _REST if _pad_of(address) in deaf_pads else _REST | _FUN_IE

    def __setitem__(self, address: int, value: int) -> None:
        number = _pad_of(address)
        if value & ~_FUN_IE != _REST:
            raise NotImplementedError("machine.mem32[%#x]: only FUN_IE may change" % address)
        if value & _FUN_IE:
            deaf_pads.discard(number)
        else:
            deaf_pads.add(number)
        operate(OP_PAD_INPUT, number | (256 if value & _FUN_IE else 0))
        _emu.spoil(_emu.PINS_STALE)


def _pad_of(address: int) -> int:
    pin = (address - _IO_MUX_GPIO0) >> 2
    if address & 3 or not 0 <= pin <= _LAST_GPIO:
        raise NotImplementedError("machine.mem32[%#x] is not emulated" % address)
    return pad(pin)


mem32 = _Registers()
