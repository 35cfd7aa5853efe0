"""Steps over the wire: one a message, in order, of one programme, or refused by name."""

import pytest
from app.link_host import LinkHost as Host

from pumpcore.schedule import MAX_STEPS

pytestmark = pytest.mark.requirement("DES-07", "FLO-14")

ML = 1_000_000
ROWS = ((120_000, 120_000, ML), (120_000, 30_000, ML), (30_000, 30_000, 2 * ML))
STAGE = {"programme_number": 5, "syringe": 7, "fill_nl": 20 * ML}


def send(host: Host, index: int, row: tuple[int, int, int], number: int = 5) -> str:
    """Send one step; the refusal's name."""
    names = ("rate_ul_per_h", "to_rate_ul_per_h", "volume_nl")
    fields = dict(zip(names, row, strict=True))
    return host.refusal("stage_step", programme_number=number, index=index, **fields)


def told() -> Host:
    """A pump that was told all three steps of programme 5."""
    host = Host()
    assert [send(host, index, row) for index, row in enumerate(ROWS)] == ["none"] * 3
    return host


def test_steps_are_staged_with_what_they_come_to() -> None:
    host = told()
    name, staged = host.ask("stage", **STAGE, step_count=3)

    assert name == "staged"
    assert staged["volume_nl"] == 4 * ML
    assert staged["rate_ul_per_h"] == 120_000
    assert host.bench.kernel.programme.rows == ROWS
    assert host.ask("stage", **STAGE, step_count=3) == (name, staged)


def test_the_same_step_again_changes_nothing() -> None:
    """An answer was lost, and the command comes again."""
    host = told()
    assert [send(host, index, row) for index, row in enumerate(ROWS)] == ["none"] * 3
    assert send(host, 2, ROWS[2]) == "none"

    assert host.ask("stage", **STAGE, step_count=3)[0] == "staged"


@pytest.mark.parametrize("count", [1, 2, 4, 255])
def test_a_step_too_few_or_too_many_is_refused(count: int) -> None:
    host = told()

    assert host.refusal("stage", **STAGE, step_count=count) == "step_missing"


def test_steps_that_were_never_told_are_missed() -> None:
    assert Host().refusal("stage", **STAGE, step_count=1) == "step_missing"


def test_steps_of_another_programme_are_refused() -> None:
    host = told()
    assert send(host, 1, ROWS[1], number=6) == "step_number"

    assert host.refusal("stage", **{**STAGE, "programme_number": 6}, step_count=3) == "step_number"


@pytest.mark.parametrize(("index", "row"), [(4, ROWS[0]), (1, ROWS[2]), (7, ROWS[0])])
def test_a_step_out_of_order_is_refused_and_the_others_stay(
    index: int, row: tuple[int, int, int]
) -> None:
    host = told()
    assert send(host, index, row) == "step_order"

    assert host.ask("stage", **STAGE, step_count=3)[0] == "staged"


def test_a_ninth_step_is_refused() -> None:
    assert send(Host(), MAX_STEPS, ROWS[0]) == "step_count"


def test_index_0_begins_anew() -> None:
    host = told()
    assert send(host, 0, ROWS[2]) == "none"

    _, staged = host.ask("stage", **STAGE, step_count=1)
    assert staged["volume_nl"] == 2 * ML


def test_a_shorter_programme_that_begins_alike_is_told_anew() -> None:
    """Of the same number: what was told after its last step is gone."""
    host = told()
    assert [send(host, index, row) for index, row in enumerate(ROWS[:2])] == ["none"] * 2
    assert host.ask("stage", **STAGE, step_count=2)[0] == "staged"
    assert send(host, 0, ROWS[0]) == "none"
    assert send(host, 1, ROWS[2]) == "none"

    assert host.bench.kernel.programme.rows == ROWS[:2]
    assert host.ask("stage", **STAGE, step_count=2)[0] == "staged"
    assert host.bench.kernel.programme.rows == (ROWS[0], ROWS[2])


def test_a_single_rate_does_not_use_what_steps_were_told_before() -> None:
    host = told()
    _, staged = host.ask("stage", **STAGE, rate_ul_per_h=5_000, volume_nl=ML)

    assert staged["volume_nl"] == ML
    assert host.bench.kernel.programme.rows == ()
