"""The lines of the pump's own display: figures against exact arithmetic, and every alarm."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumpcore import alarms, interlock
from pumpcore.panel import PRESENCE_ASKED
from pumpcore.programme import Order, Programme
from pumpcore.report import MOTION_OVERRIDDEN
from pumpcore.screen import LINES, WIDTH, Screen
from pumpcore.tick_io import Outputs

WARNING = "NOT FOR USE ON PEOPLE: bench and research equipment"
KETAMINE = "ketamine"


def adopted(**changes: object) -> Screen:
    """A screen with an order of 17.5 mL at 26.25 mL/h."""
    order = SimpleNamespace(concentration_ng_per_ml=changes.pop("concentration", 2_000_000))
    drug = changes.pop("drug", KETAMINE)
    programme = Programme()
    programme.volume_nl = 17_500_000
    programme.rate_ul_per_h = 26_250
    programme.femtolitres_per_microstep = 173_611_111
    for name, value in changes.items():
        setattr(programme, name, value)
    screen = Screen("Evenflow 1.2.3", WARNING)
    assert isinstance(order, SimpleNamespace | Order)
    screen.adopt(order, programme, drug)
    return screen


def outputs(**values: object) -> Outputs:
    made = Outputs()
    made.programme_number = 1
    made.state = interlock.INFUSING
    for name, value in values.items():
        setattr(made, name, value)
    return made


def lines(screen: Screen, of: Outputs, infused_s: int = 0) -> list[str]:
    """All eight, without blanks at their ends."""
    found = []
    for number in range(LINES):
        screen.write(number, of, infused_s)
        assert len(screen.line) == WIDTH
        found.append(screen.line.decode().rstrip())
    return found


@pytest.mark.requirement("LIB-14", "LIB-07")
def test_an_infusion_shows_state_time_drug_rate_and_volumes() -> None:
    of = outputs(commanded_ul_per_h=26_250, delivered_microsteps=25_200)

    assert lines(adopted(), of, 3_723) == [
        "infusing      1:02:03",
        "ketamine 2 mg/mL",
        "           26.25 mL/h",
        # 25,200 x 173,611,111 fL are 4,374,999 nL.
        "given        4.375 mL",
        "left        13.125 mL",
        "",
        "",
        "",
    ]


@pytest.mark.requirement("LIB-14", "PRC-06")
@pytest.mark.parametrize("state", [interlock.BOOT, interlock.IDLE, interlock.FAULT])
def test_without_a_programme_it_says_what_it_is_and_no_figure(state: int) -> None:
    of = outputs(programme_number=0, state=state, delivered_microsteps=77)

    assert lines(adopted(), of, 100)[:5] == [
        interlock.STATES[state],
        "Evenflow 1.2.3",
        "NOT FOR USE ON",
        "PEOPLE: bench and",
        "research equipment",
    ]


@pytest.mark.requirement("LIB-14")
@pytest.mark.parametrize(
    ("state", "rows", "shown"),
    [
        (interlock.STAGED, (), "       set 26.25 mL/h"),
        (interlock.CONFIRMED, ((1, 1, 1),), "       max 26.25 mL/h"),
        (interlock.INFUSING, (), "            0.00 mL/h"),
        (interlock.HELD, (), "            0.00 mL/h"),
    ],
)
def test_before_start_the_rate_is_that_of_the_order_and_then_what_is_commanded(
    state: int, rows: tuple, shown: str
) -> None:
    assert lines(adopted(rows=rows), outputs(state=state))[2] == shown


@pytest.mark.requirement("LIB-14")
def test_what_is_drawn_back_is_said_to_go_back() -> None:
    of = outputs(state=interlock.HELD, commanded_ul_per_h=100_000, is_forward=False)

    assert lines(adopted(), of)[2] == "     back 100.00 mL/h"


@pytest.mark.requirement("FLO-12")
@pytest.mark.parametrize(
    ("rate_ul_per_h", "shown"),
    [(1, "0.001"), (10, "0.01"), (26_254, "26.254"), (500_000, "500.00"), (1_200_000, "1200.00")],
)
def test_a_rate_has_every_digit_that_it_has(rate_ul_per_h: int, shown: str) -> None:
    of = outputs(commanded_ul_per_h=rate_ul_per_h)

    assert lines(adopted(), of)[2].split()[0] == shown


@pytest.mark.parametrize(
    ("drug", "ng_per_ml", "drug_line", "rate_line"),
    [
        ("", 0, "no drug: bench", "26.25 mL/h"),
        ("esketamine", 5_000_000, "esketamine 5 mg/mL", "26.25 mL/h"),
        ("ketamine (racemic)", 500_000, "ketamine (racemic)", "0.5 mg/mL  26.25 mL/h"),
        ("a name of 21 letters!", 1, "a name of 21 letters!", "26.25 mL/h"),
        ("a name of 22 letters!!", 50_000, "a name of 22 letters~", "0.05 mg/mL 26.25 mL/h"),
        ("x" * 32, 1_000_000_000, "x" * 20 + "~", "1000 mg/mL 26.25 mL/h"),
    ],
)
def test_name_and_concentration_have_their_places(
    drug: str, ng_per_ml: int, drug_line: str, rate_line: str
) -> None:
    screen = adopted(drug=drug, concentration=ng_per_ml)
    found = lines(screen, outputs(commanded_ul_per_h=26_250))

    assert (found[1], found[2].strip()) == (drug_line, rate_line)


def shown_ml(volume_nl: int) -> str:
    """As the host rounds it, away from ties, which floating point has no such thing as."""
    return f"{(volume_nl + 500) // 1_000 / 1_000:.3f}"


@pytest.mark.requirement("LIB-14", "LIB-18", "FLO-11")
@given(
    st.lists(st.integers(0, 300_000), min_size=1, max_size=8),
    st.integers(1, 3_000_000_000),
    st.integers(0, 50_000_000),
)
def test_volumes_are_those_of_the_whole_microsteps_whatever_the_way_to_them(
    counts: list[int], femtolitres: int, volume_nl: int
) -> None:
    screen = adopted(femtolitres_per_microstep=femtolitres, volume_nl=volume_nl)
    for count in counts:
        if count * femtolitres > 60_000_000 * 1_000_000:
            continue
        found = lines(screen, outputs(delivered_microsteps=count))

        given_nl = count * femtolitres // 1_000_000
        assert found[3].split() == ["given", shown_ml(given_nl), "mL"]
        assert found[4].split() == ["left", shown_ml(max(volume_nl - given_nl, 0)), "mL"]


def test_a_new_order_begins_at_nothing() -> None:
    screen = adopted()
    lines(screen, outputs(delivered_microsteps=25_200))
    order = SimpleNamespace(concentration_ng_per_ml=0)
    programme = Programme()
    programme.volume_nl = 1_000_000
    programme.femtolitres_per_microstep = 1_000_000
    screen.adopt(order, programme, "")

    assert lines(screen, outputs(delivered_microsteps=0))[3:5] == [
        "given        0.000 mL",
        "left         1.000 mL",
    ]


def bits(*names: str) -> dict[str, int]:
    words = [0, 0]
    for name in names:
        word, bit = divmod(alarms.by_name(name).ident, alarms.IDENTS_PER_WORD)
        words[word] |= 1 << bit
    return {"alarms_low": words[0], "alarms_high": words[1]}


@pytest.mark.requirement("ALM-11")
@pytest.mark.parametrize("alarm", alarms.ALARMS, ids=lambda alarm: alarm.name)
def test_the_whole_text_of_every_alarm_is_there_and_a_count_beside_it(alarm: object) -> None:
    found = lines(adopted(), outputs(**bits(alarm.name)))

    assert " ".join(line for line in found[5:] if line) == alarm.message
    other = "occlusion_downstream" if alarm.name != "occlusion_downstream" else "free_flow"
    last = lines(adopted(), outputs(**bits(alarm.name, other, "near_end")))[7]
    # One of them is `near_end` itself.
    assert last.endswith("+2" if alarm.name != "near_end" else "+1")


@pytest.mark.requirement("ALM-11")
@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("near_end", "link_lost", "barrel_open"), "Barrel clamp open"),
        (("barrel_open", "mains_lost", "near_end"), "Barrel clamp open"),
        (("pressure_rising", "mains_lost"), "On battery"),
        (("expander_lost", "supply_dip"), "Air detector, light"),
    ],
)
def test_of_several_alarms_the_highest_is_shown(names: tuple[str, ...], text: str) -> None:
    found = lines(adopted(), outputs(**bits(*names)))

    assert found[5] == text
    assert found[7].endswith(f"+{len(names) - 1}")


def test_an_alarm_that_is_over_leaves_its_lines_empty() -> None:
    screen = adopted()
    lines(screen, outputs(**bits("barrel_open")))

    assert lines(screen, outputs())[5:] == ["", "", ""]


@pytest.mark.requirement("LIB-02")
def test_a_soft_limit_that_was_overridden_stays_visible() -> None:
    assert lines(adopted(), outputs(motion=MOTION_OVERRIDDEN))[5] == "soft limit overridden"


@pytest.mark.requirement("KET-09")
def test_it_asks_whether_somebody_is_there_beside_a_soft_limit_that_was_overridden() -> None:
    of = outputs(checklist=PRESENCE_ASKED, motion=MOTION_OVERRIDDEN)

    assert lines(adopted(), of)[5:] == ["soft limit overridden", "CHECK if you are here", ""]


def test_a_word_longer_than_a_line_is_broken() -> None:
    screen = Screen("", "x" * 30)

    assert lines(screen, outputs(programme_number=0))[2:4] == ["x" * 21, "x" * 8]
