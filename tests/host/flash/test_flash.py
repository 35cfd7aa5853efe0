"""`evenflow flash` at an emulated board, over the pseudo-terminal of its prompt."""

import asyncio
import json
import stat
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from host.session.scripted import bench_plan

from evenflow import device_key
from evenflow.cli import main
from evenflow.client.pump import Pump
from evenflow.dose.order import from_table
from evenflow.dose.plan import Plan, plan
from evenflow.emulator import AutoOperator, EmulatedBoard, FlashImage
from evenflow.emulator.flash import sources
from evenflow.flash import content
from evenflow.flash.console import Console, Progress
from evenflow.link import open_line
from pumpapp import FIRMWARE_VERSION
from pumpcore.wire.messages import SCHEMA

Flash = Callable[..., dict[str, Any]]

CHANGED = "pumpcore/units.py"
SETTLING_TICKS = 500


def long_plan() -> Plan:
    """Ten minutes."""
    order: dict[str, object] = {
        "schema": 1,
        "therapy": {"care_area": "bench", "rate": "60 mL/h", "volume": "10 mL"},
        "syringe": {"model": "bd-plastipak-50", "fill": "20 mL"},
    }
    return plan(from_table(order, "bench"), None)


async def infuse(emulated: EmulatedBoard, order: Plan, until: str) -> None:
    """Stage, confirm, and let the auto operator do the rest; ten seconds after that state."""
    async with await Pump.connect(await open_line(emulated.port)) as pump:
        await pump.ready()
        staged = await pump.stage(order.stage_values(1))
        await pump.confirm(1, staged.digest)
        operator = AutoOperator(emulated.board)
        async for record in pump.telemetry():
            with emulated.lock:
                operator.step(record.state_name, record)
            if record.state_name == until:
                break
        # What the line has stored follows within seconds.
        settled = record.tick_count + SETTLING_TICKS
        await pump.wait_for(lambda now: now.tick_count >= settled, 60.0)


@pytest.mark.requirement("TST-01")
@pytest.mark.parametrize("emulated", ["pico", "pico2", "esp32s3", "pyboard-d"], indirect=True)
async def test_a_blank_board_is_flashed_and_completes_a_session(
    emulated: EmulatedBoard, flash: Flash, image: FlashImage
) -> None:
    told = await asyncio.to_thread(flash, "--link", emulated.port)
    emulated.speed = 20.0
    await infuse(emulated, bench_plan(), "complete")
    given_ml = emulated.plant.patient_volume_ml
    emulated.stop()
    files = image.files()

    assert told["firmware"] == FIRMWARE_VERSION
    assert told["wire_schema"] == SCHEMA.hex()
    assert told["self_test_failures"] == []
    assert told["key"] == "fresh"
    assert len(told["uploaded"]) == told["file_count"] > 80
    assert given_ml == pytest.approx(1.0, abs=0.02)
    assert files["slot"].decode() == f"a {sha256(files['a/hashes.json']).hexdigest()}\n"


def test_a_board_without_drivers_is_refused_before_anything_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pumpcore.board.drivers.DRIVEN", (("board.controller", ("rp2350",)),))
    done = CliRunner().invoke(main, ["flash", "--board", "pico", "--port", "/dev/null", "--json"])

    assert done.exit_code == 3
    assert "driver" in json.loads(done.stdout)["error"]["reason"]


def test_an_unchanged_flash_uploads_and_writes_nothing(flash: Flash, image: FlashImage) -> None:
    flash()
    before = image.wear.write_count
    told = flash()

    assert (told["uploaded"], told["copied_count"], told["key"]) == ([], 0, "kept")
    assert image.wear.write_count == before


def test_a_rehearsal_writes_nothing(flash: Flash, image: FlashImage, config_folder: Path) -> None:
    before = image.wear.write_count
    told = flash("--dry-run", "--erase", "--backup", str(config_folder / "backup"))

    assert len(told["uploaded"]) == told["file_count"]
    assert told["firmware"] is None
    assert image.wear.write_count == before
    assert not config_folder.exists()


def test_only_what_changed_is_uploaded_and_to_the_other_slot(
    flash: Flash, monkeypatch: pytest.MonkeyPatch
) -> None:
    flash()
    changed = {**sources(), CHANGED: sources()[CHANGED] + b"\nLATER = 1\n"}
    monkeypatch.setattr(content, "sources", lambda: changed)
    told = flash()
    again = flash()

    assert sorted(told["uploaded"]) == ["/b/hashes.json", "/b/pumpcore/units.mpy"]
    assert told["copied_count"] == told["file_count"] - 3
    assert (again["slot"], again["uploaded"]) == ("b", [])


def test_the_library_before_is_kept_beside_another(
    flash: Flash, emulated: EmulatedBoard, image: FlashImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    flash()
    other = b'{"schema":1,"digest":"0000000000000001","entries":[]}'
    monkeypatch.setattr("evenflow.dose.library.compile_library", lambda _library: other)
    told = flash("--link", emulated.port)
    again = flash()
    emulated.stop()
    files = image.files()

    assert files["b/library.json"] == other
    assert files["b/library.json.previous"] == files["a/library.json"]
    assert told["self_test_failures"] == []
    assert again["uploaded"] == []


@pytest.mark.requirement("SEC-06")
def test_the_key_is_fresh_and_private_and_outlives_all_but_an_erasure(
    flash: Flash, emulated: EmulatedBoard, image: FlashImage, config_folder: Path
) -> None:
    told = flash()
    path = device_key.path_of(told["unique_id"])
    first = path.read_bytes()
    kept = flash()
    erased = flash("--erase")
    second = path.read_bytes()
    path.unlink()
    foreign = flash()
    emulated.stop()

    assert path.is_relative_to(config_folder)
    assert len(bytes.fromhex(first.decode())) == device_key.KEY_BYTES
    assert [one["key"] for one in (told, kept, erased, foreign)] == [
        *("fresh", "kept", "fresh", "foreign")
    ]
    assert first != second
    assert image.files()["device.key"] == second


@pytest.mark.requirement("SEC-06")
def test_the_keys_file_is_this_users_alone() -> None:
    device_key.make("0011")

    assert stat.S_IMODE(device_key.path_of("0011").stat().st_mode) == 0o600
    assert stat.S_IMODE(device_key.folder().stat().st_mode) == 0o700
    assert [path.name for path in device_key.folder().iterdir()] == ["0011.key"]


def test_an_erasure_leaves_nothing_of_what_was_there(
    flash: Flash, emulated: EmulatedBoard, image: FlashImage, flash_at: Callable
) -> None:
    emulated.stop()
    image.format()
    image.store({"boot.py": b"x = 1\n", "lib/other/one.py": b"", "notes.txt": b"text"})
    with emulated:
        flash_at(emulated)("--erase")

    tops = {path.split("/")[0] for path in image.files()}
    assert tops == {"a", "slot", "main.py", "device.key"}


def test_a_backup_has_every_file_but_the_key(
    flash: Flash, emulated: EmulatedBoard, image: FlashImage, tmp_path: Path
) -> None:
    flash()
    told = flash("--backup", str(tmp_path / "backup"))
    again = flash.refused("--backup", str(tmp_path / "backup"))
    emulated.stop()
    wanted = image.files()
    wanted.pop("device.key")

    found = {
        path.relative_to(tmp_path / "backup").as_posix(): path.read_bytes()
        for path in (tmp_path / "backup").rglob("*")
        if path.is_file()
    }
    assert found == wanted
    assert told["backed_up_count"] == len(wanted)
    assert (again[0], again[1]["code"]) == (2, "backup_folder")


def test_a_backup_may_take_longer_than_the_watchdog_waits(
    flash: Flash, emulated: EmulatedBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flash()
    read_file = Console.read_file

    def read_slowly(console: Console, path: str) -> bytes:
        """A tenth of a second for each file, of which there are more than a hundred."""
        with emulated.lock:
            emulated.board.run_for(100_000)
        return read_file(console, path)

    monkeypatch.setattr(Console, "read_file", read_slowly)
    told = flash("--backup", str(tmp_path / "backup"))

    assert told["backed_up_count"] > 100


def test_a_firmware_beside_the_slots_gives_its_files_and_goes(
    emulated: EmulatedBoard, image: FlashImage, flash_at: Callable
) -> None:
    """As mpremote leaves it there."""
    emulated.stop()
    flat = content.build({"board.name": "x"}, b"{}", bytecode_version=6, is_emulated=True)
    image.format()
    image.store({**flat.files, "main.py": flat.main, "hashes.json": b"{\n}"})
    with emulated:
        told = flash_at(emulated)("--link", emulated.port)

    assert sorted(told["uploaded"]) == [
        f"/a/{name}.json" for name in ("board", "hashes", "library")
    ]
    assert told["self_test_failures"] == []
    tops = {path.split("/")[0] for path in image.files()}
    assert tops == {"a", "slot", "main.py", "device.key"}


@pytest.mark.requirement("SEC-04")
async def test_a_pump_that_infuses_is_not_flashed_and_goes_on(
    emulated: EmulatedBoard, flash: Flash, image: FlashImage
) -> None:
    """Neither when its link tells, nor when only its prompt is known."""
    await asyncio.to_thread(flash)
    emulated.speed = 20.0
    await infuse(emulated, long_plan(), "infusing")
    emulated.speed = 1.0
    before = (image.wear.write_count, emulated.plant.patient_volume_ml)
    by_link = await asyncio.to_thread(flash.refused, "--link", emulated.port)
    by_prompt = await asyncio.to_thread(flash.refused)
    async with await Pump.connect(await open_line(emulated.port)) as pump:
        now = await pump.wait_for(lambda _: True, 1.0)

    assert (by_link[0], by_link[1]["code"]) == (3, "pump_engaged")
    assert "infusing" in by_link[1]["reason"]
    assert (by_prompt[0], by_prompt[1]["code"]) == (3, "no_prompt")
    assert (now.state_name, list(now.alarm_names)) == ("infusing", [])
    assert emulated.plant.patient_volume_ml > before[1]
    assert image.wear.write_count == before[0]


@pytest.mark.requirement("PWR-07")
@pytest.mark.parametrize(("spoilt_count", "code"), [(1, None), (2, "not_kept")])
def test_a_file_that_the_board_does_not_keep_is_written_again_and_else_told(
    spoilt_count: int,
    code: str | None,
    flash: Flash,
    emulated: EmulatedBoard,
    image: FlashImage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flash()
    changed = {**sources(), CHANGED: sources()[CHANGED] + b"\nLATER = 1\n"}
    monkeypatch.setattr(content, "sources", lambda: changed)
    write = Console.write_file
    spoilt: list[str] = []

    def write_badly(console: Console, path: str, values: bytes, progress: Progress) -> None:
        if path.endswith("units.mpy") and len(spoilt) < spoilt_count:
            spoilt.append(path)
            values = values[:-1] + b"!"
        write(console, path, values, progress)

    monkeypatch.setattr(Console, "write_file", write_badly)
    done = flash.run("--link", emulated.port)
    emulated.stop()

    assert len(spoilt) == spoilt_count
    told = json.loads(done.stdout)
    assert told.get("error", {}).get("code") == code
    assert image.files()["slot"].startswith(b"a " if code else b"b ")


@pytest.mark.requirement("SEC-07")
def test_a_therapy_build_gives_its_prompt_at_power_on_alone(
    emulated: EmulatedBoard, flash: Flash, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = content.build

    def therapy(
        profile: Mapping[str, object], library: bytes, *, bytecode_version: int, is_emulated: bool
    ) -> content.Content:
        return build(profile, library, bytecode_version=bytecode_version, is_emulated=False)

    monkeypatch.setattr(content, "build", therapy)
    flash("--link", emulated.port)
    shut = flash.refused()
    # A board has its prompt for two seconds of its own time.
    emulated.speed = 1.0
    with ThreadPoolExecutor(1) as pool:
        again = pool.submit(flash, "--at-power-on")
        while not again.done():
            with emulated.lock:
                emulated.board.power_off()
                emulated.board.power_on()
            wait([again], timeout=5.0)

    assert (shut[0], shut[1]["code"]) == (3, "no_prompt")
    assert again.result()["uploaded"] == []


def test_the_pumps_link_is_not_taken_for_its_prompt(emulated: EmulatedBoard, flash: Flash) -> None:
    flash()
    code, error = flash.refused("--port", emulated.port)

    assert (code, error["code"]) == (3, "port_is_link")
