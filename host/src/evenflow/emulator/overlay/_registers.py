"""Registers of an RP2040 and its successors: levels of the pads, and why it has started."""

import _emu
from _chip import CHIP_RESET, WATCHDOG_REASON
from _emu import reply
from _layout import IN_CHIP_RESET, IN_LEVELS, IN_WATCHDOG_REASON
from micropython import const

_GPIO_IN = const(0xD0000004)


class _Registers:
    """As `machine.mem32`: three registers of the chip."""

    _PLACES = {CHIP_RESET: IN_CHIP_RESET, WATCHDOG_REASON: IN_WATCHDOG_REASON}

    def __getitem__(self, address: int) -> int:
        if address == _GPIO_IN:
            if _emu.stale_mask:
                _emu.refresh(_emu.PINS_STALE)
            return reply[IN_LEVELS]
        place = self._PLACES.get(address)
        if place is None:
            raise NotImplementedError("machine.mem32[%#x] is not emulated" % address)
        return reply[place]

    def __setitem__(self, address: int, value: int) -> None:
        raise NotImplementedError("machine.mem32[%#x] cannot be written here" % address)


mem32 = _Registers()
