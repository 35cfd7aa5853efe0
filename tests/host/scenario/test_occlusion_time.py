"""How long a blocked line takes to alarm: C * (P - P0) / r, in SI units, from the plant's onset.

P is the threshold, P0 the pressure that the flow itself makes: back pressure and line resistance.
"""

from collections.abc import Callable

import pytest
from host.scenario.ran import Ran, event

PA_PER_MMHG = 133.322387415
RESISTANCE_PA_S_PER_L = 7e7
THRESHOLD_MMHG = 300.0
ONSET_S = 60.0
NOMINAL = "[plant]\nrunning_friction_n = 0\nbreak_away_friction_n = 0\nforce_noise_n = 0\n"
DEFAULT = "[plant]\n"


def due_s(ml_per_h: float, l_per_pa: float, back_mmhg: float) -> float:
    """The closed form."""
    l_per_s = ml_per_h / 3.6e6
    before_pa = back_mmhg * PA_PER_MMHG + l_per_s * RESISTANCE_PA_S_PER_L
    return l_per_pa * (THRESHOLD_MMHG * PA_PER_MMHG - before_pa) / l_per_s


def head(ml_per_h: float, until_s: float) -> str:
    """A bench order at that rate, and the careful person who starts it."""
    return f"""
until = "{until_s:.0f} s"
schema = 1
seed = 11
runtime = "cpython"
[order]
schema = 1
[order.therapy]
care_area = "bench"
rate = "{ml_per_h} mL/h"
volume = "18 mL"
[order.syringe]
model = "bd-plastipak-50"
fill = "20 mL"
[operator]
auto = true
"""


@pytest.mark.requirement("OCC-01", "OCC-02")
@pytest.mark.parametrize(
    ("plant", "within_s"), [(NOMINAL, 3.0), (DEFAULT, 12.0)], ids=["nominal", "default"]
)
@pytest.mark.parametrize(
    ("ml_per_h", "l_per_pa", "back_mmhg"),
    [(26.25, 1.5e-8, 0.0), (26.25, 0.9e-8, 100.0), (60.0, 2.1e-8, -100.0), (8.0, 0.9e-8, 150.0)],
)
def test_a_blocked_line_alarms_when_compliance_says(
    run_head: Callable[[str], Ran],
    plant: str,
    within_s: float,
    ml_per_h: float,
    l_per_pa: float,
    back_mmhg: float,
) -> None:
    expected_s = due_s(ml_per_h, l_per_pa, back_mmhg)
    # A small flow takes friction's share of the bound for longer: the bound is one of pressure.
    bound_s = within_s * 26.25 / ml_per_h * l_per_pa / 1.5e-8
    ran = run_head(
        head(ml_per_h, ONSET_S + expected_s + 2 * bound_s)
        + plant
        + f"compliance_l_per_pa = {l_per_pa}\nback_pressure_mmhg = {back_mmhg}\n"
        + event(f'at = "{ONSET_S} s"', "plant.occlude")
    )

    alarm = ran.alarm("occlusion_downstream")
    assert {row["id"] for row in ran.result["alarms"]} <= {alarm["id"], "pressure_rising"}
    onset_s = ran.result["t0_s"] + ONSET_S
    assert alarm["raised_t_s"] - onset_s == pytest.approx(expected_s, abs=max(bound_s, within_s))
