"""Ports, boot volumes, versions and room: what is found, and what is refused by name."""

import re
import struct
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from evenflow.cli import main
from evenflow.emulator import EmulatedBoard, FlashImage
from evenflow.errors import EvenflowError, LinkError, Refused, WrongUsage
from evenflow.flash import boot_volume, content, controller, plan, port, survey
from evenflow.flash.console import Console
from evenflow.flash.content import Content
from evenflow.flash.survey import Facts, Survey

pytestmark = pytest.mark.requirement("DES-08")

RP2040 = controller.by_name("rp2040")
MICROPYTHON = b"MicroPython v1.28.0 on 2026-01-01; Raspberry Pi Pico with RP2040\0"
INFO = "UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: {}\n"
STM32 = controller.by_name("stm32f767")
MACHINE = "Raspberry Pi Pico with RP2040"
FACTS = Facts("micropython", "1.28.0", MACHINE, 6, "00ff", False, 4096, 99, "VfsLfs2")


def uf2(text: bytes = MICROPYTHON, family: int = 0xE48B_FF56) -> bytes:
    """One block."""
    head = struct.pack("<8I", 0x0A32_4655, 0x9E5D_5157, 0x2000, 0x1000_0000, 256, 0, 1, family)
    return head + text.ljust(476, b"\0") + struct.pack("<I", 0x0AB1_6F30)


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """A boot loader's."""
    (tmp_path / "volume").mkdir()
    (tmp_path / "volume" / "INFO_UF2.TXT").write_text(INFO.format("RPI-RP2"))
    return tmp_path / "volume"


def test_a_uf2_is_copied_to_the_boot_volume(volume: Path, tmp_path: Path) -> None:
    (tmp_path / "micropython.uf2").write_bytes(uf2())
    place = boot_volume.install(tmp_path / "micropython.uf2", volume, RP2040)

    assert place == volume
    assert (volume / "micropython.uf2").read_bytes() == uf2()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (uf2(family=0xE48B_FF59), "uf2_family"),
        (uf2(b"something else"), "uf2_interpreter"),
        (uf2(MICROPYTHON.replace(b"1.28", b"1.27")), "micropython_too_old"),
        (uf2()[:-1], "uf2_size"),
        (b"x" * 512, "uf2_magic"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_and_not_copied(
    values: bytes, code: str, volume: Path, tmp_path: Path
) -> None:
    (tmp_path / "wrong.uf2").write_bytes(values)
    with pytest.raises(Refused) as refused:
        boot_volume.install(tmp_path / "wrong.uf2", volume, RP2040)

    assert refused.value.code == code
    assert [path.name for path in volume.iterdir()] == ["INFO_UF2.TXT"]


def test_another_boards_volume_and_what_is_none_are_refused(volume: Path, tmp_path: Path) -> None:
    (tmp_path / "micropython.uf2").write_bytes(uf2())
    (volume / "INFO_UF2.TXT").write_text(INFO.format("RP2350"))

    with pytest.raises(Refused, match="RP2350"):
        boot_volume.install(tmp_path / "micropython.uf2", volume, RP2040)
    with pytest.raises(WrongUsage, match=r"INFO_UF2\.TXT"):
        boot_volume.install(tmp_path / "micropython.uf2", tmp_path, RP2040)


def test_without_a_volume_the_person_is_told_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "micropython.uf2").write_bytes(uf2())
    monkeypatch.setattr(boot_volume, "mounted", list)
    with pytest.raises(LinkError) as none:
        boot_volume.install(tmp_path / "micropython.uf2", None, RP2040)
    monkeypatch.setattr(boot_volume, "mounted", lambda: [tmp_path / "one", tmp_path / "two"])
    with pytest.raises(WrongUsage, match="several"):
        boot_volume.install(tmp_path / "micropython.uf2", None, RP2040)

    assert "BOOTSEL" in none.value.hint


def test_the_command_copies_a_uf2_and_goes_on_at_the_port(
    emulated: EmulatedBoard, volume: Path, tmp_path: Path
) -> None:
    (tmp_path / "micropython.uf2").write_bytes(uf2())
    words = ("flash", "--board", "pico", "--port", emulated.console)
    more = ("--uf2", str(tmp_path / "micropython.uf2"), "--volume", str(volume))
    done = CliRunner().invoke(main, [*words, *more])

    assert done.exit_code == 0, done.output
    assert (volume / "micropython.uf2").exists()
    assert re.search(
        r"self-test not asked \(no --link\); (\d+) of \1 files uploaded to slot a", done.output
    )


def listed(*devices: tuple[str, int | None, int | None]) -> list[SimpleNamespace]:
    """As pyserial lists ports."""
    return [SimpleNamespace(device=name, vid=vid, pid=pid) for name, vid, pid in devices]


PICO = ("/dev/ttyACM0", 0x2E8A, 0x0005)
SECOND = ("/dev/ttyACM1", 0x2E8A, 0x0005)
OTHER = ("/dev/ttyUSB0", 0x0403, 0x6001)
BARE = ("/dev/ttyS0", None, None)


def test_auto_takes_the_one_board_that_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port, "comports", lambda: listed(BARE, OTHER, PICO))

    assert port.resolve("auto", RP2040) == "/dev/ttyACM0"
    assert port.wait_for("auto", RP2040, 0.0) == "/dev/ttyACM0"
    assert port.resolve("serial:/dev/ttyACM7", RP2040) == "/dev/ttyACM7"


@pytest.mark.parametrize(
    ("devices", "volumes", "code", "exit_code"),
    [
        ([OTHER], [], "no_board", 5),
        ([OTHER], [Path("/media/RPI-RP2")], "no_micropython", 5),
        ([PICO, SECOND], [], "several_boards", 2),
    ],
)
def test_auto_without_one_board_says_what_to_do(
    devices: list[tuple[str, int | None, int | None]],
    volumes: list[Path],
    code: str,
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(port, "comports", lambda: listed(*devices))
    monkeypatch.setattr(boot_volume, "mounted", lambda: volumes)
    with pytest.raises(EvenflowError) as error:
        port.wait_for("auto", RP2040, 0.0)

    assert (error.value.code, error.value.exit_code) == (code, exit_code)
    assert error.value.hint


def test_an_emulated_address_has_nothing_to_flash() -> None:
    with pytest.raises(WrongUsage, match="evenflow emulate --flash"):
        port.resolve("emulated:pico", RP2040)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"interpreter": "circuitpython"}, "not_micropython"),
        ({"version": "1.27.2"}, "micropython_too_old"),
        ({"version": "1.9.4"}, "micropython_too_old"),
        ({"machine": "Raspberry Pi Pico 2 with RP2350"}, "wrong_controller"),
        ({"file_system": "VfsFat"}, "file_system"),
        ({"file_system": ""}, "file_system"),
    ],
)
def test_another_interpreter_or_controller_is_refused(changed: dict[str, str], code: str) -> None:
    fields = {name: getattr(FACTS, name) for name in Facts.__slots__}
    survey.check_facts(FACTS, "x", RP2040)
    with pytest.raises(Refused) as refused:
        survey.check_facts(Facts(**{**fields, **changed}), "x", RP2040)

    assert refused.value.code == code


@pytest.mark.parametrize(
    "machine", ["Generic ESP32S3 module with ESP32S3", "TinyS3 with ESP32-S3-FN8"]
)
def test_an_esp32_s3_is_known_however_it_is_written(machine: str) -> None:
    fields = {name: getattr(FACTS, name) for name in Facts.__slots__}
    facts = Facts(**{**fields, "machine": machine})
    survey.check_facts(facts, "x", controller.by_name("esp32s3"))

    with pytest.raises(Refused, match="the board file is for a rp2040"):
        survey.check_facts(facts, "x", RP2040)


@pytest.mark.parametrize("version", ["1.28.0", "1.29.0", "v1.28.0-preview.3", "2.0.0"])
def test_a_later_micropython_is_taken(version: str) -> None:
    controller.check_version(version, "x", RP2040)


def test_bytecode_of_another_version_is_refused() -> None:
    with pytest.raises(Refused, match="version 5"):
        content.build({}, b"{}", bytecode_version=5, is_emulated=False)


def test_a_real_board_keeps_its_profile_and_an_emulated_one_is_marked() -> None:
    real, emulated = (
        content.build({"link.emulated": False}, b"{}", bytecode_version=6, is_emulated=one)
        for one in (False, True)
    )

    assert real.files["board.json"] == b'{"link.emulated": false}'
    assert emulated.files["board.json"] == b'{"link.emulated": true}'


def test_a_uf2_that_cannot_be_checked_is_not_copied(tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    (volume / "INFO_UF2.TXT").write_text("Board-ID: RP2350\n")
    uf2 = tmp_path / "any.uf2"
    uf2.write_bytes(bytes(512))

    with pytest.raises(Refused) as refused:
        boot_volume.install(uf2, volume, controller.by_name("rp2350"))

    assert refused.value.code == "uf2_unchecked"
    assert [path.name for path in volume.iterdir()] == ["INFO_UF2.TXT"]


@pytest.mark.parametrize(
    ("name", "board", "tool"),
    [("stm32f767", "PYBD_SF6", "DFU"), ("esp32s3", "ESP32_GENERIC_S3", "esptool")],
)
def test_a_uf2_for_a_controller_without_such_a_boot_loader_is_refused(
    tmp_path: Path, name: str, board: str, tool: str
) -> None:
    (tmp_path / "any.uf2").write_bytes(uf2())
    with pytest.raises(Refused, match="takes no UF2") as refused:
        boot_volume.install(tmp_path / "any.uf2", None, controller.by_name(name))

    assert board in refused.value.hint
    assert tool in refused.value.hint


def test_a_pyboard_is_found_by_its_usb_and_no_boot_volume_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(boot_volume, "mounted", lambda: [Path("/media/RPI-RP2")])
    monkeypatch.setattr(port, "comports", lambda: listed(("/dev/ttyACM7", 0xF055, 0x9800)))
    assert port.resolve("auto", STM32) == "/dev/ttyACM7"

    monkeypatch.setattr(port, "comports", list)
    with pytest.raises(EvenflowError) as error:
        port.resolve("auto", STM32)
    assert error.value.code == "no_board"
    assert "BOOTSEL" not in error.value.hint


@pytest.mark.parametrize("board", ["pico", "esp32s3", "pyboard-d"])
def test_paths_are_those_of_the_folder_that_a_board_starts_in(
    board: str, image: FlashImage
) -> None:
    with EmulatedBoard(board, speed="max", flash=image) as emulated:
        with Console(emulated.console) as console:
            console.is_at_prompt()
            console.begin()
            facts = survey.ask_facts(console)
            console.write_file("/a/b/c.py", b"x = 1\n", lambda _: None)
            console.ask("copy('/a/b/c.py', '/d.new')")
            console.ask("put_in_place('/d')")
            found = survey.look(console)
            assert console.read_file("/d") == b"x = 1\n"
            console.ask("remove('/a')")
        emulated.stop()

    assert (facts.file_system, facts.is_emulated) == ("VfsLfs2", True)
    assert sorted(found.sums) == ["/a/b/c.py", "/d"]
    assert image.files() == {"d": b"x = 1\n"}
    assert len(facts.unique_id) == 16


def test_a_controller_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused, match="rp2041 cannot be flashed yet"):
        controller.by_name("rp2041")


def test_a_board_without_room_for_a_second_slot_is_refused() -> None:
    todo = plan.make(Content({"a.py": b"x" * 4096 * 80}, b""), Survey({}, {}, None, None, {}))

    with pytest.raises(Refused, match="99 free blocks"):
        plan.check_room(todo, Survey({}, {}, None, None, {}), FACTS)


def test_nothing_is_copied_from_a_file_that_is_replaced_meanwhile() -> None:
    """A torn main.py.new is empty, and so are many modules."""
    wanted = Content({"empty.py": b""}, b"main")
    moving = ("/main.py.new", "/slot.new", "/device.key", "/device.key.new", "/main.py", "/slot")
    sums = dict.fromkeys(moving, content.sum_of(b""))
    todo = plan.make(wanted, Survey(sums, dict.fromkeys(sums, 0), None, None, {}))
    other = plan.make(
        wanted, Survey({"/lib/x": content.sum_of(b"")}, {"/lib/x": 0}, None, None, {})
    )

    assert (todo.copy, list(todo.upload)) == ((), ["/a/empty.py", "/a/hashes.json"])
    assert other.copy == (("/lib/x", "/a/empty.py"),)


def test_a_board_that_is_not_there_has_no_traceback(tmp_path: Path) -> None:
    arguments = ["flash", "--board", "pico", "--port", str(tmp_path / "none"), "--json"]
    done = CliRunner().invoke(main, arguments)

    assert done.exit_code == 5
    assert "Traceback" not in done.output


@pytest.mark.requirement("SEC-04")
def test_a_board_that_the_host_has_left_starts_again_by_itself(image: FlashImage) -> None:
    image.format()
    image.store({"main.py": b"print('started')\n"})
    with EmulatedBoard("pico", speed="max", flash=image) as emulated:
        with Console(emulated.console) as console:
            console.is_at_prompt()
            console.begin()
            emulated.speed = 20.0
        with emulated.lock:
            count = emulated.board.reset_count
            emulated.board.run_for(8_100_000)
            started = emulated.board.reset_count - count

    assert started == 1
