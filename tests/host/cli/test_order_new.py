"""`evenflow order new`: each answer judged, doubts asked about, a file only after a yes."""

import os
import select
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evenflow import resources
from evenflow.cli import _order_new, main
from evenflow.dose.order import load

pytestmark = pytest.mark.requirement("LIB-07", "LIB-08")
REFERENCE = resources.path("examples", "orders", "ketamine-70kg.toml")
ANSWERS = {
    "id": ("demo-0001",),
    "area": ("mood-clinic",),
    "drug": ("ketamine",),
    "weight": ("70 kg",),
    "height": ("",),
    "concentration": ("2 mg/mL",),
    "dose": ("0.5 mg/kg",),
    "duration": ("40 min",),
    "syringe": ("bd-plastipak-50",),
    "fill": ("20 mL",),
    "observe": ("120 min",),
    "end": ("yes",),
}


@pytest.fixture(autouse=True)
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_order_new, "has_terminal", lambda: True)


def _new(out: Path | None, *options: object, **answers: tuple[str, ...]) -> Result:
    typed = [line for lines in (ANSWERS | answers).values() for line in lines]
    where = [] if out is None else ["--out", str(out)]
    arguments = ["order", "new", *where, *map(str, options)]
    return CliRunner().invoke(main, arguments, input="".join(f"{line}\n" for line in typed))


def test_the_answers_become_an_order_file(tmp_path: Path) -> None:
    out = tmp_path / "order.toml"

    result = _new(out)

    assert result.exit_code == 0, result.output
    assert tomllib.loads(out.read_text()) == tomllib.loads(REFERENCE.read_text())
    assert [out] == list(tmp_path.iterdir())
    for words in (
        "body weight: hard limit 35 to 180 kg",
        "body weight: soft limit 45 to 120 kg",
        "dose: soft limit 0.2 to 0.5 mg/kg",
        "fill: hard limit 18.5 to 50 mL",
        "mass in the syringe: hard limit up to 1.5 mg/kg",
        "26.25 mL/h",
        "NOT FOR USE ON PEOPLE",
    ):
        assert words in result.stdout


@pytest.mark.parametrize(
    ("answers", "words", "key", "value"),
    [
        (
            {"weight": ("350 kg", "35,0 kg", "70", "70 kg")},
            ("above the hard limit of 180 kg", "did you mean 35 kg", "has a comma", "no unit"),
            "patient.weight",
            "70 kg",
        ),
        (
            {"weight": ("70 lb", "70 kg")},
            ("below the hard limit of 35 kg", "did you mean 70 kg?"),
            "patient.weight",
            "70 kg",
        ),
        (
            {"weight": ("154 lb", "no", "154 lb", "yes")},
            ("154 lb = 69.853 kg", "is it so as you wrote it?"),
            "patient.weight",
            "154 lb",
        ),
        (
            {"weight": ("154 kg", "no", "154 lb", "yes")},
            ("above the soft limit of 120 kg", "did you mean 154 lb?"),
            "patient.weight",
            "154 lb",
        ),
        (
            {"dose": ("5 mg/kg", "0.5 ug/kg", "2 mg/mL", "0.5 mg/kg")},
            ("did you mean 0.5 mg/kg?", "is a concentration, not a dose"),
            "therapy.dose",
            "0.5 mg/kg",
        ),
        (
            {"duration": ("40 h", "40 m", "4 min", "40 min")},
            ("did you mean 40 min?", "it is not minutes"),
            "therapy.duration",
            "40 min",
        ),
        (
            {"concentration": ("50 mg/mL", "2 mg/mL")},
            ("is not one of 1, 2, 5, 10 mg/mL (hard limit)", "did you mean 5 mg/mL"),
            "therapy.concentration",
            "2 mg/mL",
        ),
        (
            {"fill": ("18 mL", "200 mL", "20 mL")},
            ("below the hard limit of 18.5 mL", "did you mean 20 mL"),
            "syringe.fill",
            "20 mL",
        ),
        (
            {"syringe": ("bd-plastipak-1", "bd-plastipak-50")},
            ("'bd-plastipak-1' is not known here",),
            "syringe.model",
            "bd-plastipak-50",
        ),
        (
            {"id": ("", "x\ty", "demo-0001")},
            ("is empty, or has blanks",),
            "patient.id",
            "demo-0001",
        ),
        (
            {"observe": ("30 min", "120 s", "60 min", "no", "120 min")},
            ("below the hard limit of 40 min", "below the soft limit of 120 min"),
            "session.observe",
            "120 min",
        ),
        ({"weight": ("80 kg", ), "height": ("back", "70 kg", "")}, (), "patient.weight", "70 kg"),
        (
            {"dose": ("0.75 mg/kg/h",), "duration": ("90 min", "40 min")},
            ("dose 1.125 mg/kg is above the hard limit of 1 mg/kg",),
            "therapy.dose_rate",
            "0.75 mg/kg/h",
        ),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_and_asked_again(
    tmp_path: Path,
    answers: dict[str, tuple[str, ...]],
    words: tuple[str, ...],
    key: str,
    value: str,
) -> None:
    out = tmp_path / "order.toml"

    result = _new(out, **answers)

    assert result.exit_code == 0, result.output
    for one in words:
        assert one in result.stdout
    table, _, name = key.partition(".")
    assert tomllib.loads(out.read_text())[table][name] == value


@pytest.mark.requirement("KET-07")
def test_from_a_mass_index_of_30_on_the_weight_for_the_dose_is_asked(tmp_path: Path) -> None:
    out = tmp_path / "order.toml"

    result = _new(
        out,
        weight=("104 kg",),
        height=("175 cm", "male", "90 kg", "no", "83.9 kg"),
        fill=("22 mL",),
    )

    assert result.exit_code == 0, result.output
    assert "adjusted weight: 83.9 kg" in result.stdout
    assert "above the soft limit of 83.9 kg" in result.stdout
    assert load(out).weight_of_dose == load(out).dosing_weight


def test_what_is_far_from_the_last_order_is_asked_about(tmp_path: Path) -> None:
    out = tmp_path / "order.toml"

    result = _new(out, "--last", REFERENCE, weight=("115 kg", "no", "70 kg"))
    slip = _new(tmp_path / "b", "--last", REFERENCE, dose=("0.35 mg/kg", "no", "0.5 mg/kg"))
    another = _new(tmp_path / "c", "--last", REFERENCE, id=("other",), weight=("95 kg",),
                   fill=("26 mL",))  # fmt: skip

    assert result.exit_code == slip.exit_code == another.exit_code == 0
    assert "the last order has 70 kg" in result.stdout
    assert "the last order has 0.5 mg/kg" in slip.stdout
    assert "the last order" not in another.stdout


def test_a_soft_limit_is_told_with_what_it_needs(tmp_path: Path) -> None:
    result = _new(tmp_path / "order.toml", duration=("70 min", "yes"))

    assert result.exit_code == 0
    assert "needs --override REASON when it is run: duration 70 min" in result.stdout


@pytest.mark.parametrize("answer", ["no", "y", ""])
def test_without_a_yes_nothing_is_written(tmp_path: Path, answer: str) -> None:
    result = _new(tmp_path / "order.toml", end=(answer,))

    assert result.exit_code == 1
    assert "nothing was written" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_input_that_ends_writes_nothing(tmp_path: Path) -> None:
    assert _new(tmp_path / "order.toml", end=()).exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_without_asking(tmp_path: Path) -> None:
    there, other = tmp_path / "there.toml", tmp_path / "other.toml"
    there.write_text("mine")

    result = _new(there, end=("yes", "no", str(other)))

    assert result.exit_code == 0, result.output
    assert there.read_text() == "mine"
    assert load(other).patient == "demo-0001"
    assert _new(there, end=("yes", "yes")).exit_code == 0
    assert load(there).patient == "demo-0001"
    assert _new(None, end=("yes", str(other), "yes")).exit_code == 0


def test_without_a_terminal_it_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    result = _new(None)

    assert result.exit_code == 2
    assert "docs/orders.md" in result.stderr


# Makes its input its controlling terminal, as a shell in a window has it, and becomes the command.
TAKE_TERMINAL = (
    "import fcntl, os, signal, sys, termios\n"
    "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


class Screen:
    """The command on a pseudo-terminal, and what it has shown since the last answer."""

    def __init__(self, folder: Path) -> None:
        """Started."""
        self._keyboard, near = os.openpty()
        program = Path(sys.executable).with_name("evenflow")
        arguments = [program, "order", "new", "--out", "order.toml"]
        self.command = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, *arguments],
            stdin=near,
            stdout=near,
            stderr=near,
            cwd=folder,
            start_new_session=True,
        )
        os.close(near)
        self._shown = b""

    def answer(self, question: str, line: str) -> None:
        """Type it once the question is there."""
        self.wait_for(question)
        self._shown = b""
        os.write(self._keyboard, line.encode())

    def wait_for(self, words: str) -> None:
        """Until the screen has these."""
        while words.encode() not in self._shown:
            ready, _, _ = select.select([self._keyboard], [], [], 60.0)
            assert ready, self._shown
            # The far end is gone.
            with suppress(OSError):
                self._shown += os.read(self._keyboard, 4096)
                continue
            break
        assert words.encode() in self._shown, self._shown.decode(errors="replace")

    def press_until(self, key: str, words: str) -> None:
        """Press it again each second: a signal just before a blocking read is seen after it."""
        for _ in range(60):
            ready, _, _ = select.select([self._keyboard], [], [], 1.0)
            if ready:
                with suppress(OSError):
                    self._shown += os.read(self._keyboard, 4096)
            if words.encode() in self._shown:
                return
            if not ready:
                os.write(self._keyboard, key.encode())
        pytest.fail(self._shown.decode(errors="replace"))

    def close(self) -> None:
        """The command's end, if it has not come."""
        if self.command.poll() is None:
            self.command.kill()
            self.command.wait()
        os.close(self._keyboard)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    screen = Screen(tmp_path)
    yield screen
    screen.close()


def test_at_a_real_terminal(screen: Screen, tmp_path: Path) -> None:
    screen.answer("patient's id", "demo-0001\n")
    screen.answer("care area", "mood-clinic\n")
    screen.answer("drug", "ketamine\n")
    screen.answer("body weight, measured", "350 kg\n")
    screen.wait_for("did you mean 35 kg")
    screen.answer("body weight, measured", "70 kg\n")
    screen.answer("height", "\n")
    screen.answer("concentration", "2 mg/mL\n")
    screen.answer("dose, or dose rate", "0.5 mg/kg\n")
    screen.answer("\nduration:", "40 min\n")
    screen.answer("\nsyringe:", "bd-plastipak-50\n")
    screen.answer("fill before the purge", "20 mL\n")
    screen.answer("observation from START", "120 min\n")
    screen.answer("is this the order?", "yes\n")

    screen.wait_for("written")
    assert screen.command.wait(60) == 0
    assert tomllib.loads((tmp_path / "order.toml").read_text()) == tomllib.loads(
        REFERENCE.read_text()
    )


def test_ctrl_c_writes_nothing(screen: Screen, tmp_path: Path) -> None:
    screen.answer("patient's id", "demo-0001\n")
    screen.answer("care area", "\x03")

    screen.press_until("\x03", "evenflow: ")
    assert screen.command.wait(60) == 1
    assert list(tmp_path.iterdir()) == []
