"""What the self-test finds at boot: processor, memory, the files, and the library among them."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from core import pico

from evenflow.dose import library
from evenflow.emulator.flash import EMPTY_LIBRARY, HASHES, hashes_of
from pumpapp import drug_library, power_on
from pumpapp.flash_image import PART_BYTES, FlashImage
from pumpcore import self_test
from pumpcore.alarms import LIBRARY_INVALID_UPPER
from pumpcore.self_test import SELF_TEST_NOTES, SELF_TESTS

SHIPPED = library.compile_library(library.shipped())
FILES = {
    "main.py": b"print()",
    "pumpcore/empty.py": b"",
    "pumpcore/one_part.py": b"x" * PART_BYTES,
    "pumpcore/more.py": b"y" * (3 * PART_BYTES + 7),
    "library.json": SHIPPED,
}


@pytest.fixture(autouse=True)
def flash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the firmware is in, as it was deployed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pumpcore").mkdir()
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / HASHES).write_bytes(hashes_of(FILES))
    return tmp_path


def found(
    *,
    is_bench: bool = True,
    has_lost_time: bool = False,
    has_air_detector: bool = True,
    now_s: int = 200_000_000,
) -> power_on.PowerOn:
    chip = SimpleNamespace(is_present=True, has_lost_time=lambda: has_lost_time)
    board = SimpleNamespace(failures=0, clock_chip=chip, motor_driver=None)
    profile = pico.profile(link__bench=is_bench, air__is_fitted=has_air_detector)
    return power_on.PowerOn(board, profile, now_s)


def failures(of: power_on.PowerOn) -> list[str]:
    return [name for bit, name in enumerate(SELF_TESTS) if of.failures >> bit & 1]


def notes(of: power_on.PowerOn) -> list[str]:
    return [name for bit, name in enumerate(SELF_TEST_NOTES) if of.notes >> bit & 1]


@pytest.mark.requirement("SYR-10")
def test_a_pump_without_an_air_detector_says_so() -> None:
    """SYR-10."""
    blind = found(has_air_detector=False)
    assert (failures(blind), notes(blind)) == ([], ["no_air_detector"])


@pytest.mark.requirement("TST-01")
def test_an_emulated_board_s_empty_library_is_a_sound_one(flash: Path) -> None:
    (flash / "library.json").write_bytes(EMPTY_LIBRARY)
    (flash / HASHES).unlink()

    assert drug_library.load().problem == ""


@pytest.mark.requirement("TST-01")
def test_a_sound_flash_fails_nothing_and_has_its_library() -> None:
    sound = found(is_bench=False)

    assert (failures(sound), notes(sound), sound.alarms_upper) == ([], [], 0)
    assert sound.library.digest.hex() == json.loads(SHIPPED)["digest"]


@pytest.mark.requirement("LIB-04")
def test_a_library_after_its_last_day_is_an_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    end_s = library.shipped().valid_until_s

    assert found(now_s=end_s - 1).alarms_upper == 0
    # Nobody knows.
    assert found(now_s=0).alarms_upper == 0
    assert "valid" not in capsys.readouterr().out
    late = found(now_s=end_s)
    assert late.alarms_upper == LIBRARY_INVALID_UPPER
    assert (failures(late), notes(late)) == ([], [])
    assert "no longer valid" in capsys.readouterr().out


@pytest.mark.requirement("TST-01")
def test_every_bit_has_its_constant_and_the_wire_has_room() -> None:
    for name in ("LIBRARY", "CPU", "RAM", "FLASH_IMAGE"):
        assert getattr(self_test, name) == 1 << SELF_TESTS.index(name.lower())
    for name in SELF_TEST_NOTES:
        assert getattr(self_test, name.upper()) == 1 << SELF_TEST_NOTES.index(name)
    assert len(SELF_TESTS) <= 30
    assert len(SELF_TEST_NOTES) <= 8


@pytest.mark.requirement("TST-01", "TST-02")
@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("known_sum", lambda: 0),
        ("sha256", lambda _values: SimpleNamespace(digest=lambda: bytes(32))),
        ("binascii", SimpleNamespace(unhexlify=bytes.fromhex, crc32=lambda _values: 0)),
    ],
)
def test_a_processor_that_gives_another_answer_is_found(
    part: str, wrong: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert power_on.cpu_is_sound()
    monkeypatch.setattr(power_on, part, wrong)

    assert not power_on.cpu_is_sound()
    assert "cpu" in failures(found())


class Worn(bytearray):
    """A block with a bit that is stuck."""

    at = 700
    stuck_high = 0
    stuck_low = 0

    def __setitem__(self, place: slice, pattern: bytes) -> None:
        super().__setitem__(place, pattern)
        byte = super().__getitem__(self.at)
        super().__setitem__(self.at, (byte | self.stuck_high) & ~self.stuck_low)


@pytest.mark.requirement("TST-01")
@pytest.mark.parametrize("bit", range(8))
@pytest.mark.parametrize("level", ["stuck_high", "stuck_low"])
def test_a_stuck_bit_in_any_block_is_found(bit: int, level: str) -> None:
    worn = Worn(1_024)
    setattr(worn, level, 1 << bit)
    blocks: list[bytearray] = [bytearray(1_024), worn, bytearray(1_024)]

    assert not power_on.ram_is_sound(blocks, bytearray(1_024))


@pytest.mark.requirement("TST-01")
@pytest.mark.parametrize("other", [1, 255, 256, 299])
def test_two_blocks_in_one_place_are_found(other: int) -> None:
    blocks = [bytearray(1_024) for _ in range(300)]
    assert power_on.ram_is_sound(blocks, bytearray(1_024))
    blocks[0] = blocks[other]

    assert not power_on.ram_is_sound(blocks, bytearray(1_024))


@pytest.mark.requirement("TST-01", "TST-02")
def test_bad_memory_fails_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    one = bytearray(1_024)
    monkeypatch.setattr(power_on, "free_blocks", lambda: [one, one])

    assert failures(found()) == ["ram"]


@pytest.mark.requirement("TST-01")
def test_the_free_heap_is_taken_but_for_a_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    for free_bytes, count in ((100_000, 81), (10_000, 0), (1_000_000, 192), (0, 64)):
        monkeypatch.setattr(power_on, "mem_free", lambda free_bytes=free_bytes: free_bytes)

        assert len(power_on.free_blocks()) == count


@pytest.mark.requirement("TST-01", "TST-02")
@pytest.mark.parametrize("name", [name for name in FILES if name != "library.json"])
@pytest.mark.parametrize("is_gone", [True, False])
def test_a_file_that_changed_or_is_gone_fails_and_is_named(
    name: str, flash: Path, capsys: pytest.CaptureFixture[str], *, is_gone: bool
) -> None:
    if is_gone:
        (flash / name).unlink()
    else:
        (flash / name).write_bytes(FILES[name][:-1] + b"z")

    assert failures(found()) == ["flash_image"]
    assert f"{name} is not as it was stored" in capsys.readouterr().out


@pytest.mark.requirement("TST-01")
@pytest.mark.parametrize("line", ['"main.py": "00"', '"main.py": 7', "main.py", '"main.py": "zz"'])
def test_a_list_with_a_line_that_is_no_pair_fails(flash: Path, line: str) -> None:
    (flash / HASHES).write_text("{\n" + line + "\n}")

    assert failures(found()) == ["flash_image"]


@pytest.mark.requirement("TST-01", "TST-02")
@pytest.mark.parametrize(("is_bench", "expected"), [(True, []), (False, ["flash_image"])])
def test_without_a_list_only_a_bench_goes_on_and_both_say_so(
    flash: Path, expected: list[str], *, is_bench: bool
) -> None:
    (flash / HASHES).unlink()

    without = found(is_bench=is_bench)

    assert failures(without) == expected
    assert notes(without) == ["flash_unlisted"]


def test_a_clock_chip_that_stopped_is_told_and_fails_nothing() -> None:
    stopped = found(has_lost_time=True)

    assert (failures(stopped), notes(stopped)) == ([], ["clock_stopped"])


SPOILT = {
    "cut short": SHIPPED[:-20],
    "no library": b"[]",
    "a limit that flipped": SHIPPED.replace(b"500000", b"900000", 1),
    "not text": b"\xff\xfe",
}


@pytest.mark.requirement("LIB-04", "TST-02")
@pytest.mark.parametrize("content", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_library_bars_everything(flash: Path, content: bytes) -> None:
    assert content != SHIPPED
    (flash / drug_library.FILE).write_bytes(content)

    spoilt = found()

    assert failures(spoilt) == ["library"]
    assert spoilt.alarms_upper == LIBRARY_INVALID_UPPER
    assert spoilt.library.entries == ()


@pytest.mark.requirement("LIB-04")
@pytest.mark.parametrize("content", [None, *SPOILT.values()], ids=["missing", *SPOILT])
def test_the_version_before_it_is_kept_and_used_with_an_alarm(
    flash: Path, content: bytes | None
) -> None:
    (flash / drug_library.PREVIOUS_FILE).write_bytes(SHIPPED)
    if content is None:
        (flash / drug_library.FILE).unlink()
    else:
        (flash / drug_library.FILE).write_bytes(content)

    kept = found()

    assert (failures(kept), notes(kept)) == ([], ["library_previous"])
    assert kept.alarms_upper == LIBRARY_INVALID_UPPER
    assert kept.library.digest.hex() == json.loads(SHIPPED)["digest"]


@pytest.mark.requirement("LIB-04")
def test_without_any_library_there_are_bench_orders_and_an_alarm(flash: Path) -> None:
    (flash / drug_library.FILE).unlink()

    without = found()

    assert failures(without) == []
    assert without.alarms_upper == LIBRARY_INVALID_UPPER
    assert without.library.entries == ()


@pytest.mark.requirement("TST-04")
def test_a_pass_looks_at_every_file_in_bounded_parts_and_begins_anew(flash: Path) -> None:
    image = FlashImage()
    passes = 0
    for _ in range(200):
        image.step()
        passes += image.pass_count
        image.pass_count = 0
    assert passes > 3
    assert image.spoilt_name == ""
    (flash / "pumpcore/more.py").write_bytes(FILES["pumpcore/more.py"][:-1] + b"!")
    while not image.spoilt_name:
        image.step()

    assert image.spoilt_name == "pumpcore/more.py"
