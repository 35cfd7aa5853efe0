"""mpremote at the console of an emulated board, as at a real one's USB port."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from host.session.scripted import bench_plan

from evenflow import resources
from evenflow.client.pump import Pump
from evenflow.emulator import AutoOperator, EmulatedBoard, FlashImage
from evenflow.emulator.flash import sources
from evenflow.emulator.overlay._layout import SOFT_RESET
from evenflow.link import open_line
from pumpcore.reset_cause import SOFTWARE

EVERY_BYTE = bytes(range(256)) * 5
WALL_TIMEOUT_S = 60
SETTLING_TICKS = 500
RUNNING = (
    b"import machine, time\n"
    b"uart = machine.UART(0, 460_800, tx=machine.Pin(0), rx=machine.Pin(1))\n"
    b"while True:\n    time.sleep_ms(20)\n"
)

Mpremote = Callable[..., str]


def begin(emulated: EmulatedBoard) -> Mpremote:
    """`mpremote connect` to that board, with further words; what it prints."""

    def mpremote(*words: str, fails: bool = False) -> str:
        done = subprocess.run(
            (sys.executable, "-m", "mpremote", "connect", emulated.console, *words),
            capture_output=True,
            text=True,
            timeout=WALL_TIMEOUT_S,
            check=False,
        )
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stdout

    return mpremote


@pytest.fixture
def emulated(image: FlashImage) -> Iterator[EmulatedBoard]:
    """A board without anything on it."""
    with EmulatedBoard("pico", speed="max", flash=image) as emulated:
        yield emulated


@pytest.fixture
def mpremote(emulated: EmulatedBoard) -> Mpremote:
    """At that board."""
    return begin(emulated)


def test_expressions_scripts_and_errors_run_on_the_board(
    mpremote: Mpremote, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys\nprint(sys.implementation.name)\n")

    assert mpremote("eval", "6 * 7") == "42\n"
    assert mpremote("exec", "import time; time.sleep(0.2); print('slept')") == "slept\n"
    assert mpremote("run", str(script)) == "micropython\n"
    assert "ValueError: told" in mpremote("exec", "raise ValueError('told')", fails=True)


def test_files_go_there_and_back(mpremote: Mpremote, image: FlashImage, tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(EVERY_BYTE)
    back = tmp_path / "back.bin"

    mpremote("fs", "mkdir", "folder")
    mpremote("fs", "cp", str(source), ":")
    mpremote("fs", "cp", str(source), ":folder/copy.bin")
    mpremote("fs", "cp", ":folder/copy.bin", str(back))
    listing = mpremote("fs", "ls")
    digest = mpremote("fs", "sha256sum", ":source.bin")
    mpremote("fs", "rm", ":source.bin")

    assert back.read_bytes() == EVERY_BYTE
    assert listing.split() == ["ls", ":", "0", "folder/", "1280", "source.bin"]
    assert sha256(EVERY_BYTE).hexdigest() in digest
    assert image.files() == {"folder/copy.bin": EVERY_BYTE}


def test_a_folder_of_this_machine_is_mounted(mpremote: Mpremote, tmp_path: Path) -> None:
    (tmp_path / "every.bin").write_bytes(EVERY_BYTE)
    (tmp_path / "shared.py").write_text("print('from the host')\n")
    code = "import shared; print(sum(open('every.bin', 'rb').read()))"

    printed = mpremote("mount", str(tmp_path), "exec", code)

    assert printed.endswith(f"from the host\n{sum(EVERY_BYTE)}\n")


def test_a_package_is_installed_from_its_list(mpremote: Mpremote, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("ONE = 1\n")
    package = {"version": "1", "urls": [["package/one.py", "one.py"]]}
    (tmp_path / "package.json").write_text(json.dumps(package))

    mpremote("mip", "install", str(tmp_path / "package.json"))

    code = "import package.one as it; print(it.ONE, it.__file__)"
    assert mpremote("exec", code) == "1 /lib/package/one.py\n"


def test_the_firmware_is_installed_from_its_own_list(
    mpremote: Mpremote, image: FlashImage
) -> None:
    mpremote("mip", "install", str(resources.path("firmware") / "package.json"))

    wanted = {f"lib/{path}": text for path, text in sources().items()}
    assert {path: text for path, text in image.files().items() if text} == {
        path: text for path, text in wanted.items() if text
    }


def test_resets_of_both_kinds(mpremote: Mpremote, emulated: EmulatedBoard) -> None:
    mpremote("exec", "gone = 1")
    assert mpremote("resume", "exec", "print(gone)") == "1\n"
    mpremote("soft-reset")
    assert "NameError" in mpremote("resume", "exec", "print(gone)", fails=True)
    assert emulated.board.reset_count == 0
    mpremote("reset")

    assert mpremote("exec", "import machine; print(machine.reset_cause())") == "3\n"
    assert emulated.board.controller.reset_cause == SOFT_RESET
    assert emulated.board.reset_count == 1


@pytest.mark.parametrize("speed", [1.0, "max"])
def test_firmware_that_runs_is_ended_by_a_connection(
    speed: float | str, image: FlashImage
) -> None:
    image.format()
    image.store({"main.py": RUNNING})
    with EmulatedBoard("pico", speed=speed, flash=image) as emulated:
        mpremote = begin(emulated)

        assert mpremote("eval", "1 + 1") == "2\n"
        mpremote("reset")
        assert mpremote("fs", "ls").split()[-1] == "main.py"


async def test_firmware_deployed_to_a_blank_board_completes_a_session(
    image: FlashImage, firmware: dict[str, bytes], tmp_path: Path
) -> None:
    for path, content in firmware.items():
        (tmp_path / "files" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "files" / path).write_bytes(content)
    parts = sorted(str(path) for path in (tmp_path / "files").iterdir())
    order = bench_plan()

    emulated = EmulatedBoard("pico", speed="max", flash=image)
    async with emulated:
        mpremote = begin(emulated)
        mpremote("fs", "cp", "-r", *parts, ":")
        emulated.speed = 20.0
        mpremote("reset")
        async with await Pump.connect(await open_line(emulated.port)) as pump:
            await pump.ready()
            assert pump.identity.reset_cause == SOFTWARE
            staged = await pump.stage(order.stage_values(1))
            await pump.confirm(1, staged.digest)
            operator = AutoOperator(emulated.board)
            async for record in pump.telemetry():
                with emulated.lock:
                    operator.step(record.state_name, record)
                if record.state_name == "complete":
                    break
            # What the line has stored follows within seconds.
            until = record.tick_count + SETTLING_TICKS
            await pump.wait_for(lambda now: now.tick_count >= until, 60.0)
            given_ml = emulated.plant.patient_volume_ml

    assert operator.problem == ""
    assert given_ml == pytest.approx(1.0, abs=0.02)
    assert image.files() == firmware
