"""What a UF2 may hold, and what is said of one that may not."""

import struct
from pathlib import Path

import pytest
from host.emulator.rp2040.thumb import pack

from evenflow.emulator.rp2040 import uf2
from evenflow.errors import Refused, WrongUsage

CONTENT = bytes(range(256)) * 3


def changed(raw: bytes, block: int, word: int, value: int) -> bytes:
    """The file with one word of a block's header replaced."""
    at = 512 * block + 4 * word
    return raw[:at] + struct.pack("<I", value) + raw[at + 4 :]


def test_pages_come_out_as_they_went_in(tmp_path: Path) -> None:
    path = tmp_path / "one.uf2"
    path.write_bytes(pack(CONTENT))

    assert uf2.load(path) == uf2.Uf2(CONTENT, None)


def test_what_lies_between_pages_is_erased() -> None:
    raw = changed(pack(CONTENT), 2, 3, uf2.FLASH_START + 0x1000)

    content = uf2.parse(raw, "x").content

    assert content[:0x200] == CONTENT[:0x200]
    assert content[0x200:0x1000] == b"\xff" * 0xE00
    assert content[0x1000:] == CONTENT[0x200:]


def test_the_interpreter_is_known_by_its_banner() -> None:
    raw = pack(b"..3.4.0; MicroPython v1.28.0-preview.7 on 2026-01-01\0")

    assert uf2.parse(raw, "x").micropython_version == "v1.28.0-preview.7"


def test_blocks_that_are_not_for_flash_are_passed_over() -> None:
    aside = changed(pack(bytes(256)), 0, 2, 0x2001)

    assert uf2.parse(aside + pack(CONTENT), "x").content == CONTENT


@pytest.mark.parametrize(
    ("raw", "code", "where"),
    [
        (b"", "uf2_size", "0 bytes"),
        (pack(CONTENT)[:-1], "uf2_size", "1535 bytes"),
        (pack(CONTENT)[:-512], "uf2_blocks", "2 blocks of 3"),
        (pack(CONTENT)[512:], "uf2_blocks", "block 0: is numbered 1, not 0"),
        (changed(pack(CONTENT), 1, 0, 7), "uf2_magic", "block 1"),
        (changed(pack(CONTENT), 2, 127, 7), "uf2_magic", "block 2"),
        (pack(CONTENT, family=0xE48BFF59), "uf2_family", "0xe48bff59"),
        (changed(pack(CONTENT), 1, 4, 476), "uf2_payload", "carries 476 bytes"),
        (pack(CONTENT, address=0x2000_0000), "uf2_address", "0x20000000"),
        (pack(CONTENT, address=uf2.FLASH_START + 2 * 1024**2), "uf2_address", "0x10200000"),
        (pack(CONTENT, address=uf2.FLASH_START + 4), "uf2_address", "0x10000004"),
    ],
)
def test_what_is_no_uf2_for_an_rp2040_is_refused_by_name(
    raw: bytes, code: str, where: str
) -> None:
    with pytest.raises(Refused) as refused:
        uf2.parse(raw, "some.uf2")

    assert refused.value.code == code
    assert refused.value.reason.startswith("some.uf2: ")
    assert where in refused.value.reason
    assert refused.value.hint


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage) as wrong:
        uf2.load(tmp_path / "none.uf2")

    assert wrong.value.code == "no_uf2"


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"blinks", "uf2_interpreter", "holds no MicroPython"),
        (
            b"MicroPython v1.28.0 on ".ljust(uf2.FILE_SYSTEM_AT + 1),
            "uf2_too_large",
            "fills 655616 bytes of flash; a Pico's file system begins at 655360",
        ),
    ],
)
def test_what_cannot_carry_the_firmware_is_refused(
    tmp_path: Path, content: bytes, code: str, said: str
) -> None:
    path = tmp_path / "some.uf2"
    path.write_bytes(pack(content))
    with pytest.raises(Refused) as refused:
        uf2.load_micropython(path)

    assert refused.value.code == code
    assert refused.value.reason == f"{path}: {said}"
