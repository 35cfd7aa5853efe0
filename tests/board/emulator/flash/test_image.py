"""The image: a Pico's flash, its rules, its times and its counts."""

from collections.abc import Callable
from pathlib import Path

import pytest

from evenflow import boards
from evenflow.emulator import Board, EmulationError, FlashImage
from evenflow.emulator.image import BLOCK_BYTES, BLOCK_COUNT
from evenflow.errors import WrongUsage

FILES = {"a.txt": b"one", "lib/deep/b.bin": bytes(range(256)) * 40, "empty": b""}
ERASE_US = 45_000
PAGE_US = 400


def test_files_come_back_as_they_were_stored(image: FlashImage) -> None:
    image.format()
    image.store(FILES)
    image.store({"a.txt": b"two"})

    assert image.files() == {**FILES, "a.txt": b"two"}
    assert image.path.stat().st_size == BLOCK_COUNT * BLOCK_BYTES == 1_441_792


def test_an_erased_image_holds_no_file_system(image: FlashImage) -> None:
    with pytest.raises(EmulationError, match="holds no file system"):
        image.files()


def test_a_file_of_another_size_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"123")
    with pytest.raises(EmulationError, match="3 bytes are not a flash image"):
        FlashImage(tmp_path / "other")


def test_an_image_needs_micropython(image: FlashImage) -> None:
    with pytest.raises(WrongUsage, match="cpython"):
        Board(boards.load("pico"), b"", runtime="cpython", flash=image)


def test_the_first_boot_formats_and_every_listing_is_clean(
    image: FlashImage, switched_on: Callable
) -> None:
    person = switched_on(image)
    person.read_until(b">>> ")
    person.enter_raw()
    listing = person.run("import os, sys\nprint(os.listdir(), os.statvfs('/')[:3], sys.path)")
    person.board.close()

    assert listing.strip() == "[] (4096, 4096, 352) ['', '.frozen', '/lib']"
    assert image.files() == {}
    assert sum(image.wear.erase_counts) == image.wear.erase_counts[0] + image.wear.erase_counts[1]


def test_writes_take_the_chips_time_and_are_counted(
    image: FlashImage, switched_on: Callable
) -> None:
    person = switched_on(image)
    person.read_until(b">>> ")
    person.enter_raw()
    wear = image.wear
    erased, pages, writes = sum(wear.erase_counts), sum(wear.page_counts), wear.write_count
    spent_us = person.run(
        "import rp2, time\n"
        "flash = rp2.Flash()\n"
        "began = time.ticks_us()\n"
        "flash.ioctl(6, 300)\n"
        "flash.writeblocks(300, bytes(1024), 512)\n"
        "print(time.ticks_diff(time.ticks_us(), began))"
    )

    assert int(spent_us) == ERASE_US + 4 * PAGE_US
    assert sum(wear.erase_counts) == erased + 1 == erased + wear.erase_counts[300]
    assert sum(wear.page_counts) == pages + 4 == pages + wear.page_counts[300]
    assert wear.write_count == writes + 2


def test_programming_only_clears_bits(image: FlashImage, switched_on: Callable) -> None:
    person = switched_on(image)
    person.read_until(b">>> ")
    person.enter_raw()
    printed = person.run(
        "import rp2\n"
        "flash = rp2.Flash()\n"
        "seen = bytearray(3)\n"
        "flash.ioctl(6, 300)\n"
        "for values in (b'\\xf0\\xff\\x55', b'\\xcc\\x0f\\xff'):\n"
        "    flash.writeblocks(300, values + b'\\xff' * 253, 0)\n"
        "    flash.readblocks(300, seen, 0)\n"
        "    print(seen)\n"
        "flash.writeblocks(300, bytes(4096))\n"
        "flash.ioctl(6, 300)\n"
        "flash.readblocks(300, seen, 0)\n"
        "print(seen, flash.ioctl(4, 0), flash.ioctl(5, 0))"
    )

    assert printed.split("\n")[:3] == [
        r"bytearray(b'\xf0\xffU')",
        r"bytearray(b'\xc0\x0fU')",
        r"bytearray(b'\xff\xff\xff') 352 4096",
    ]
