"""The battery at its bounds, and through whole discharges of the emulated cell."""

import pytest

from evenflow.emulator.plant.battery import Battery
from evenflow.emulator.plant.config import PlantConfig
from pumpcore.power import Power, energy_permille

CONFIG = PlantConfig()
FULL_W = CONFIG.idle_power_w + CONFIG.motor_power_w
WINDOW_S = 10
MIN_S = 60
LOW_MV = 3_539  # 150 permille
DEPLETED_MV = 3_200


def raw(mv: float) -> int:
    """A third of it, against 3.3 V, in whole codes of the converter, rounded up."""
    return -(-round(mv * 65_535) // 9_900)


def fed(
    mv: float, seconds: float = WINDOW_S, power: Power | None = None, *, mains: bool = True
) -> Power:
    """A voltage that stands for so long."""
    power = power or Power()
    for _ in range(round(seconds * 50)):
        power.tick(raw(mv), has_mains=mains, is_driving=False, elapsed_ms=20)
    return power


def assumed_min(power: Power) -> int:
    """Of a new cell at full load, until 3.2 V."""
    return 480 * (power.permille - 27) // 1_000


class Discharge:
    """The emulated cell under a constant load: a minute on mains, then down to the end."""

    def __init__(self, power_w: float = FULL_W, left: float = 1.0, charge: float = 1.0) -> None:
        """Of a cell of which so much is left."""
        self.cell = Battery(CONFIG.battery_ah, CONFIG.battery_ohm)
        self.cell.fade(left)
        self.cell.set_charge(charge)
        self.power = Power()
        self.power_w = power_w
        for _ in range(MIN_S):
            self.read(0, has_mains=True)

    def read(self, power_w: float, *, has_mains: bool = False) -> None:
        mv = self.cell.voltage_v(power_w) * 1_000
        is_driving = power_w > CONFIG.idle_power_w
        self.power.tick(raw(mv), has_mains=has_mains, is_driving=is_driving, elapsed_ms=1_000)

    def second(self) -> None:
        self.cell.discharge(self.power_w, 1)
        self.read(self.power_w)

    def history(self) -> list[tuple[int, int, bool, bool, bool]]:
        """Each second until it is exhausted: seconds left, minutes told, low, depleted, bad."""
        told = []
        while not self.cell.is_exhausted:
            self.second()
            power = self.power
            told.append((power.minutes_left, power.is_low, power.is_depleted, power.is_bad))
        return [(len(told) - at, *row) for at, row in enumerate(told, 1)]


@pytest.mark.requirement("PWR-05")
def test_a_voltage_that_falls_by_more_than_any_cell_sags_is_another_charge() -> None:
    """Not a bad cell; what is left is what the voltage says."""
    power = fed(4_100)
    fed(3_500, 10, power, mains=False)

    assert not power.is_bad
    assert power.permille == energy_permille(3_500 + 25)


@pytest.mark.requirement("PWR-05")
@pytest.mark.parametrize(
    ("mv", "permille"),
    [
        (0, 0),
        (3_000, 0),
        (3_350, 42),
        (3_480, 88),
        (3_570, 183),
        (3_610, 279),
        (3_650, 376),
        (3_780, 575),
        (3_960, 782),
        (4_180, 1_000),
        (4_400, 1_000),
    ],
)
def test_the_curve_goes_through_its_points(mv: int, permille: int) -> None:
    assert energy_permille(mv) == permille


@pytest.mark.requirement("PWR-05")
def test_the_curve_is_the_energy_of_the_cell() -> None:
    cell = Battery(1.0, 0.1)
    given = [0.0]
    volts = []
    for thousandth in range(1, 1_001):
        cell.set_charge(thousandth / 1_000)
        volts.append(cell.open_circuit_v)
        given.append(given[-1] + cell.open_circuit_v)
    for volt, energy in zip(volts, given[1:], strict=True):
        assert energy_permille(round(volt * 1_000)) == pytest.approx(
            1_000 * energy / given[-1], abs=15
        )


@pytest.mark.requirement("PWR-04")
def test_it_is_read_once_a_second_and_judged_every_ten() -> None:
    power = fed(3_800, 9.98)
    assert power.permille < 0
    power = fed(3_800, 0.02, power)
    assert power.permille == energy_permille(3_800)
    fed(3_600, 9.98, power)
    assert power.permille == energy_permille(3_800)
    fed(3_600, 0.02, power)
    assert power.permille == energy_permille(3_600)


@pytest.mark.requirement("PWR-04")
def test_a_converter_that_has_not_read_yet_is_no_empty_battery() -> None:
    power = fed(0, 60)

    assert power.permille < 0
    assert (power.is_low, power.is_depleted, power.is_bad) == (False, False, False)


@pytest.mark.requirement("PWR-04")
@pytest.mark.parametrize("spike_mv", [1, 9_900])
@pytest.mark.parametrize("at", range(WINDOW_S))
def test_a_spike_changes_no_mean(spike_mv: int, at: int) -> None:
    power = Power()
    for second in range(WINDOW_S):
        mv = spike_mv if second == at else 3_600
        power.tick(raw(mv), has_mains=False, is_driving=False, elapsed_ms=1_000)

    # A pump that found itself on battery assumes what a load takes off a new cell.
    assert power.permille == energy_permille(3_625)
    assert (power.is_low, power.is_depleted, power.is_bad) == (False, False, False)


@pytest.mark.requirement("PWR-04")
def test_the_mean_is_that_of_the_window() -> None:
    power = Power()
    for mv in (3_590, 3_592, 3_594, 3_596, 3_598, 3_602, 3_604, 3_606, 3_608, 3_610):
        power.tick(raw(mv), has_mains=True, is_driving=False, elapsed_ms=1_000)

    assert power.permille == energy_permille(3_600)


@pytest.mark.requirement("PWR-01")
def test_on_mains_it_is_low_below_15_percent_until_above_20() -> None:
    power = fed(LOW_MV)
    assert not power.is_low
    fed(LOW_MV - 1, power=power)
    assert power.is_low
    fed(3_577, power=power)
    assert power.is_low
    fed(3_578, power=power)
    assert not power.is_low


@pytest.mark.requirement("PWR-01")
def test_on_battery_it_stays_low_until_mains_is_back() -> None:
    power = fed(3_500, mains=False)
    assert power.is_low
    fed(4_000, 60, power, mains=False)
    assert power.is_low
    fed(4_000, power=power)
    assert not power.is_low


@pytest.mark.requirement("PWR-02")
def test_it_is_depleted_below_3200_mv_until_mains_is_back() -> None:
    power = fed(DEPLETED_MV, mains=False)
    assert not power.is_depleted
    fed(DEPLETED_MV - 2, power=power, mains=False)
    assert power.is_depleted
    fed(3_400, power=power, mains=False)
    assert power.is_depleted
    fed(3_100, power=power)
    assert not power.is_depleted


@pytest.mark.requirement("PWR-06")
def test_no_cell_is_found_at_power_on() -> None:
    assert fed(2_490).is_bad
    assert not fed(2_510).is_bad


@pytest.mark.requirement("PWR-06")
def test_a_cell_that_sags_by_more_than_80_mv_is_bad() -> None:
    assert not fed(3_722, power=fed(3_800), mains=False).is_bad
    assert fed(3_716, power=fed(3_800), mains=False).is_bad


@pytest.mark.requirement("PWR-05")
@pytest.mark.parametrize("power_w", [CONFIG.idle_power_w, 0.8, FULL_W, 1.5])
@pytest.mark.parametrize(("left", "least"), [(1.0, 0.85), (0.6, 0.85), (0.4, 0.75)])
def test_the_time_left_is_within_15_percent_once_3_percent_are_gone(
    power_w: float, left: float, least: float
) -> None:
    """Until it has to stop; in the last half hour, within five minutes. A bad cell is bad."""
    discharge = Discharge(power_w, left)
    history = discharge.history()
    stop_s = next(left_s for left_s, _, _, is_depleted, _ in history if is_depleted)
    known = [
        ((left_s - stop_s) / MIN_S, told_min)
        for left_s, told_min, *_ in history
        if stop_s < left_s < len(history) * 0.95
    ]
    assert len(known) > 2 * 3_600
    for left_min, told_min in known:
        assert (
            min(left_min * least, left_min - 5) <= told_min <= max(left_min * 1.15, left_min + 5)
        )


@pytest.mark.requirement("PWR-01", "PWR-02", "PWR-06")
@pytest.mark.parametrize("power_w", [CONFIG.idle_power_w, FULL_W, 1.5])
@pytest.mark.parametrize("left", [1.0, 0.6, 0.4, 0.25])
@pytest.mark.parametrize("charge", [1.0, 0.5])
def test_it_is_low_half_an_hour_before_delivery_stops(
    power_w: float, left: float, charge: float
) -> None:
    """And depleted long enough for three minutes of alarm, the motor off."""
    discharge = Discharge(power_w, left, charge)
    history = discharge.history()
    low_s = next(left_s for left_s, _, is_low, *_ in history if is_low)
    depleted_s = next(left_s for left_s, _, _, is_depleted, _ in history if is_depleted)

    assert low_s - depleted_s >= min(30 * MIN_S, len(history) - depleted_s - 15 * MIN_S)
    assert low_s > depleted_s
    assert depleted_s * power_w / CONFIG.idle_power_w >= 3 * MIN_S


@pytest.mark.requirement("PWR-06")
@pytest.mark.parametrize(
    ("left", "is_bad"), [(1.0, False), (0.6, False), (0.4, True), (0.1, True)]
)
def test_a_faded_cell_is_found_in_time(left: float, *, is_bad: bool) -> None:
    """Before a tenth of what it holds is gone, at the pump's full load."""
    history = Discharge(left=left).history()
    bad_s = next((left_s for left_s, *_, is_told in history if is_told), 0)

    assert (bad_s >= len(history) * 0.9) == is_bad
    assert bool(bad_s) == is_bad


@pytest.mark.requirement("PWR-05", "PWR-06")
@pytest.mark.parametrize("charge", [0.3, 0.5, 0.9])
def test_a_motor_that_starts_on_battery_is_no_weak_cell(charge: float) -> None:
    """Its sag is not charge."""
    discharge = Discharge(CONFIG.idle_power_w, charge=charge)
    for _ in range(5 * MIN_S):
        discharge.second()
    for power_w in (FULL_W, CONFIG.idle_power_w, FULL_W):
        before = discharge.power.permille
        discharge.power_w = power_w
        for _ in range(2 * WINDOW_S):
            discharge.second()
        assert discharge.power.permille == pytest.approx(before, abs=8)

    assert (discharge.power.is_low, discharge.power.is_bad) == (False, False)
    assert discharge.power.minutes_left == pytest.approx(assumed_min(discharge.power), abs=2)


@pytest.mark.requirement("PWR-05")
def test_what_an_idle_pump_took_does_not_lengthen_an_infusion() -> None:
    """It lasts for nineteen hours idle, for eight with the motor on."""
    discharge = Discharge(CONFIG.idle_power_w)
    for _ in range(120 * MIN_S):
        discharge.second()
    assert discharge.power.minutes_left > 900
    discharge.power_w = FULL_W
    for _ in range(2 * WINDOW_S):
        discharge.second()

    assert discharge.power.minutes_left == pytest.approx(assumed_min(discharge.power), abs=2)
