"""What a UF2 file puts into the flash of an RP2040; anything else in it is refused by name.

A file is a row of 512-byte blocks, each with its own address (UF2 specification,
github.com/microsoft/uf2). The boot ROM of the RP2040 takes 256 bytes a block, from a whole row
numbered from 0 (RP2040 datasheet, 2.8.4.2).
"""

import re
import struct
from dataclasses import dataclass
from pathlib import Path

from evenflow.errors import Refused, WrongUsage

RP2040_FAMILY = 0xE48BFF56
FLASH_START = 0x1000_0000
# What a Pico carries, and where MicroPython has its file system in it: the last 1408 KiB
# (MICROPY_HW_FLASH_STORAGE_BYTES of the board RPI_PICO).
FLASH_BYTES = 2 * 1024 * 1024
FILE_SYSTEM_AT = FLASH_BYTES - 1408 * 1024

_BLOCK_BYTES = 512
_PAYLOAD_BYTES = 256
_HEADER = struct.Struct("<8I")
_END = struct.Struct("<I")
_END_AT = _BLOCK_BYTES - _END.size
_MAGIC = (0x0A32_4655, 0x9E5D_5157)
_MAGIC_END = 0x0AB1_6F30
_NOT_FOR_FLASH = 0x0000_0001
_HAS_FAMILY = 0x0000_2000
_VERSION = re.compile(rb"MicroPython (v\d+\.\d+[^\s\x00]*) on ")
_BRING_ANOTHER = "bring a MicroPython UF2 for the RP2040, such as RPI_PICO"


@dataclass(frozen=True, slots=True)
class Uf2:
    """The flash from its first byte to the file's last; what the file leaves out is erased."""

    content: bytes
    # As the interpreter in it would print it, such as v1.28.0; None if there is none.
    micropython_version: str | None


def load(path: Path) -> Uf2:
    """Read a file; WrongUsage if it cannot be read, Refused if it is no UF2 for an RP2040."""
    try:
        raw = path.read_bytes()
    except OSError as unreadable:
        reason = f"{path}: cannot be read: {unreadable.strerror}"
        raise WrongUsage("no_uf2", reason, "name a UF2 file") from unreadable
    return parse(raw, str(path))


def load_micropython(path: Path) -> Uf2:
    """As `load`; Refused also if it is no MicroPython that leaves a Pico its file system."""
    found = load(path)
    if found.micropython_version is None:
        raise Refused("uf2_interpreter", f"{path}: holds no MicroPython", _BRING_ANOTHER)
    if len(found.content) > FILE_SYSTEM_AT:
        raise Refused(
            "uf2_too_large",
            f"{path}: fills {len(found.content)} bytes of flash; a Pico's file system begins at "
            f"{FILE_SYSTEM_AT}",
            _BRING_ANOTHER,
        )
    return found


def parse(raw: bytes, name: str) -> Uf2:
    """The flash of a file's bytes; `name` is said in errors."""
    if not raw or len(raw) % _BLOCK_BYTES:
        raise Refused(
            "uf2_size",
            f"{name}: {len(raw)} bytes are not a whole number of {_BLOCK_BYTES}-byte blocks",
            "the file was cut off, or is no UF2: fetch it again",
        )
    flash = bytearray()
    expected = 0
    for start in range(0, len(raw), _BLOCK_BYTES):
        block = raw[start : start + _BLOCK_BYTES]
        where = f"{name}: block {start // _BLOCK_BYTES}"
        fields = _fields(block, where)
        if fields.flags & _NOT_FOR_FLASH:
            continue
        _check(fields, expected, where)
        expected += 1
        _put(flash, fields.address - FLASH_START, block[_HEADER.size :][:_PAYLOAD_BYTES])
    last = _HEADER.unpack_from(raw, len(raw) - _BLOCK_BYTES)[6]
    if expected != last:
        raise Refused(
            "uf2_blocks",
            f"{name}: {expected} blocks of {last} are there",
            "the file was cut off: fetch it again",
        )
    content = bytes(flash)
    found = _VERSION.search(content)
    return Uf2(content, None if found is None else found[1].decode("ascii", "replace"))


@dataclass(frozen=True, slots=True)
class _Fields:
    flags: int
    address: int
    payload_bytes: int
    number: int
    family: int


def _fields(block: bytes, where: str) -> _Fields:
    first, second, flags, address, payload_bytes, number, _, family = _HEADER.unpack_from(block)
    if (first, second) != _MAGIC or _END.unpack_from(block, _END_AT)[0] != _MAGIC_END:
        raise Refused("uf2_magic", f"{where}: no UF2 magic numbers", _BRING_ANOTHER)
    return _Fields(flags, address, payload_bytes, number, family)


def _check(fields: _Fields, expected: int, where: str) -> None:
    if fields.flags & _HAS_FAMILY and fields.family != RP2040_FAMILY:
        raise Refused(
            "uf2_family",
            f"{where}: for family 0x{fields.family:08x}, not the RP2040's 0x{RP2040_FAMILY:08x}",
            _BRING_ANOTHER,
        )
    if fields.payload_bytes != _PAYLOAD_BYTES:
        raise Refused(
            "uf2_payload",
            f"{where}: carries {fields.payload_bytes} bytes; an RP2040 takes {_PAYLOAD_BYTES}",
            _BRING_ANOTHER,
        )
    if fields.number != expected:
        raise Refused(
            "uf2_blocks",
            f"{where}: is numbered {fields.number}, not {expected}",
            "blocks are missing or mixed up: fetch the file again",
        )
    offset = fields.address - FLASH_START
    if offset < 0 or offset % _PAYLOAD_BYTES or offset + _PAYLOAD_BYTES > FLASH_BYTES:
        raise Refused(
            "uf2_address",
            f"{where}: address 0x{fields.address:08x} is no page of a Pico's 2 MiB of flash",
            "bring a UF2 that runs from flash, for a board with 2 MiB",
        )


def _put(flash: bytearray, offset: int, page: bytes) -> None:
    if len(flash) < offset + len(page):
        flash.extend(b"\xff" * (offset + len(page) - len(flash)))
    flash[offset : offset + len(page)] = page
