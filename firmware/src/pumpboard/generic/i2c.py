"""What a driver asks of an I2C bus: the part of `machine.I2C` that takes nothing from the heap.

`writeto_mem` is no part of it. On the RP2040 it joins place and bytes in a buffer from the heap
(`mp_machine_i2c_transfer_adaptor` in MicroPython's extmod/machine_i2c.c); `writeto` sends the one
buffer that it is given, and a read writes its place from the stack.
"""

from pumpcore._compat import Protocol

# 400 kHz is what all three chips take; a byte and its acknowledge are nine bits.
FREQUENCY_HZ = 400_000
# The RP2040's driver allows so much for each way of a transfer: 44 bytes, and a bus that somebody
# holds costs a tick no more than this.
TIMEOUT_US = 1_000


class I2cBus(Protocol):
    """Any of its methods raises OSError if nobody answers at that address."""

    def writeto(self, __address: int, __buffer: bytearray | memoryview) -> int:
        """Send a buffer."""
        ...

    def readfrom_mem_into(
        self, __address: int, __place: int, __buffer: bytearray | memoryview, *, addrsize: int = 8
    ) -> None:
        """Fill a buffer from a register, or from a place of `addrsize` bits, on."""
        ...
