"""The one register of the RP2040 that a fixture reads: FDEBUG of PIO 0 (datasheet, 3.7)."""

import _emu
from _emu import reply
from _layout import IN_MACHINE

_FDEBUG = 0x50200008
_STAMPS = 0


class Registers:
    """`mem32`."""

    def __getitem__(self, address: int) -> int:
        """RXSTALL of state machine 0; ValueError for another register."""
        if address != _FDEBUG:
            raise ValueError("mem32[0x%08x] is not emulated on a fixture" % address)
        _emu.refresh(1 << _STAMPS)
        return reply[IN_MACHINE + _STAMPS]


mem32 = Registers()
