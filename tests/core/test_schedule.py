"""Rates of a programme of steps: where each begins and ends, and how true a ramp is."""

from fractions import Fraction
from itertools import pairwise

import pytest
from core import ketamine, pico
from core.pump_bench import bench_order
from hypothesis import given
from hypothesis import strategies as st

from pumpcore import limits, schedule, units
from pumpcore.library import Library
from pumpcore.programme import Order, Programme, Refused, derive
from pumpcore.schedule import MAX_STEPS, Schedule

pytestmark = pytest.mark.requirement("FLO-01", "FLO-07")

FL = 174_969_530
ML = units.NL_PER_ML
Row = tuple[int, int, int]
RATES = st.integers(limits.MIN_RATE_UL_PER_H, limits.MAX_RATE_UL_PER_H)
ROWS = st.lists(
    st.tuples(RATES, RATES, st.integers(limits.MIN_VOLUME_NL, 5 * ML)), min_size=1, max_size=8
)


def programme_of(rows: list[Row] | tuple[Row, ...]) -> Programme:
    """What an order of these steps comes to in the 50 mL syringe."""
    programme = Programme()
    programme.rows = tuple(rows)
    programme.volume_nl = schedule.total_volume_nl(programme.rows)
    programme.rate_ul_per_h = schedule.highest_rate_ul_per_h(programme.rows)
    programme.femtolitres_per_microstep = FL
    programme.microsteps = programme.volume_nl * units.FL_PER_NL // FL
    programme.near_end_ms = limits.NEAR_END_MS
    return programme


def walked(programme: Programme) -> list[tuple[int, int]]:
    """(rate, where it ends) from the beginning to the end."""
    reader = Schedule()
    reader.begin(programme, 0)
    pieces = [(reader.rate_ul_per_h, reader.end_steps)]
    while reader.end_steps < programme.microsteps:
        reader.advance(reader.end_steps)
        pieces.append((reader.rate_ul_per_h, reader.end_steps))
    return pieces


@given(ROWS, st.floats(0, 1, exclude_max=True))
def test_the_rates_follow_each_other_to_the_last_microstep(rows: list[Row], part: float) -> None:
    programme = programme_of(rows)
    pieces = walked(programme)
    ends = [0, *(end for _, end in pieces)]
    at_steps = int(part * programme.microsteps)
    reader = Schedule()
    reader.begin(programme, at_steps)

    assert all(one < other for one, other in pairwise(ends))
    assert ends[-1] == programme.microsteps
    assert (reader.rate_ul_per_h, reader.end_steps) == next(
        piece for piece in pieces if piece[1] > at_steps
    )
    highest = schedule.highest_rate_ul_per_h(programme.rows)
    assert all(limits.MIN_RATE_UL_PER_H <= rate <= highest for rate, _ in pieces)


@given(ROWS)
def test_each_step_ends_at_its_own_volume(rows: list[Row]) -> None:
    """To the microstep, floored from the exact sum, so that no error adds up."""
    ends = {end for _, end in walked(programme_of(rows))}
    volume_nl = 0
    for row in rows:
        volume_nl += row[2]

        assert volume_nl * units.FL_PER_NL // FL in ends


@pytest.mark.parametrize(
    ("rate", "to_rate", "seconds"),
    [
        (5_000, 1_200_000, 10),
        (1_200_000, 5_000, 10),
        (5_000, 1_200_000, 600),
        (60_000, 20_000, 180),
        (20_000, 20_100, 95),
        (30_000, 5_000, 3_600),
    ],
)
def test_a_ramp_is_true_to_a_hundredth_in_every_ten_seconds(
    rate: int, to_rate: int, seconds: int
) -> None:
    """A microstep more or less at both ends: nothing is finer than that."""
    volume_nl = (rate + to_rate) * seconds * 1_000 // (2 * 3_600)
    programme = programme_of([(rate, to_rate, volume_nl)])
    step_nl = FL / 1e6
    at_s = [0.0]
    done = 0
    for piece_rate, end in walked(programme):
        period_s = step_nl * 3.6 / piece_rate
        at_s += [at_s[-1] + period_s * (index + 1) for index in range(end - done)]
        done = end

    def ordered_nl(moment_s: float) -> float:
        slope = (to_rate - rate) / seconds
        return (rate * moment_s + slope * moment_s**2 / 2) / 3.6

    assert at_s[-1] == pytest.approx(seconds, rel=0.002, abs=0.3)
    index = 0
    for first, moment_s in enumerate(at_s):
        while index < len(at_s) and at_s[index] < moment_s + 10:
            index += 1
        if index == len(at_s):
            break
        given_nl = (index - first) * step_nl
        wanted_nl = ordered_nl(moment_s + 10) - ordered_nl(moment_s)

        assert abs(given_nl - wanted_nl) <= 0.01 * wanted_nl + 2 * step_nl


def test_a_single_rate_is_one_piece() -> None:
    programme = programme_of([(1, 1, 1)])
    programme.rows = ()
    programme.rate_ul_per_h = 26_250
    programme.microsteps = 1_000
    reader = Schedule()
    reader.begin(programme, 400)
    reader.advance(1_000)

    assert (reader.rate_ul_per_h, reader.end_steps) == (26_250, 1_000)


@given(ROWS)
def test_totals_are_those_of_fractions(rows: list[Row]) -> None:
    hours = sum(Fraction(2 * row[2], (row[0] + row[1]) * units.NL_PER_UL) for row in rows)

    assert Fraction(*schedule.exact_duration_ms(tuple(rows))) == hours * units.MS_PER_H


@pytest.mark.requirement("ALM-01")
@pytest.mark.parametrize(
    ("rows", "left_nl"),
    [
        ([(60_000, 60_000, 5 * ML), (20_000, 20_000, 5 * ML)], 1_000_000),
        ([(60_000, 60_000, 5 * ML), (20_000, 20_000, ML // 2)], 500_000 + 1_500_000),
        ([(60_000, 20_000, 40 * ML)], 1_050_000),
        ([(60_000, 60_000, ML)], 1_000_000 * 3),
    ],
)
def test_the_warning_comes_when_its_time_is_left(rows: list[Row], left_nl: int) -> None:
    """Three minutes before the end, whichever rates are due until then."""
    left = schedule.near_end_steps(programme_of(rows)) * FL / units.FL_PER_NL

    assert left == pytest.approx(left_nl, rel=0.002)


# ---- what the pump accepts


def stepped(*rows: Row, **changes: object) -> Order:
    """A bench order of these steps."""
    order = bench_order(0, 0, 30 * ML)
    order.rows = rows
    order.step_count = len(rows)
    for name, value in changes.items():
        assert hasattr(order, name)
        setattr(order, name, value)
    return order


def drug(*rows: Row) -> Order:
    """Steps of ketamine at 2 mg/mL for 70 kg."""
    order = ketamine.order()
    order.dose_form = 0
    order.dose_value = 0
    order.duration_ms = 0
    order.rows = rows
    order.step_count = len(rows)
    return order


LOADING = (30_000, 30_000, 5 * ML)
TAPER = (20_000, 5_000, 5 * ML)


def test_steps_are_added_up() -> None:
    programme = derive(stepped(LOADING, TAPER), pico.profile(), Library())

    assert programme.volume_nl == 10 * ML
    assert programme.rate_ul_per_h == 30_000
    assert programme.rows == (LOADING, TAPER)
    assert programme.microsteps == 10 * ML * units.FL_PER_NL // FL


def test_the_digest_covers_every_figure_of_every_step() -> None:
    base = derive(stepped(LOADING, TAPER), pico.profile(), Library()).digest
    for row in range(2):
        for column in range(3):
            rows = [list(LOADING), list(TAPER)]
            rows[row][column] += 1
            other = stepped(*(tuple(one) for one in rows))

            assert derive(other, pico.profile(), Library()).digest != base
    assert derive(stepped(TAPER, LOADING), pico.profile(), Library()).digest != base


@pytest.mark.parametrize(
    ("name", "bound", "order"),
    [
        ("step_count", MAX_STEPS, stepped(*([LOADING] * (MAX_STEPS + 1)))),
        ("step_missing", 2, stepped(LOADING, step_count=2)),
        ("rate_range", 100, stepped((99, 100, ML))),
        ("rate_range", 1_200_000, stepped((100, 1_200_001, ML))),
        ("volume_range", 10_000, stepped(LOADING, (100, 100, 9_999))),
        ("volume_range", 60 * ML, stepped(*([(100_000, 100_000, 20 * ML)] * 4))),
        ("duration_hard", limits.MAX_DURATION_MS, stepped((100, 100, 13 * ML))),
        ("dose_form", 0, stepped(LOADING, rate_ul_per_h=1)),
        ("dose_form", 0, stepped(LOADING, volume_nl=1)),
        ("fill_short", 31 * ML, stepped((100_000, 100_000, 30 * ML))),
    ],
)
def test_what_the_pump_cannot_give_is_refused(name: str, bound: int, order: Order) -> None:
    with pytest.raises(Refused) as caught:
        derive(order, pico.profile(), Library())

    assert (caught.value.name, caught.value.bound) == (name, bound)


@pytest.mark.requirement("KET-05")
def test_an_entry_that_allows_no_steps_refuses_them() -> None:
    with pytest.raises(Refused) as caught:
        derive(drug(LOADING, TAPER), pico.profile(), ketamine.library())

    assert caught.value.name == "steps_not_permitted"


@pytest.mark.requirement("LIB-01", "KET-04")
def test_the_dose_rate_is_that_of_the_highest_step() -> None:
    """2 mg/mL and 70 kg: 1.5 mg/kg/h are 52.5 mL/h."""
    library = ketamine.library(steps=1)
    calm = (5_000, 5_000, 4 * ML)
    at_limit = derive(drug((52_500, 52_500, ML), calm), pico.profile(), library)
    with pytest.raises(Refused) as caught:
        derive(drug((100, 52_501, ML), calm), pico.profile(), library)

    assert at_limit.mass_ng == 10 * units.NG_PER_MG
    assert (caught.value.name, caught.value.bound) == ("dose_rate_hard", 1_500_000)


@pytest.mark.requirement("LIB-01")
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("dose_hard", ((5_000, 5_000, 3 * ML),)),
        ("duration_hard", ((30_000, 30_000, 10 * ML),)),
        ("mass_hard", ((35_000, 35_000, 17 * ML), (35_000, 35_000, ML))),
    ],
)
def test_limits_hold_for_the_whole_of_the_steps(name: str, rows: tuple[Row, ...]) -> None:
    library = ketamine.library(steps=1, mass_high_ng=35 * units.NG_PER_MG)
    with pytest.raises(Refused) as caught:
        derive(drug(*rows), pico.profile(), library)

    assert caught.value.name == name
