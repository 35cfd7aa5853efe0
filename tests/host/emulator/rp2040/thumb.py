"""Small programs for an RP2040, assembled by hand, and packed as a UF2.

Encodings are those of ARMv6-M (Architecture Reference Manual, A6.7). A program runs from the first
byte of flash, on no stack; constants lie behind it.
"""

import struct
from dataclasses import dataclass, field

from evenflow.emulator.rp2040.uf2 import FLASH_START, RP2040_FAMILY

PAGE_BYTES = 256
SIO_IN = 0xD000_0004
SIO_OUT = 0xD000_0010
SIO_SET = 0xD000_0014
SIO_CLEAR = 0xD000_0018
SIO_TOGGLE = 0xD000_001C
SIO_ENABLE = 0xD000_0024
UART0 = 0x4003_4000
WATCHDOG = 0x4005_8000
_FUNCTION_SIO = 5


@dataclass
class Program:
    """Appends instructions; `code` is the flash from its first byte on."""

    halfwords: list[int] = field(default_factory=list)
    constants: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def here(self) -> int:
        """Index of the next instruction."""
        return len(self.halfwords)

    def load(self, register: int, value: int) -> None:
        """Put a constant into a register: 2 cycles."""
        self.constants.append((self.here, register, value))
        self.halfwords.append(0)

    def store(self, register: int, base: int) -> None:
        """Write a register to where another points: 2 cycles."""
        self.halfwords.append(0x6000 | base << 3 | register)

    def fetch(self, register: int, base: int) -> None:
        """Read a register from where another points: 2 cycles."""
        self.halfwords.append(0x6800 | base << 3 | register)

    def shift(self, register: int, *, left: int = 0, right: int = 0) -> None:
        """Shift a register, left first."""
        # a count of 0 would mean 32 to the right
        if left:
            self.halfwords.append(left << 6 | register << 3 | register)
        if right:
            self.halfwords.append(0x0800 | right << 6 | register << 3 | register)

    def poke(self, address: int, value: int) -> None:
        """Write a constant to an address, by registers 0 and 1."""
        self.load(0, value)
        self.load(1, address)
        self.store(0, 1)

    def wait(self, loops: int) -> None:
        """3 cycles a loop, by register 2."""
        self.load(2, loops)
        self.halfwords += [0x3A01, 0xD1FD]

    def jump(self, target: int) -> None:
        """Go to an index: 2 cycles."""
        self.halfwords.append(0xE000 | (target - self.here - 2 & 0x7FF))

    def sleep(self) -> None:
        """Wait for an interrupt, for ever."""
        start = self.here
        self.halfwords.append(0xBF30)
        self.jump(start)

    def drive(self, *pins: int) -> None:
        """Make pins outputs of the processor, low."""
        for pin in pins:
            self.poke(0x4001_4004 + 8 * pin, _FUNCTION_SIO)
        self.poke(SIO_ENABLE, sum(1 << pin for pin in pins))

    def code(self) -> bytes:
        """The program and its constants."""
        words = list(self.halfwords)
        if len(words) % 2:
            words.append(0)
        for index, register, _ in self.constants:
            place = len(words) - (index // 2 * 2 + 2)
            words[index] = 0x4800 | register << 8 | place // 2
            words += [0, 0]
        raw = struct.pack(f"<{len(words)}H", *words)
        values = [value for _, _, value in self.constants]
        return raw[: len(raw) - 4 * len(values)] + struct.pack(f"<{len(values)}I", *values)


def pack(content: bytes, family: int = RP2040_FAMILY, address: int = FLASH_START) -> bytes:
    """A UF2 of pages of 256 bytes."""
    count = -(-len(content) // PAGE_BYTES)
    blocks = []
    for number in range(count):
        page = content[number * PAGE_BYTES :][:PAGE_BYTES]
        head = struct.pack(
            "<8I",
            0x0A324655,
            0x9E5D5157,
            0x2000,
            address + number * PAGE_BYTES,
            PAGE_BYTES,
            number,
            count,
            family,
        )
        blocks.append((head + page).ljust(508, b"\0") + struct.pack("<I", 0x0AB16F30))
    return b"".join(blocks)
