"""The prompt: what ends firmware, what a reset of each kind keeps, and hardware that goes on."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from board.emulator.flash.conftest import RAW_PROMPT

from evenflow import boards
from evenflow.emulator import FlashImage

MOVER = Path(__file__).parents[1] / "toys" / "mover" / "main.py"
# 2500 steps a second, 60 ms of them queued at a time
FAST = {"period_cycles": 5_000, "tops_up": True, "periods": 140, "limiter_loops": 2_000}

MAIN = "import machine\nimport time\nprint('main', machine.reset_cause())\n"
LOOP = MAIN + "while True:\n    time.sleep_ms(20)\n"
GUARDED = (
    "import machine\nimport time\n"
    "machine.Pin(19, machine.Pin.OUT, value=1)\n"
    "machine.PWM(machine.Pin(18), freq=2000, duty_u16=30000)\n"
    "watchdog = machine.WDT(timeout=1000)\n"
    "print('main', machine.reset_cause())\n"
    "while True:\n"
    "    watchdog.feed()\n"
    "    time.sleep_ms(20)\n"
)


@pytest.fixture
def holding(image: FlashImage, switched_on: Callable) -> Callable:
    """Switches a board on whose flash holds that main.py."""

    def hold(main: str, **others: str) -> object:
        image.format()
        files = {f"{name}.py": text.encode() for name, text in others.items()}
        image.store({"main.py": main.encode(), **files})
        return switched_on(image)

    return hold


def test_scripts_run_then_the_prompt_has_their_names(holding: Callable) -> None:
    person = holding("print('main', first)", boot="first = 7\nprint('boot')")

    assert person.read_until(b">>> ").startswith("boot\nmain 7\nMicroPython")


def test_what_ends_a_script_is_told_and_the_prompt_comes(holding: Callable) -> None:
    person = holding("raise ValueError('as told')")

    assert "ValueError: as told" in person.read_until(b">>> ")
    assert "ValueError: as told" in person.board.console_text
    assert person.board.is_running


def test_ctrl_c_ends_firmware_and_then_nothing_runs(holding: Callable) -> None:
    person = holding(LOOP)
    person.read_until(b"main 1\n")
    person.board.run_for(1_000_000)
    person.type(b"\x03")

    assert "KeyboardInterrupt" in person.read_until(b">>> ")
    assert person.board.reset_count == 0


def test_ctrl_c_ends_a_sleep_at_once(image: FlashImage, switched_on: Callable) -> None:
    person = switched_on(image)
    person.read_until(b">>> ")
    person.enter_raw()
    person.begin(
        "import time\n"
        "began = time.ticks_ms()\n"
        "try:\n    time.sleep(100)\n"
        "except KeyboardInterrupt:\n    print(time.ticks_diff(time.ticks_ms(), began))"
    )
    person.board.run_for(3_000_000)
    person.type(b"\x03")

    assert 2_900 <= int(person.finish()) <= 3_100


@pytest.mark.skipif("sys.platform != 'linux'", reason="signals are caught where /proc tells when")
def test_ctrl_c_ends_an_endless_loop(image: FlashImage, switched_on: Callable) -> None:
    person = switched_on(image)
    person.read_until(b">>> ")
    person.enter_raw()
    person.begin("while True:\n    pass")
    person.type(b"\x03")

    assert "KeyboardInterrupt" in person.finish()
    # What follows a lost exchange is none the worse for it.
    assert person.run("import time\ntime.sleep(1)\nprint('slept')") == "slept\n"


@pytest.mark.parametrize("delay_s", [0.0, 0.002, 0.005, 0.01, 0.02, 0.04])
@pytest.mark.parametrize("main", [LOOP, "while True:\n    pass\n"])
def test_what_is_typed_while_the_board_boots_reaches_what_runs_then(
    image: FlashImage, switched_on: Callable, main: str, delay_s: float
) -> None:
    image.format()
    image.store({"boot.py": b"booted = 1\n", "main.py": main.encode()})
    person = switched_on(image)
    # The interpreter's own time, which is the wall's: it boots meanwhile.
    time.sleep(delay_s)
    person.type(b"\r\x03")
    person.type(b"\r\x01")
    person.read_until(RAW_PROMPT)

    assert person.run("import os\nprint(os.listdir())") == "['boot.py', 'main.py']\n"


def test_ctrl_c_that_a_reset_overtakes_is_for_what_boots_then(
    image: FlashImage, switched_on: Callable
) -> None:
    image.format()
    image.store({"main.py": LOOP.encode()})
    person = switched_on(image)
    person.read_until(b"main 1\n")
    person.type(b"\r\x03")
    person.type(b"\r\x01")
    person.board.reset()
    person.read_until(RAW_PROMPT)

    assert person.board.reset_count == 1
    assert person.run("print(2)") == "2\n"


def test_an_exchange_that_a_signal_ends_spoils_none_after_it(
    image: FlashImage, switched_on: Callable
) -> None:
    person = switched_on(image)
    person.read_until(b">>> ")
    person.enter_raw()
    for _ in range(3):
        person.begin("import time\ntime.sleep(1000)")
        person.board.run_for(100_000)
        person.board._prompt._process.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in person.finish()
        measured = person.run(
            "began = time.ticks_us()\ntime.sleep(1)\n"
            "print(time.ticks_diff(time.ticks_us(), began))"
        )
        # The first readings may be those of the exchange that was ended.
        assert 1_000_000 <= int(measured) < 1_000_000_000


@pytest.mark.skipif("sys.platform != 'linux'", reason="signals are caught where /proc tells when")
def test_ctrl_c_is_a_byte_like_any_other_for_code_that_wants_it(
    image: FlashImage, switched_on: Callable
) -> None:
    person = switched_on(image)
    person.read_until(b">>> ")
    person.enter_raw()
    person.begin(
        "import micropython, sys\n"
        "micropython.kbd_intr(-1)\n"
        "print('ready')\n"
        "print(sys.stdin.buffer.read(3))\n"
        "micropython.kbd_intr(3)"
    )
    person.read_until(b"ready\n")
    person.type(b"a\x03b")

    assert person.finish() == "b'a\\x03b'\n"


def test_a_soft_reset_keeps_levels_and_runs_main_again(holding: Callable) -> None:
    person = holding("import machine\nmachine.Pin(19, machine.Pin.OUT, value=1)\n" + MAIN)
    person.read_until(b">>> ")
    person.board.run_for(1_000_000)
    now_us = person.board.now_us
    person.type(b"\x04")

    assert "MPY: soft reboot\r\nmain 1\n" in person.read_until(b">>> ")
    assert person.board.controller.levels() >> 19 & 1
    assert person.board.reset_count == 0
    assert person.board.now_us >= now_us


def test_a_soft_reset_at_the_raw_prompt_stays_there_without_main(holding: Callable) -> None:
    person = holding(MAIN, boot="print('boot')")
    person.read_until(b">>> ")
    person.enter_raw()
    person.type(b"\x04")
    printed = person.read_until(b"raw REPL; CTRL-B to exit\r\n>")

    assert "MPY: soft reboot\r\nboot\n" in printed
    assert "main" not in printed
    assert person.run("print(1)") == "1\n"


def test_a_script_that_exits_starts_the_interpreter_anew(holding: Callable) -> None:
    once = "import os, sys\nif 'been' not in os.listdir():\n    open('been', 'w').close()\n"
    person = holding(once + "    sys.exit()\n")

    assert person.read_until(b">>> ").startswith("MPY: soft reboot\r\nMicroPython")


def test_a_hard_reset_runs_main_whatever_the_prompt_was(holding: Callable) -> None:
    person = holding(MAIN)
    person.read_until(b">>> ")
    person.enter_raw()
    person.type(b"import machine\nmachine.reset()\x04")

    assert person.read_until(b">>> ").startswith("OKmain 3\nMicroPython")
    assert person.board.reset_count == 1


def test_the_watchdog_resets_a_board_whose_firmware_was_stopped(holding: Callable) -> None:
    person = holding(GUARDED)
    person.read_until(b"main 1\n")
    person.board.run_for(2_000_000)
    assert person.board.reset_count == 0
    person.type(b"\x03")
    person.read_until(b">>> ")
    stopped_at_us = person.board.now_us
    assert person.board.controller.levels() >> 19 & 1
    assert person.board.plant.buzzer.is_on

    person.read_until(b"main 3\n")
    assert 900_000 <= person.board.now_us - stopped_at_us <= 1_100_000
    assert person.board.reset_count == 1


def test_queued_steps_are_still_made_after_ctrl_c_and_no_others(
    image: FlashImage, switched_on: Callable
) -> None:
    image.format()
    files = {"board.json": boards.load("pico"), "library.json": FAST}
    image.store({name: json.dumps(content).encode() for name, content in files.items()})
    image.store({"main.py": MOVER.read_bytes()})
    person = switched_on(image)
    board = person.board
    board.plant.records_steps = True
    board.run_for(2_000_000)
    person.type(b"\x03")
    person.read_until(b"KeyboardInterrupt")
    began_at_ns = board.plant.now_ns
    before = len(board.plant.step_times)
    board.run_for(500_000)

    moments = [at_ns for at_ns, _, _ in board.plant.step_times[before:]]
    assert 10 <= len(moments) <= 140
    assert moments[-1] - began_at_ns <= 60_000_000
    assert board.reset_count == 0


def test_the_watchdog_survives_a_soft_reset(holding: Callable) -> None:
    person = holding(GUARDED)
    person.read_until(b"main 1\n")
    person.board.run_for(100_000)
    person.type(b"\x03")
    person.read_until(b">>> ")
    person.enter_raw()
    person.type(b"\x04")
    person.read_until(b"soft reboot\r\n")
    assert not person.board.plant.buzzer.is_on

    person.read_until(b"main 3\n")
    assert person.board.reset_count == 1


def test_power_off_ends_the_prompt_and_power_on_boots(holding: Callable) -> None:
    person = holding(MAIN)
    person.read_until(b">>> ")
    person.board.power_off()
    person.type(b"print(1)\r")
    person.board.run_for(1_000_000)
    assert person.board.console.read() == b""
    person.board.power_on()

    assert person.read_until(b">>> ").startswith("main 1\nMicroPython")
