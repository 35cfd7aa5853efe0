"""A library installed by the host of a scenario, and the clock of that host."""

from collections.abc import Callable
from pathlib import Path

import pytest
from host.scenario.ran import AUTO, Ran, event, run_scenario

from evenflow.client.library_parts import installation, parts
from evenflow.dose import library
from evenflow.errors import Refused
from evenflow.scenario import file
from evenflow.scenario.file import Scenario

pytestmark = pytest.mark.requirement("LIB-04", "LIB-17")

Read = Callable[..., Scenario]
INSTALL = "host.install_library"
NEWER = ('version = "0.3.0"', 'version = "0.4.0"')
NARROWER = ('hard_high = { value = "1.0 mg/kg"', 'hard_high = { value = "0.5 mg/kg"')
DAY_S = 86_400


@pytest.fixture
def changed(folder: Path) -> Callable[..., Path]:
    """Writes the shipped library with changes into the scenario's folder."""

    def write(name: str, *changes: tuple[str, str]) -> Path:
        text = library.SHIPPED.read_text(encoding="utf-8")
        for written, instead in changes:
            assert written in text
            text = text.replace(written, instead, 1)
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    return write


@pytest.fixture
def order(folder: Path) -> Path:
    """As the reference order, with a little more than needs no reason."""
    text = (folder / "ketamine-70kg.toml").read_text(encoding="utf-8")
    more = text.replace("0.5 mg/kg", "0.55 mg/kg").replace("20 mL", "22 mL")
    (folder / "more.toml").write_text(more, encoding="utf-8")
    return folder / "more.toml"


def installing(name: str, when: str = 'at_power = "0 s"') -> str:
    return event(when, INSTALL, file=f'"{name}"')


def test_the_host_plans_with_what_it_has_installed_before_it_stages(
    run: Callable[..., Ran], changed: Callable[..., Path]
) -> None:
    newer = library.load(changed("newer.toml", NEWER))

    ran = run("3 s", installing("newer.toml"))

    assert ran.refused == []
    assert ran.result["final"]["library_version"] == "0.4.0"
    assert ran.result["final"]["state"] == "infusing"
    (told,) = [one for one in ran.result["events"] if one["name"] == "library"]
    assert newer.digest.hex() in told["detail"]
    assert "UNSIGNED" in told["detail"]
    assert len(ran.times("host", "library_installed")) == 1
    assert ran.times("host", "library_installed")[0] < ran.times("operator", "confirm")[0]


@pytest.mark.requirement("LIB-03")
def test_an_unsound_one_is_refused_by_the_host_and_nothing_is_sent(
    run: Callable[..., Ran], changed: Callable[..., Path]
) -> None:
    changed("broken.toml", NEWER, ('hard_high = { value = "1.0', 'hard_high = { value = "0.05'))

    ran = run("3 s", installing("broken.toml"))

    (refused,) = ran.result["refusals"]
    assert (refused["what"], refused["code"]) == (INSTALL, "order")
    assert refused["reason"].startswith("broken.toml: ")
    assert ran.times("host", "library") == []
    assert ran.result["final"]["library_version"] == library.shipped().version
    assert ran.result["final"]["state"] == "infusing"


@pytest.mark.parametrize(
    ("change", "when", "code"),
    [
        (('version = "0.3.0"', 'version = "0.2.9"'), 'at_power = "0 s"', "library_version"),
        (NARROWER, 'at_power = "0 s"', "library_version"),
        (NEWER, 'at = "1 s"', "programme_at_hand"),
    ],
)
def test_what_the_pump_refuses_is_told_and_the_dose_goes_on_with_the_one_before(
    run: Callable[..., Ran],
    changed: Callable[..., Path],
    change: tuple[str, str],
    when: str,
    code: str,
) -> None:
    changed("other.toml", change)

    ran = run("3 s", installing("other.toml", when))

    assert ran.refused == [(INSTALL, code)]
    assert ran.times("host", "library_installed") == []
    assert ran.result["final"]["library_version"] == library.shipped().version
    assert ran.result["final"]["state"] == "infusing"


@pytest.mark.requirement("LIB-01")
def test_an_order_is_held_to_the_library_that_is_installed(
    run: Callable[..., Ran], changed: Callable[..., Path], order: Path
) -> None:
    """Planned anew: with the shipped one it needs a reason, and with the newer none will do."""
    changed("narrower.toml", NEWER, NARROWER)
    body = (
        event('at_power = "3 s"', "host.request", command='"cancel"', programme_number=1)
        + event('at_power = "4 s"', INSTALL, file='"narrower.toml"')
        + event('at_power = "10 s"', "host.submit", order=f'"{order.name}"')
        + event('at_power = "11 s"', "operator.override", reason='"asked for"')
        + event('at_power = "12 s"', "host.submit", order='"ketamine-70kg.toml"')
    )

    ran = run("15 s", body, AUTO + "[operator]\nauto = false\n")

    assert ran.refused == [("host.submit", "dose_hard")]
    assert ran.result["final"]["library_version"] == "0.4.0"
    assert ran.result["final"]["state"] == "staged"


def test_a_library_that_is_not_there_is_a_mistake_of_the_file(read: Read) -> None:
    with pytest.raises(Refused, match=r"event 1 \(host.install_library\).*none.toml: no such"):
        read(installing("none.toml"))


def test_an_order_that_only_the_other_library_permits_is_no_mistake(
    read: Read, changed: Callable[..., Path], order: Path
) -> None:
    changed("wider.toml", NEWER, ('"180 kg"', '"190 kg"'))
    text = (order.parent / "ketamine-70kg.toml").read_text(encoding="utf-8")
    order.write_text(text.replace("70 kg", "185 kg").replace("20 mL", "48 mL"), encoding="utf-8")
    submit = event('at = "1 s"', "host.submit", order=f'"{order.name}"')
    reason = event('at = "1 s"', "operator.override", reason='"asked for"')
    with pytest.raises(Refused, match="hard limit"):
        read(submit + reason)

    scenario = read(installing("wider.toml") + submit + reason)
    assert scenario.orders[order.name].library.version == "0.4.0"


def test_without_a_host_nothing_is_installed(
    run: Callable[..., Ran], changed: Callable[..., Path]
) -> None:
    changed("newer.toml", NEWER)
    kill = event('at_power = "0 s"', "link.kill_host")

    ran = run("6 s", kill + installing("newer.toml", 'at_power = "1 s"'))

    assert ran.refused == [(INSTALL, "no_host")]


def test_a_line_that_is_dead_ends_an_installation(
    run: Callable[..., Ran], changed: Callable[..., Path]
) -> None:
    changed("newer.toml", NEWER)
    cut = event('when = "state:idle"\nafter = "200 ms"', "link.unplug")
    mend = event('when = "event:link.unplug"\nafter = "6 s"', "link.replug")

    ran = run("3 s", installing("newer.toml") + cut + mend)

    assert ran.refused[0] == (INSTALL, "no_answer")
    assert ran.result["final"]["library_version"] == library.shipped().version
    assert ran.result["final"]["state"] == "infusing"


def raw(compiled: bytes, first_s: float, **changes: object) -> str:
    """The events of a host that judges nothing: every part, then the installation."""
    body = ""
    messages = [("library_part", part) for part in parts(compiled)]
    messages.append(("install_library", installation(compiled) | changes))
    for index, (command, fields) in enumerate(messages):
        words = {
            name: f'"{value.hex()}"' if isinstance(value, bytes) else value
            for name, value in fields.items()
        }
        when = f'at_power = "{first_s + index * 0.1:.1f} s"'
        body += event(when, "host.request", command=f'"{command}"', **words)
    return body


def test_a_host_that_judges_nothing_is_refused_by_the_pump(
    run: Callable[..., Ran], changed: Callable[..., Path]
) -> None:
    """Bytes are hexadecimal in the file; sound parts are taken, so that it is not they."""
    older = library.load(changed("older.toml", ('version = "0.3.0"', 'version = "0.2.9"')))
    newer = library.load(changed("newer.toml", NEWER))
    spoilt = library.compile_library(newer).replace(b"mood-clinic", b"mood-clinik")
    head = 'schema = 1\nseed = 1\nruntime = "cpython"\n[operator]\nauto = false\n'
    body = (
        raw(library.compile_library(older), 3)
        + raw(spoilt, 13)
        + raw(library.compile_library(newer), 23, size_bytes=5)
        + raw(library.compile_library(newer), 33)
        + event('at_power = "43 s"', "host.request", command='"hello"')
    )

    ran = run("44 s", body, head)

    assert ran.refused == [
        ("host.request", "library_version"),
        ("host.request", "library_invalid"),
        ("host.request", "library_part"),
    ]
    assert ran.result["final"]["library_version"] == "0.4.0"


@pytest.mark.requirement("KET-08")
def test_the_host_s_clock_moves_nothing_on_the_pump(run: Callable[..., Ran]) -> None:
    """The same bytes come out of the pump, whatever the host takes for the time."""
    clock = event('at_power = "0 s"', "host.set_clock", offset_s=400 * DAY_S)

    told, ahead = run("4 s"), run("4 s", clock)

    assert ahead.text == told.text
    assert ahead.refused == told.refused == []


@pytest.mark.requirement("KET-08")
@pytest.mark.parametrize(
    ("chip_days", "host_days", "refused"),
    [
        (0, 1_200, [("host.stage", "expired")]),
        (1_200, -1_200, [("host.stage", "library_expired")]),
        (1_200, 0, [("host.stage", "expired")]),
        (0, -1_200, []),
    ],
)
def test_each_goes_by_its_own_clock(
    run: Callable[..., Ran], chip_days: int, host_days: int, refused: list[tuple[str, str]]
) -> None:
    """The true time is the clock chip's; a host that is wrong opens nothing at the pump."""
    plant = f"[plant]\nclock_chip_unix_s = {1_767_603_600 + chip_days * DAY_S}\n"
    clock = event('at_power = "0 s"', "host.set_clock", offset_s=host_days * DAY_S)
    hands_off = "[operator]\nauto = false\n"

    ran = run("4 s", clock, AUTO + plant + hands_off)

    assert [one for one in ran.refused if one[0] == "host.stage"] == refused
    assert (ran.result["final"]["state"] == "staged") == (refused == [])


def test_a_library_past_its_last_day_by_the_host_s_clock_is_not_sent(
    run: Callable[..., Ran], changed: Callable[..., Path]
) -> None:
    changed("newer.toml", NEWER)
    clock = event('at_power = "0 s"', "host.set_clock", offset_s=1_200 * DAY_S)
    mend = event('at_power = "1 s"', "host.set_clock", offset_s=0)

    ran = run("3 s", clock + installing("newer.toml") + mend)

    assert ran.refused == [(INSTALL, "expired")]
    assert ran.result["final"]["library_version"] == library.shipped().version


def test_a_scenario_with_a_library_is_read_from_any_folder(
    read: Read, changed: Callable[..., Path]
) -> None:
    changed("newer.toml", NEWER)
    scenario = read(installing("newer.toml"))

    assert list(scenario.libraries) == ["newer.toml"]
    assert run_scenario(file.load(scenario.path)).refused == []
