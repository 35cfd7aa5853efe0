"""`evenflow library`, and orders held to a library of one's own."""

import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Self

import pytest
from click.testing import CliRunner, Result

from evenflow import resources
from evenflow.cli import main
from evenflow.client.pump import Pump
from evenflow.dose import library
from evenflow.dose.order import load
from evenflow.dose.plan import plan
from evenflow.errors import Refused
from evenflow.formulary.source import read
from evenflow.session.opening import open_port

ORDER = resources.path("examples", "orders", "ketamine-70kg.toml")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the shipped library in it, and nobody trusted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("evenflow.signing.trust.folder", lambda kind: tmp_path / kind)
    (tmp_path / "old.toml").write_text(library.SHIPPED.read_text())
    return tmp_path


def changed(*changes: tuple[str, str], name: str = "new.toml") -> Path:
    text = library.SHIPPED.read_text()
    for written, instead in changes:
        assert written in text
        text = text.replace(written, instead, 1)
    Path(name).write_text(text)
    return Path(name)


NARROWER = (
    ('hard_high = { value = "1.0 mg/kg"', 'hard_high = { value = "0.9 mg/kg"'),
    ('version = "0.3.0"', 'version = "0.4.0"'),
)


def evenflow(*arguments: object, typed: str = "") -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments], input=typed)


def content(result: Result) -> dict[str, Any]:
    parsed = json.loads(result.stdout)
    assert isinstance(parsed, dict)
    return parsed


@pytest.mark.requirement("LIB-03", "LIB-04")
def test_check_says_what_a_library_is() -> None:
    result = evenflow("library", "check", "old.toml")

    assert result.exit_code == 0
    for words in ("sound", "4 entries", "reviewed by nobody", "days left", "not signed", "36 F"):
        assert words in result.stdout
    assert content(evenflow("library", "check", "old.toml", "--json"))["reviewed_by"] is None


@pytest.mark.requirement("LIB-03")
def test_check_names_every_mistake_and_ends_with_3() -> None:
    changed(('"70 kg"', '"30 kg"'), ('"300 mmHg"', '"300"'), ("ident = 2", "ident = 1"))

    result = evenflow("library", "check", "new.toml", "--json")

    assert result.exit_code == 3
    error = content(result)["error"]
    assert {(one["where"], one["code"]) for one in error["problems"]} == {
        ("entry.0.weight", "order"),
        ("entry.0.occlusion", "unit_missing"),
        ("entry.1.ident", "double"),
    }
    assert all(one["where"] in result.stderr for one in error["problems"])


@pytest.mark.requirement("LIB-04")
def test_check_refuses_what_is_past_its_last_day() -> None:
    changed(("valid_until = 2028-12-31", "valid_until = 2026-01-01"))

    result = evenflow("library", "check", "new.toml")

    assert result.exit_code == 3
    assert "its last day was 2026-01-01" in result.stderr


@pytest.mark.requirement("SEC-03", "LIB-04")
def test_check_refuses_a_signature_that_does_not_hold() -> None:
    Path("old.toml.sig").write_text("mine, believe me")

    result = evenflow("library", "check", "old.toml", "--json")

    assert result.exit_code == 3
    assert content(result)["error"]["code"] == "not_a_signature"


@pytest.mark.requirement("LIB-04")
def test_check_refuses_what_no_pump_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenflow.client.library_parts.MAX_LIBRARY_BYTES", 100)

    result = evenflow("library", "check", "old.toml", "--json")

    assert result.exit_code == 3
    assert content(result)["error"]["code"] == "too_large"


def test_show_has_every_figure_with_grade_and_source() -> None:
    result = evenflow("library", "show", "--json")

    (first, *_) = entries = content(result)["entries"]
    assert isinstance(entries, list)
    assert len(entries) == 4
    assert sum(len(entry["figures"]) for entry in entries) == 243
    assert first["figures"][0] == {
        "name": "weight.hard_low",
        "value": "35 kg",
        "grade": "P",
        "source": "adults; requirement KET-07",
    }
    table = evenflow("library", "show", "old.toml", "--entry", "sedation/dexmedetomidine").stdout
    assert "6 ug/kg/h" in table
    assert "reviewed by nobody" in table
    assert "ketamine, ident" not in table
    assert evenflow("library", "show", "--entry", "ward/water").exit_code == 3


@pytest.mark.requirement("LIB-17")
def test_diff_ends_with_1_where_there_is_a_difference() -> None:
    changed(*NARROWER)

    result = evenflow("library", "diff", "old.toml", "new.toml")

    assert result.exit_code == 1
    assert "dose.hard_high 1.0 mg/kg -> 0.9 mg/kg, its source the same" in result.stdout
    assert evenflow("library", "diff", "old.toml", "old.toml").exit_code == 0
    back = evenflow("library", "diff", "new.toml", "old.toml", "--json")
    assert [one["effect"] for one in json.loads(back.stdout)["changes"]] == ["wider", "other"]


@pytest.mark.requirement("SEC-03", "SEC-06")
def test_a_library_is_signed_and_its_key_trusted() -> None:
    changed(*NARROWER)
    made = evenflow("library", "keygen", "--out", "mine", typed="sesame\nsesame\n")
    assert made.exit_code == 0
    signing = ("library", "sign", "new.toml", "--key", "mine.pem", "--by", "A. Pharmacist")

    wrong = evenflow(*signing, typed="barley\n")
    signed = evenflow(*signing, "--previous", "old.toml", typed="sesame\n")

    assert wrong.exit_code == 3
    assert signed.exit_code == 0
    assert "-> 0.9 mg/kg" in signed.stdout
    unknown = evenflow("library", "check", "new.toml")
    assert unknown.exit_code == 3
    assert "not trusted here" in unknown.stderr
    evenflow("library", "trust", "add", "mine.pub.pem", "--name", "Pharmacy")
    checked = evenflow("library", "check", "new.toml").stdout
    assert "signed by A. Pharmacist with the key of Pharmacy" in checked
    (key,) = json.loads(evenflow("library", "trust", "list", "--json").stdout)["keys"]
    assert evenflow("library", "trust", "remove", key["key"]).exit_code == 0
    assert "no key is trusted" in evenflow("library", "trust", "list").stdout


@pytest.mark.requirement("SEC-03", "LIB-03")
def test_an_unsound_library_is_not_signed() -> None:
    changed(('"70 kg"', '"30 kg"'))
    evenflow("library", "keygen", "--out", "mine", "--no-passphrase")

    result = evenflow("library", "sign", "new.toml", "--key", "mine.pem", "--by", "A")

    assert result.exit_code == 3
    assert not Path("new.toml.sig").exists()


@pytest.mark.requirement("SEC-06")
def test_a_key_in_clear_says_what_that_means() -> None:
    result = evenflow("library", "keygen", "--out", "mine", "--no-passphrase")

    assert "whoever reads it can sign in your name" in result.stderr
    assert evenflow("library", "keygen", "--out", "mine", "--no-passphrase").exit_code == 2


@pytest.mark.requirement("SEC-03")
def test_what_nobody_has_signed_is_not_installed() -> None:
    result = evenflow("library", "install", "old.toml", "--port", "emulated:pico", "--json")

    assert result.exit_code == 3
    error = content(result)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "unsigned"
    assert "sign FILE" in error["hint"]


class StubIdentity:
    """A bench pump with the version before."""

    link_flags = 6
    library = bytes(range(8))
    library_version = "0.2.0"


class StubPump:
    """Takes a library."""

    identity = StubIdentity()
    sent = b""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def __await__(self) -> Generator[None, None, Self]:
        yield from ()
        return self

    async def ready(self) -> StubIdentity:
        return self.identity

    async def install_library(
        self, content: bytes, taken: Callable[[int, int], None]
    ) -> StubIdentity:
        StubPump.sent = content
        taken(1, 1)
        return self.identity


def stub_connect(port: str, speed: float | None) -> StubPump:
    return StubPump()


@pytest.mark.requirement("SEC-03", "LIB-17")
def test_an_emulated_pump_takes_it_unsigned_and_it_is_said() -> None:
    new = changed(*NARROWER)

    result = evenflow("library", "install", new, "--port", "emulated:pico", "--unsigned")

    assert result.exit_code == 0
    assert "UNSIGNED: nobody vouches" in result.stderr
    assert "has evenflow-shipped 0.4.0" in result.stdout
    assert "reviewed by nobody" in result.stdout


@pytest.mark.requirement("SEC-03", "LIB-17")
def test_an_emulated_pump_takes_what_somebody_trusted_has_signed() -> None:
    new = changed(*NARROWER)
    evenflow("library", "keygen", "--out", "mine", "--no-passphrase")
    evenflow("library", "sign", new, "--key", "mine.pem", "--by", "A")
    command = ("library", "install", new, "--port", "emulated:pico", "--json")

    assert content(evenflow(*command))["error"]["code"] == "unknown_signer"
    evenflow("library", "trust", "add", "mine.pub.pem", "--name", "A")
    result = evenflow(*command)
    assert result.exit_code == 0
    assert content(result)["digest"] == library.load(new).digest.hex()
    assert content(result)["bytes"] == len(library.compile_library(library.load(new)))
    assert result.stderr == ""


@pytest.mark.requirement("LIB-17")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('version = "0.3.0"', 'version = "0.2.9"'), "rollback"),
        (NARROWER[0], "same_version"),
    ],
)
def test_an_emulated_pump_is_not_sent_what_leads_back(change: tuple[str, str], code: str) -> None:
    command = ("library", "install", changed(change), "--port", "emulated:pico", "--unsigned")
    result = evenflow(*command, "--json")

    assert result.exit_code == 3
    assert content(result)["error"]["code"] == code


@pytest.mark.requirement("LIB-04", "LIB-17")
async def test_what_the_pump_refuses_is_told_by_name_and_the_one_before_stays() -> None:
    older = library.load(changed(('version = "0.3.0"', 'version = "0.2.9"')))
    newer = library.compile_library(library.load(changed(*NARROWER)))
    opened = await open_port("emulated:pico", speed=None, runtime="cpython")
    async with await Pump.connect(opened.line) as pump:
        await pump.ready()
        for compiled, code in (
            (library.compile_library(older), "library_version"),
            (newer.replace(b"mood-clinic", b"mood-clinik"), "library_invalid"),
        ):
            with pytest.raises(Refused, match="the pump refused install_library") as refused:
                await pump.install_library(compiled)
            assert (refused.value.code, bool(refused.value.hint)) == (code, True)
        with pytest.raises(Refused) as refused:
            await pump.install_library(newer + b" " * 8_192)
        assert refused.value.code == "too_large"
        assert (await pump.hello()).library == library.shipped().digest
        told: list[tuple[int, int]] = []
        reply = await pump.install_library(newer, lambda *one: told.append(one))

    count = -(-len(newer) // 128)
    assert told == [(number, count) for number in range(1, count + 1)]
    assert (reply.library_version, pump.identity) == ("0.4.0", reply)


@pytest.mark.requirement("LIB-17")
def test_a_pump_that_says_it_has_another_one_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evenflow.session.opening.connect", stub_connect)
    result = evenflow("library", "install", "old.toml", "--port", "x", "--unsigned", "--json")

    assert result.exit_code == 1
    assert content(result)["error"]["code"] == "other_library"
    assert StubPump.sent == library.compile_library(read("old.toml").library)


@pytest.mark.requirement("SEC-03")
def test_a_therapy_pump_takes_nothing_unsigned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenflow.session.opening.connect", stub_connect)
    monkeypatch.setattr(StubIdentity, "link_flags", 1)

    result = evenflow("library", "install", "old.toml", "--port", "x", "--unsigned")

    assert result.exit_code == 3
    assert "a pump for therapy takes no unsigned library" in result.stderr


@pytest.mark.requirement("LIB-01", "LIB-17")
@pytest.mark.parametrize("is_by_variable", [True, False])
def test_an_order_is_held_to_the_library_that_is_named(
    monkeypatch: pytest.MonkeyPatch, *, is_by_variable: bool
) -> None:
    new = changed(
        ('hard_high = { value = "1.0 mg/kg"', 'hard_high = { value = "0.5 mg/kg"'), NARROWER[1]
    )
    order = Path("order.toml")
    order.write_text(ORDER.read_text().replace("0.5 mg/kg", "0.51 mg/kg"))
    named: tuple[object, ...] = ("--library", new)
    if is_by_variable:
        named = ()
        monkeypatch.setenv("EVENFLOW_LIBRARY", str(new))

    held = evenflow("order", "show", order, "--json", *named)
    monkeypatch.delenv("EVENFLOW_LIBRARY", raising=False)

    assert held.exit_code == 3
    assert json.loads(held.stdout)["library"]["version"] == "0.4.0"
    assert evenflow("order", "check", order).exit_code == 4
    assert evenflow("order", "check", order, "--library", "none.toml").exit_code == 2


def test_order_show_says_that_nobody_has_reviewed_it_and_gives_the_advice() -> None:
    shown = evenflow("order", "show", ORDER).stdout

    assert "reviewed by nobody" in shown
    assert "nobody goes home alone" in shown


@pytest.mark.parametrize(
    "name", ["ketamine-pain-4h", "ketamine-bench-trial", "dexmedetomidine-sedation"]
)
def test_each_care_area_has_an_order_that_may_be_infused(name: str) -> None:
    path = resources.path("examples", "orders", f"{name}.toml")

    assert evenflow("order", "check", path).exit_code == 0


@pytest.mark.requirement("LIB-04")
async def test_an_emulated_pump_has_the_library_of_the_plan() -> None:
    known = library.load(changed(*NARROWER))
    held = plan(load(ORDER, known), None, known)
    opened = await open_port("emulated:pico", plan=held, speed=None, runtime="cpython")
    async with await Pump.connect(opened.line) as pump:
        assert pump.identity.library == known.digest != library.shipped().digest
