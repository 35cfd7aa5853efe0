"""Power that goes in a flash write: what was written before is whole, and the firmware boots.

A thousand cuts at random writes of files that are rewritten as mpremote or a firmware would: the
file system is mounted after each, every file read, and the firmware booted after some. The
environment's EVENFLOW_CUTS_PER_BOOT=1 boots it after each.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from evenflow.emulator import FlashImage
from evenflow.emulator.image import BLOCK_COUNT
from evenflow.emulator.overlay import _layout
from evenflow.emulator.runtime import choose

CUTS = Path(__file__).parent / "device" / "cuts.py"
OVERLAY = Path(_layout.__file__).parent
BATCHES = 8
CUTS_PER_BATCH = 125
CUTS_PER_BOOT = int(os.environ.get("EVENFLOW_CUTS_PER_BOOT", "25"))
HEAP_BYTES = 16_000_000

OLD = b'{"schema":1,"digest":"0000000000000000","valid_until_s":1073741823,"entries":[]}'
NEW = OLD + b"\n" * 9_000


def cut(image: FlashImage, seed: int, count: int) -> None:
    """Cut so many writes on that image."""
    done = subprocess.run(
        (
            *choose("micropython", HEAP_BYTES).command,
            str(CUTS),
            *(str(OVERLAY), str(image.path), str(BLOCK_COUNT), str(seed), str(count)),
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == (f"{count}\n", 0), done.stdout + done.stderr


def boots(image: FlashImage, switched_on: Callable) -> bool:
    """Whether the firmware sends telemetry."""
    person = switched_on(image)
    board = person.board
    while not board.controller.line.is_open and not board.is_idle:
        board.step()
    # Memory and files are tried first.
    board.run_for(2_000_000)
    is_alive = len(board.read()) > 0
    board.close()
    return is_alive


@pytest.mark.timeout(600)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_power_cut_at_a_thousand_random_writes_leaves_all_files_whole(
    batch: int, tmp_path: Path, firmware: dict[str, bytes], switched_on: Callable
) -> None:
    image = FlashImage.deployed(tmp_path / "flash.img", firmware)
    for done in range(0, CUTS_PER_BATCH, CUTS_PER_BOOT):
        cut(image, 1_000 * batch + done, min(CUTS_PER_BOOT, CUTS_PER_BATCH - done))
        assert boots(image, switched_on)

    found = image.files()
    found.pop("unfinished", None)
    assert {path: content.rstrip() for path, content in found.items()} == {
        path: content.rstrip() for path, content in firmware.items()
    }


@pytest.mark.requirement("PWR-07")
@pytest.mark.parametrize("write_number", [1, 2, 3, 5, 8, 13])
def test_a_board_whose_power_is_cut_in_a_write_boots_with_the_old_file_or_the_new(
    write_number: int, image: FlashImage, firmware: dict[str, bytes], switched_on: Callable
) -> None:
    main = firmware["main.py"]
    image.format()
    image.store({**firmware, "library.json": OLD, "main.py": b""})
    person = switched_on(image)
    board = person.board
    person.read_until(b">>> ")
    image.wear.cut_power_in(write_number)
    person.type(b"f = open('library.json', 'wb'); f.write(%r + b'\\n' * 9000); f.close()\r" % OLD)
    while board.is_running:
        board.step()
    board.run_for(1_000_000)
    assert not board.is_running
    assert board.reset_count == 0

    assert image.files()["library.json"] in (OLD, NEW)
    image.store({"main.py": main})
    assert boots(image, switched_on)
