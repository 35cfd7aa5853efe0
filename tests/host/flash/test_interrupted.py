"""A flash that is interrupted: power that goes in a write, or a line that ends at a byte.

Whatever the board starts afterwards is one firmware, whole, or the words that it needs flashing;
and a second flash completes. The firmwares are small, so that a hundred of them can be cut; the
way that they take is the whole one: mpremote, pseudo-terminal, MicroPython, littlefs.
"""

import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import serial
from mpremote.transport_serial import SerialTransport

from evenflow import boards, resources
from evenflow.emulator import Board, EmulatedBoard, FlashImage
from evenflow.emulator.controller.wear import Wear
from evenflow.emulator.flash import EMPTY_LIBRARY, hashes_of, sources
from evenflow.errors import LinkError
from evenflow.flash import content, controller, flasher, report_back
from evenflow.flash.content import Content
from evenflow.flash.install import SilentMeter
from pumpcore.wire.messages import SCHEMA

pytestmark = pytest.mark.requirement("SEC-04", "PWR-07")

CUTS_PER_BATCH = 10
BATCHES = 10
MODULE_COUNT = 8
# What a board says of a small firmware, by its modules' names.
SAID = "versions "
WHOLE = {"old": f"{SAID}old\n", "new": f"{SAID}new\n"}
NEEDS_FLASHING = "Evenflow: this board needs flashing"
MESSAGES = f"SCHEMA = {SCHEMA!r}\n".encode()
MAIN_MODULE = (
    b"""
from pumpapp.flash_image import FlashImage

def main():
    flash = FlashImage()
    print(*(flash.spoilt() if flash.is_listed else ("no list",)), sep=" ", end="")
    versions = set()
    for index in range(%d):
        versions.add(__import__("pumpcore.part%%d" %% index, None, None, ("V",)).V)
    print("versions", " ".join(sorted(versions)))
    print("The link has no keys")
"""
    % MODULE_COUNT
)


def firmware(version: str) -> Content:
    """Eight modules that say a version, of many sizes; and some files that never change.

    Its self-test of the files is the real one, and says what is not as it was listed.
    """
    files = {
        **{path: sources()[path] for path in ("pumpapp/flash_image.py", "pumpcore/_compat.py")},
        "board.json": b"{}",
        "library.json": EMPTY_LIBRARY,
        "pumpapp/__init__.py": f"FIRMWARE_VERSION = {version!r}\n".encode(),
        "pumpapp/main.py": MAIN_MODULE,
        "pumpboard/__init__.py": b"# alike\n" * 200,
        "pumpcore/__init__.py": b"",
        "pumpcore/wire/__init__.py": b"",
        "pumpcore/wire/messages.py": MESSAGES,
    }
    for index in range(MODULE_COUNT):
        padding = b"# .............................\n" * (index * index * 4)
        files[f"pumpcore/part{index}.py"] = f"V = {version!r}\n".encode() + padding
    main = resources.path("firmware", "main.py").read_bytes()
    return Content(files, main + f"# {version}\n".encode())


class Unplugged:
    """A serial port that is gone after so many bytes, or when the board's power is cut."""

    def __init__(self, port: serial.Serial, limits: "Limits") -> None:
        """Around an open port."""
        self.port = port
        self.limits = limits
        self.timeout = port.timeout

    def write(self, values: bytes) -> int | None:
        """As far as the line is there."""
        self._check()
        left = self.limits.left_bytes
        self.limits.left_bytes -= len(values)
        self.limits.written_bytes += len(values)
        if left < len(values):
            self.port.write(values[: max(0, left)])
            raise serial.SerialException("unplugged")
        return self.port.write(values)

    def read(self, count: int = 1) -> bytes:
        """As pyserial's, but noticing at once that the board is gone."""
        self.port.timeout = 0.02
        got = b""
        for _ in range(max(1, int((self.timeout or 10) / 0.02))):
            self._check()
            got += self.port.read(count - len(got))
            if len(got) == count:
                break
        return got

    def _check(self) -> None:
        if self.limits.left_bytes < 0 or self.limits.wear.is_cut:
            raise serial.SerialException("gone")

    def __getattr__(self, name: str) -> object:
        return getattr(self.port, name)


class CutWear(Wear):
    """Knows whether its cut has come."""

    is_armed = False

    @property
    def is_cut(self) -> bool:
        """Whether the power is gone."""
        return self.is_armed and self._cut_at_write is None


class Limits:
    """When the line ends."""

    def __init__(self) -> None:
        """Never."""
        self.left_bytes = 1 << 40
        self.written_bytes = 0
        self.wear = CutWear(0)


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Limits:
    """Of every console that is opened."""
    limits = Limits()

    class Transport(SerialTransport):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)
            self.serial = Unplugged(self.serial, limits)

    monkeypatch.setattr("evenflow.flash.console.SerialTransport", Transport)
    return limits


class Bench:
    """One flash image after the other, each begun as `base` says."""

    def __init__(self, path: Path, limits: Limits, choose: Callable[[str], None]) -> None:
        """`choose` says which firmware is flashed."""
        self.path = path
        self.limits = limits
        self.choose = choose
        self.board = "pico"
        self.base = b""
        self.image = FlashImage.blank(path)

    def fresh(self) -> None:
        """The image as it was."""
        self.path.write_bytes(self.base)
        self.mend()

    def mend(self) -> None:
        """The image as it is, with power and line that hold."""
        self.image = FlashImage(self.path)
        self.image.wear = self.limits.wear = CutWear(len(self.image.wear.erase_counts))
        self.limits.left_bytes = 1 << 40
        self.limits.written_bytes = 0

    def flash(self, version: str, power_cut_in: int | None = None) -> None:
        """All of it; LinkError if the board is lost."""
        self.choose(version)
        kind = controller.by_name(str(boards.load(self.board)["board.controller"]))
        with EmulatedBoard(self.board, speed="max", flash=self.image) as emulated:
            if power_cut_in is not None:
                self.image.wear.cut_power_in(power_cut_in)
                self.limits.wear.is_armed = True
            wish = flasher.Wish({}, EMPTY_LIBRARY, kind, emulated.console)
            flasher.flash(wish, SilentMeter(), silence_s=5.0)

    def boot(self) -> str:
        """What the board prints from power-on to its prompt."""
        self.image = FlashImage(self.path)
        board = Board(boards.load(self.board), b"", runtime="micropython", flash=self.image)
        with board:
            while ">>> " not in board.console_text:
                board.step(20_000)
            assert not board.plant.step_times
            return board.console_text.partition("MicroPython")[0]


@pytest.fixture
def bench(image: FlashImage, limits: Limits, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """With the small firmwares."""

    def choose(version: str) -> None:
        monkeypatch.setattr(content, "build", lambda *_parts, **_more: firmware(version))

    return Bench(image.path, limits, choose)


def begun_bare(bench: Bench) -> None:
    """A file system without files."""
    bench.image.format()


def begun_in_a_slot(bench: Bench) -> None:
    """As the flash before has left it."""
    bench.flash("old")


def begun_beside(bench: Bench) -> None:
    """As mpremote leaves it, and as a flash before this one had begun it."""
    old = firmware("old")
    files = {**old.files, "main.py": old.main}
    bench.image.format()
    bench.image.store({**files, "hashes.json": hashes_of(files), "a/pumpcore/part1.py": b"V ="})


BEGINNINGS = (begun_in_a_slot, begun_in_a_slot, begun_beside, begun_bare, begun_in_a_slot)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("board", "batch"),
    [
        *(("pico", batch) for batch in range(BATCHES)),
        *(
            (board, batch)
            for board in ("esp32s3", "pyboard-d")
            for batch in (BATCHES, BATCHES + 2)
        ),
    ],
)
def test_a_flash_cut_at_a_hundred_random_points_never_leaves_a_mix(
    board: str, batch: int, bench: Bench
) -> None:
    bench.board = board
    draws = random.Random(batch)
    begin = BEGINNINGS[batch % len(BEGINNINGS)]
    begin(bench)
    bench.base = bench.path.read_bytes()
    bench.fresh()
    bench.flash("new")
    writes, written_bytes = bench.image.wear.write_count, bench.limits.written_bytes
    assert bench.boot() == WHOLE["new"] + "The link has no keys\n"
    before = "" if begin is begun_bare else WHOLE["old"]

    for number in range(CUTS_PER_BATCH):
        bench.fresh()
        power_cut_in = draws.randrange(1, writes) if number % 2 else None
        if power_cut_in is None:
            bench.limits.left_bytes = draws.randrange(written_bytes)
        with pytest.raises(LinkError):
            bench.flash("new", power_cut_in)
        said = bench.boot()
        is_bare = begin is begun_bare and said == ""
        assert is_bare or said.startswith((before or NEEDS_FLASHING, WHOLE["new"])), said

        bench.mend()
        bench.flash("new")
        assert bench.boot().startswith(WHOLE["new"])


@pytest.mark.parametrize("seed", range(4))
def test_the_whole_firmware_passes_its_self_test_after_a_cut(
    seed: int, image: FlashImage, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The self-test compares every file with the list that the active slot was named by."""
    changed = {path: text + b"\nLATER = 1\n" for path, text in sources().items()}

    def flash(version: Mapping[str, bytes], power_cut_in: int | None = None) -> flasher.Outcome:
        monkeypatch.setattr(content, "sources", lambda: version)
        limits.wear = image.wear = CutWear(len(image.wear.erase_counts))
        with EmulatedBoard("pico", speed="max", flash=image) as emulated:
            if power_cut_in is not None:
                image.wear.cut_power_in(power_cut_in)
                limits.wear.is_armed = True
            profile = boards.load("pico")
            link = None if power_cut_in else emulated.port
            kind = controller.by_name("rp2040")
            wish = flasher.Wish(profile, EMPTY_LIBRARY, kind, emulated.console, link)
            return flasher.flash(wish, SilentMeter())

    flash(sources())
    with pytest.raises(LinkError):
        flash(changed, random.Random(seed).randrange(1, 440))
    limits.wear = image.wear = CutWear(len(image.wear.erase_counts))
    with EmulatedBoard("pico", speed="max", flash=image) as emulated:
        identity = report_back.ask_state(emulated.port)
        started = report_back.ask_pump(emulated.port, identity.unique_id.hex())
    assert started.self_test_failures == ()

    assert flash(changed).firmware.self_test_failures == ()
