"""What the power-on self-test finds without running inputs: processor, memory, and the files.

`ram` covers the heap that is free at boot, up to 192 KiB: not the interpreter's own variables, the
stacks, nor what the firmware's code takes already. `flash_image` covers the files: not the
interpreter, which lies before them.
"""

import binascii
from hashlib import sha256

from pumpapp.drug_library import load as load_library
from pumpapp.flash_image import LIST, FlashImage
from pumpboard.ports import Board
from pumpcore import alarms
from pumpcore._compat import collect_garbage, const, mem_free
from pumpcore.library import Library
from pumpcore.profile import Profile
from pumpcore.self_test import (
    CLOCK_STOPPED,
    CPU,
    FLASH_IMAGE,
    FLASH_UNLISTED,
    LIBRARY,
    LIBRARY_PREVIOUS,
    NO_AIR_DETECTOR,
    RAM,
)

_BLOCK_BYTES = 1_024
_MOST_BLOCKS = const(192)
# Left free meanwhile, and what is taken where a heap has no bound.
_RESERVE_BYTES = const(16_384)
_UNBOUNDED_BLOCKS = const(64)

_ROUNDS = const(64)
_KNOWN_SUM = -243_390_512
_KNOWN_DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
_KNOWN_CRC = 0xCBF43926


class PowerOn:
    """What was found: bits of SELF_TESTS and SELF_TEST_NOTES, alarms, and what was loaded."""

    def __init__(self, board: Board, profile: Profile, now_s: int) -> None:
        """Do it all at that time, 0 if unknown; the plunger is safe before, and nothing moves."""
        self.failures = board.failures
        self.notes = 0
        self.alarms_upper = 0
        if board.motor_driver is not None and board.motor_driver.problem:
            print("self-test: the motor driver", board.motor_driver.problem)
        if not cpu_is_sound():
            self.failures |= CPU
        pattern = bytearray(_BLOCK_BYTES)
        blocks = free_blocks()
        if not ram_is_sound(blocks, pattern):
            self.failures |= RAM
        # Emptied, for the collector may still find the list on the stack.
        blocks.clear()
        collect_garbage()
        self.flash = FlashImage()
        self._judge_flash(is_bench=profile["link.bench"] or profile["link.emulated"])
        self.library = self._judge_library(now_s)
        if board.clock_chip.is_present and board.clock_chip.has_lost_time():
            self.notes |= CLOCK_STOPPED
        if not profile["air.is_fitted"]:
            self.notes |= NO_AIR_DETECTOR
        collect_garbage()

    def _judge_flash(self, *, is_bench: bool) -> None:
        spoilt = self.flash.spoilt()
        for name in spoilt:
            print("self-test: %s is not as it was stored" % name)
        if spoilt:
            self.failures |= FLASH_IMAGE
        if not self.flash.is_listed:
            print("self-test: no %s: the files on the flash are not checked" % LIST)
            self.notes |= FLASH_UNLISTED
            if not is_bench:
                self.failures |= FLASH_IMAGE

    def _judge_library(self, now_s: int) -> Library:
        loaded = load_library()
        if loaded.problem:
            print("self-test:", loaded.problem)
            self.alarms_upper |= alarms.LIBRARY_INVALID_UPPER
        if loaded.library.is_expired(now_s):
            print("self-test: the drug library is no longer valid")
            self.alarms_upper |= alarms.LIBRARY_INVALID_UPPER
        if loaded.is_previous:
            self.notes |= LIBRARY_PREVIOUS
        if loaded.is_spoilt:
            self.failures |= LIBRARY
        return loaded.library


def cpu_is_sound() -> bool:
    """Whether integers of both sizes, SHA-256 and CRC-32 give what they must."""
    return (
        known_sum() == _KNOWN_SUM
        and sha256(b"abc").digest() == binascii.unhexlify(_KNOWN_DIGEST)
        and binascii.crc32(b"123456789") == _KNOWN_CRC
    )


def known_sum() -> int:
    """Products, quotients, remainders, shifts and signs, mixed into one number."""
    mixed = 1
    total = 0
    for turn in range(1, _ROUNDS):
        mixed = (mixed * 1_103_515_245 + 12_345) & 0xFFFFFFFF
        signed = mixed - 0x80000000
        total += signed // turn - signed % turn
        total ^= mixed >> (turn & 15) | turn << (turn & 7)
        total -= (mixed & 0xFFFF) * (turn - 32)
    return total


def free_blocks() -> list:
    """Blocks of the heap that nobody uses, all at once; they are garbage afterwards."""
    free_bytes = mem_free()
    count = (free_bytes - _RESERVE_BYTES) // _BLOCK_BYTES if free_bytes else _UNBOUNDED_BLOCKS
    # Its length is had first, so that only blocks can fail.
    blocks: list = [None] * max(0, min(count, _MOST_BLOCKS))
    had = 0
    try:
        while had < len(blocks):
            blocks[had] = bytearray(_BLOCK_BYTES)
            had += 1
    except MemoryError:
        # What is left lies in smaller pieces.
        del blocks[had:]
    return blocks


def ram_is_sound(blocks: list, pattern: bytearray) -> bool:
    """Whether each block keeps its own number while all hold theirs, and every walking bit.

    A wrong address line shows in the first, a bit that sticks or a short between two in the other.
    `pattern` is a block more, taken before the others: they may leave none.
    """
    return _keep_numbers(blocks, pattern) and _keep_bits(blocks, pattern)


def _keep_numbers(blocks: list, pattern: bytearray) -> bool:
    for place in range(_BLOCK_BYTES):
        pattern[place] = (place * 7 + (place >> 8) * 31) & 0xFF
    for index in range(len(blocks)):
        _number(pattern, index)
        blocks[index][:] = pattern
    for index in range(len(blocks)):
        _number(pattern, index)
        if blocks[index] != pattern:
            return False
    return True


def _number(pattern: bytearray, index: int) -> None:
    for place in (0, _BLOCK_BYTES // 2, _BLOCK_BYTES - 2):
        pattern[place] = index & 0xFF
        pattern[place + 1] = index >> 8


def _keep_bits(blocks: list, pattern: bytearray) -> bool:
    for turn in range(16):
        inverted = 0xFF if turn & 8 else 0
        for place in range(_BLOCK_BYTES):
            pattern[place] = 1 << ((place + turn) & 7) ^ inverted
        for block in blocks:
            block[:] = pattern
            if block != pattern:
                return False
    return True
