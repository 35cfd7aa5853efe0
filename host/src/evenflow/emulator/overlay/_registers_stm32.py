"""Registers of an STM32F767: the slave mode of its timers, and its sensor's calibration.

All else is refused by address, never ignored.
"""

import _timers_stm32
from _layout_stm32 import AT_30_DEGREES, AT_110_DEGREES

_CALIBRATION = {0x1FF0F44C: AT_30_DEGREES, 0x1FF0F44E: AT_110_DEGREES}


class _Registers:
    """As `stm.mem16` or `machine.mem32`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getitem__(self, address: int) -> int:
        if self._name == "stm.mem16" and address in _CALIBRATION:
            return _CALIBRATION[address]
        raise NotImplementedError("%s[%#x] is not emulated" % (self._name, address))

    def __setitem__(self, address: int, value: int) -> None:
        number = _timers_stm32.by_slave_mode(address)
        if self._name != "stm.mem16" or number is None:
            raise NotImplementedError("%s[%#x] is not emulated" % (self._name, address))
        _timers_stm32.made(number).follow(value)


mem16 = _Registers("stm.mem16")
mem32 = _Registers("machine.mem32")
