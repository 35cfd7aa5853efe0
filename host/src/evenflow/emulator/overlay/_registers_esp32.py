"""Registers of an esp32: none of them is emulated."""


class _Registers:
    """As `machine.mem32`."""

    def __getitem__(self, address: int) -> int:
        raise NotImplementedError("machine.mem32[%#x] is not emulated" % address)

    def __setitem__(self, address: int, value: int) -> None:
        raise NotImplementedError("machine.mem32[%#x] cannot be written here" % address)


mem32 = _Registers()
