"""A scenario file is read strictly: every mistake has its place, its reason and its remedy."""

from collections.abc import Callable
from pathlib import Path

import pytest

from evenflow.errors import NeedsOverride, Problem, Refused, WrongUsage
from evenflow.scenario import file
from evenflow.scenario.file import Scenario

pytestmark = pytest.mark.requirement("DES-09")

HEAD = 'schema = 1\nuntil = "20 s"\norder = "ketamine-70kg.toml"\n'
EVENT = '[[event]]\nat = "5 s"\ndo = "plant.occlude"\n'


def problems_of(read: Callable[..., Scenario], body: str, head: str = HEAD) -> list[Problem]:
    with pytest.raises(Refused) as caught:
        read(body, head)
    assert "one.toml" in caught.value.reason
    return list(caught.value.problems)


def test_what_is_left_out_has_its_documented_default(read: Callable[..., Scenario]) -> None:
    scenario = read("", HEAD)

    assert (scenario.title, scenario.seed, scenario.board) == ("one", 0, "pico")
    assert (scenario.is_auto, scenario.answers, scenario.until_us) == (True, True, 20_000_000)
    assert (scenario.events, scenario.expectations) == ((), ())


def test_the_plant_has_what_the_order_says_unless_the_file_says_otherwise(
    read: Callable[..., Scenario],
) -> None:
    assert (read("").plant.syringe, read("").plant.fill_ml) == ("bd-plastipak-50", 20.0)

    other = read('[plant]\nsyringe = "bd-plastipak-20"\nfill_ml = 12\nback_pressure_mmhg = -100\n')
    assert (other.plant.syringe, other.plant.fill_ml) == ("bd-plastipak-20", 12.0)
    assert (other.plant.back_pressure_mmhg, other.plant.compliance_l_per_pa) == (-100.0, 1.5e-8)


def test_an_event_keeps_its_time_and_its_arguments(read: Callable[..., Scenario]) -> None:
    events = read(
        '[[event]]\nat = "1:00"\ndo = "plant.back_pressure"\nmmhg = 50\n'
        '[[event]]\nat_power = "2 s"\ndo = "operator.press"\nbutton = "stop"\n'
        '[[event]]\nwhen = "event:plant.back_pressure"\nafter = "60 s"\nevery = true\n'
        'do = "plant.occlude"\n',
        'schema = 1\nuntil = "2 min"\norder = "ketamine-70kg.toml"\n',
    ).events

    assert [event.at_us for event in events] == [60_000_000, None, None]
    assert [event.at_power_us for event in events] == [None, 2_000_000, None]
    assert [event.after_us for event in events] == [0, 0, 60_000_000]
    assert [event.is_repeated for event in events] == [False, False, True]
    assert events[0].arguments.values == {"mmhg": 50}
    assert events[1].arguments.values == {"button": "stop", "bounce_ms": 0}
    assert str(events[2].condition) == "event:plant.back_pressure"


def test_an_order_may_stand_in_the_file_itself(read: Callable[..., Scenario]) -> None:
    scenario = read(
        '[order]\nschema = 1\n[order.therapy]\ncare_area = "bench"\nrate = "5 mL/h"\n'
        'volume = "5 mL"\n[order.syringe]\nmodel = "bd-plastipak-10"\nfill = "8 mL"\n',
        'schema = 1\nuntil = "20 s"\n',
    )

    assert scenario.plan is not None
    assert scenario.plan.order.is_bench
    assert scenario.plant.syringe == "bd-plastipak-10"


def test_without_an_order_nothing_is_staged(read: Callable[..., Scenario]) -> None:
    assert read("", 'schema = 1\nuntil = "20 s"\n').plan is None


@pytest.mark.parametrize(
    ("body", "where", "code"),
    [
        ("sed = 7\n", "sed", "unknown_key"),
        ("seed = -1\n", "seed", "wrong_type"),
        ("seed = true\n", "seed", "wrong_type"),
        ("title = 3\n", "title", "wrong_type"),
        ('board = "pica"\n', "board", "unknown_board"),
        ('runtime = "pypy"\n', "runtime", "unknown_runtime"),
        ("[operator]\nautomatic = true\n", "operator.automatic", "unknown_key"),
        ("[operator]\nauto = 1\n", "operator.auto", "wrong_type"),
        ("operator = 1\n", "operator", "wrong_type"),
        ("plant = 1\n", "plant", "wrong_type"),
        ("[plant]\nfoo = 1\n", "plant.foo", "unknown_key"),
        ("[plant]\nforce_noise_n = nan\n", "plant.force_noise_n", "not_finite"),
        ("[plant]\nforce_noise_n = -0.1\n", "plant.force_noise_n", "negative"),
        ("[plant]\ncompliance_l_per_pa = 0\n", "plant.compliance_l_per_pa", "zero"),
        ('[plant]\nfill_ml = "20 mL"\n', "plant.fill_ml", "wrong_type"),
        ("[plant]\nfill_ml = 70.0\n", "plant.fill_ml", "fill_range"),
        ("[plant]\nplunger_seated = 1\n", "plant.plunger_seated", "wrong_type"),
        ("[plant]\nprimed = 1\n", "plant.primed", "wrong_type"),
        ('[plant]\nsyringe = "bd-50"\n', "plant.syringe", "unknown_syringe"),
        ("event = 1\n", "event", "wrong_type"),
        ("event = [1]\n", "event 1", "wrong_type"),
        ('[[event]]\nat = "5 s"\n', "event 1", "missing"),
        (
            '[[event]]\nat = "5 s"\ndo = "plant.oclude"\n',
            "event 1 (plant.oclude)",
            "unknown_stimulus",
        ),
        ('[[event]]\ndo = "plant.occlude"\n', "event 1 (plant.occlude)", "one_time"),
        (EVENT + 'at_power = "1 s"\n', "event 1 (plant.occlude)", "one_time"),
        (EVENT + 'after = "1 s"\n', "event 1 (plant.occlude)", "needs_when"),
        (EVENT + "every = true\n", "event 1 (plant.occlude)", "needs_when"),
        (EVENT + 'when = "state:infusing"\n', "event 1 (plant.occlude)", "one_time"),
        (EVENT + "mmhg = 1\n", "event 1 (plant.occlude)", "unknown_argument"),
        (
            '[[event]]\nat = "-5 s"\ndo = "plant.occlude"\n',
            "event 1 (plant.occlude): at",
            "negative_time",
        ),
        (
            '[[event]]\nat = "21 s"\ndo = "plant.occlude"\n',
            "event 1 (plant.occlude)",
            "never_comes",
        ),
    ],
)
def test_a_mistake_is_refused_at_its_place(
    read: Callable[..., Scenario], body: str, where: str, code: str
) -> None:
    found = problems_of(read, body)

    assert [(problem.where, problem.code) for problem in found] == [(where, code)]
    assert found[0].hint


@pytest.mark.parametrize(
    ("head", "where", "code"),
    [
        ('until = "20 s"\n', "schema", "missing"),
        ('schema = 2\nuntil = "20 s"\n', "schema", "wrong_schema"),
        ('schema = 1.0\nuntil = "20 s"\n', "schema", "wrong_schema"),
        ("schema = 1\n", "until", "missing"),
        ('schema = 1\nuntil = "0 s"\n', "until", "zero"),
        ("schema = 1\nuntil = 20\n", "until", "unit_missing"),
        ('schema = 1\nuntil = "20 s"\norder = 3\n', "order", "wrong_type"),
        ('schema = 1\nuntil = "20 s"\norder = "none.toml"\n', "order", "no_file"),
        ('schema = 1\nuntil = "20 s"\n[order]\nschema = 1\n', "order: therapy", "missing"),
    ],
)
def test_a_mistake_in_the_head_is_refused_at_its_place(
    read: Callable[..., Scenario], head: str, where: str, code: str
) -> None:
    assert (where, code) in [
        (problem.where, problem.code) for problem in problems_of(read, "", head)
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("", "argument_missing"),
        ('mmhg = "100"\n', "argument_type"),
        ("mmhg = true\n", "argument_type"),
        ("mmhg = inf\n", "argument_type"),
        ("mmhg = 2000\n", "argument_range"),
    ],
)
def test_a_wrong_argument_is_refused(
    read: Callable[..., Scenario], arguments: str, code: str
) -> None:
    found = problems_of(read, f'[[event]]\nat = "1 s"\ndo = "plant.back_pressure"\n{arguments}')

    assert [(problem.where, problem.code) for problem in found] == [
        ("event 1 (plant.back_pressure)", code)
    ]


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("alarm", "no_condition"),
        ("alarms:motor_stall", "no_condition"),
        ("alarm:motor_stal", "unknown_alarm"),
        ("state:running", "unknown_state"),
        ("volume_ml:ten", "no_condition"),
        ("volume_ml:-1", "no_condition"),
        ("event:plant.oclude", "unknown_stimulus"),
    ],
)
def test_what_is_no_condition_is_refused(
    read: Callable[..., Scenario], when: str, code: str
) -> None:
    found = problems_of(read, f'[[event]]\nwhen = "{when}"\ndo = "plant.occlude"\n')

    assert [problem.code for problem in found] == [code]


def test_an_event_that_no_event_makes_is_never_waited_for(read: Callable[..., Scenario]) -> None:
    loop = (
        '[[event]]\nwhen = "event:plant.stall"\ndo = "plant.occlude"\n'
        '[[event]]\nwhen = "event:plant.occlude"\ndo = "plant.stall"\n'
    )

    found = problems_of(read, loop)

    assert [(problem.where, problem.code) for problem in found] == [
        ("event 1 (plant.occlude)", "never_comes"),
        ("event 2 (plant.stall)", "never_comes"),
    ]
    assert len(read(loop + '[[event]]\nat = "1 s"\ndo = "plant.stall"\n').events) == 3


def test_what_the_automatic_operator_does_may_be_waited_for(
    read: Callable[..., Scenario],
) -> None:
    waiting = '[[event]]\nwhen = "event:operator.start"\ndo = "plant.occlude"\n'

    assert len(read(waiting).events) == 1
    found = problems_of(read, waiting + "[operator]\nauto = false\n")
    assert [problem.code for problem in found] == ["never_comes"]


def test_a_stimulus_without_its_part_of_the_emulator_says_so_by_name(
    read: Callable[..., Scenario],
) -> None:
    found = problems_of(read, '[[event]]\nat = "1 s"\ndo = "monitor.hang"\n')

    assert [problem.code for problem in found] == ["not_emulated"]
    assert "monitor.hang" in found[0].reason


def test_the_ticks_are_preset_only_as_the_power_comes_on(read: Callable[..., Scenario]) -> None:
    late = '[[event]]\nat_power = "1 s"\ndo = "controller.preset_ticks"\nms_before_wrap = 1000\n'

    assert [problem.code for problem in problems_of(read, late)] == ["power_on_only"]
    assert len(read(late.replace("1 s", "0 s")).events) == 1


def test_all_problems_are_said_at_once(read: Callable[..., Scenario]) -> None:
    found = problems_of(read, "sed = 7\n" + EVENT + 'at_power = "1 s"\n[[event]]\ndo = 3\n')

    assert [problem.where for problem in found] == [
        "sed",
        "event 1 (plant.occlude)",
        "event 2",
        "event 2",
    ]


def test_an_order_beyond_soft_limits_needs_somebody_who_overrides(
    read: Callable[..., Scenario], folder: Path
) -> None:
    order = folder / "ketamine-70kg.toml"
    text = order.read_text(encoding="utf-8")
    text = text.replace('"0.5 mg/kg"', '"0.6 mg/kg"').replace('"20 mL"', '"23 mL"')
    order.write_text(text, encoding="utf-8")

    with pytest.raises(NeedsOverride):
        read("")
    overridden = read('[[event]]\nat_power = "3 s"\ndo = "operator.override"\nreason = "trial"\n')
    assert overridden.plan is not None
    assert overridden.plan.override == "trial"


def test_an_order_beyond_hard_limits_is_refused_with_the_order_s_own_words(
    read: Callable[..., Scenario], folder: Path
) -> None:
    order = folder / "ketamine-70kg.toml"
    text = order.read_text(encoding="utf-8")
    order.write_text(text.replace('"0.5 mg/kg"', '"5 mg/kg"'), encoding="utf-8")

    assert all(problem.where.startswith("order") for problem in problems_of(read, ""))


def test_submitted_orders_and_requested_fields_are_checked(read: Callable[..., Scenario]) -> None:
    submit = '[[event]]\nat_power = "3 s"\ndo = "host.submit"\norder = "none.toml"\n'
    request = '[[event]]\nat = "3 s"\ndo = "host.request"\ncommand = "confirm"\n'

    assert [one.code for one in problems_of(read, submit)] == ["no_file"]
    assert [one.code for one in problems_of(read, request + "foo = 1\n")] == ["unknown_argument"]
    assert [one.code for one in problems_of(read, request + 'digest = "00"\n')] == [
        "argument_type"
    ]
    assert len(read(request + "programme_number = 9\n").events) == 1


@pytest.mark.parametrize(
    ("raw", "code"),
    [(b"\xff", "not_toml"), (b"schema = ", "not_toml"), (b" " * 1_000_001, "too_long")],
)
def test_what_is_no_toml_is_refused(tmp_path: Path, raw: bytes, code: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(raw)

    with pytest.raises(Refused) as caught:
        file.load(path)
    assert caught.value.code == code


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage) as caught:
        file.load(tmp_path / "none.toml")
    assert caught.value.code == "no_file"
