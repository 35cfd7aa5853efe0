"""The HX711 behind the force bridge."""

from statistics import fmean, stdev

import pytest

from evenflow.emulator.plant.force import Deviation, ForceSensor

# Five sigma of the converter's own noise.
CONVERTER = 225


def sensor(noise_n: float = 0.2, seed: int = 7) -> ForceSensor:
    return ForceSensor(zero_count=500, counts_per_n=10_000, noise_n=noise_n, seed=seed)


def signed(word: int) -> int:
    return word - (1 << 24) if word & (1 << 23) else word


def test_a_conversion_is_gain_and_zero_in_24_bits() -> None:
    quiet = sensor(noise_n=0.0)

    assert quiet.convert(3.0) == pytest.approx(30_500, abs=CONVERTER)
    assert signed(quiet.convert(-1.0)) == pytest.approx(-9_500, abs=CONVERTER)
    assert signed(quiet.convert(10_000.0)) == 0x7FFFFF
    assert signed(quiet.convert(-10_000.0)) == -0x800000


def test_the_converter_s_last_digits_are_never_still() -> None:
    quiet = sensor(noise_n=0.0)
    drawn = [signed(word) for word in map(quiet.convert, [0.0] * 4_000)]

    assert stdev(drawn) == pytest.approx(45, rel=0.05)


def test_noise_has_its_sigma_and_repeats_with_its_seed() -> None:
    drawn = [signed(word) for word in map(sensor().convert, [0.0] * 4_000)]

    assert stdev(drawn) == pytest.approx(2_000, rel=0.05)
    assert fmean(drawn) == pytest.approx(500, abs=100)
    assert drawn == [signed(word) for word in map(sensor().convert, [0.0] * 4_000)]
    assert drawn != [signed(word) for word in map(sensor(seed=8).convert, [0.0] * 4_000)]


def test_there_are_80_conversions_a_second() -> None:
    subject = sensor()
    taken: list[int] = []
    subject.listener = taken.append
    for tick in range(1, 501):
        subject.sample(3.0, tick * 20_000_000)

    # The first three fall into the settling time.
    assert len(taken) == 797


def test_it_settles_for_fifty_ms_after_power_up() -> None:
    subject = sensor(noise_n=0.0)
    taken: list[int] = []
    subject.listener = taken.append
    subject.sample(3.0, 49_999_999)
    assert taken == []
    subject.sample(3.0, 75_000_000)
    assert len(taken) == 3

    subject.power_up(80_000_000)
    subject.sample(3.0, 129_999_999)
    assert len(taken) == 3
    subject.sample(3.0, 130_000_000)
    assert len(taken) == 4


@pytest.mark.parametrize(
    ("deviation", "shown_n"),
    [
        (Deviation(gain=0.02), 30.6),
        (Deviation(offset_n=-1.5), 28.5),
        (Deviation(drift_n_per_h=0.4), 30.2),
        (Deviation(n_per_c=0.05), 31.0),
        (Deviation(gain=0.02, offset_n=-1.5, drift_n_per_h=0.4, n_per_c=0.05), 30.3),
    ],
)
def test_it_shows_what_its_deviation_makes_of_the_force(
    deviation: Deviation, shown_n: float
) -> None:
    subject = sensor(noise_n=0.0)
    subject.deviation = deviation
    subject.celsius = 45.0
    taken: list[int] = []
    subject.listener = taken.append
    half_an_hour_ns = 1_800_000_000_000
    subject.due_at_ns = half_an_hour_ns
    subject.sample(30.0, half_an_hour_ns)

    assert taken == [pytest.approx(500 + 10_000 * shown_n, abs=CONVERTER)]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("freeze", 40_500), ("open_bridge", 0x7FFFFF), ("short_bridge", 0)],
)
def test_a_broken_sensor_reads_the_same_whatever_the_force(fault: str, expected: int) -> None:
    subject = sensor(noise_n=0.0)
    subject.convert(4.0)
    {
        "freeze": subject.freeze,
        "open_bridge": subject.open_bridge,
        "short_bridge": subject.short_bridge,
    }[fault]()
    first, second = (subject.convert(force_n) for force_n in (0.0, 30.0))
    assert first == second == pytest.approx(expected, abs=CONVERTER if fault == "freeze" else 0)

    subject.repair()
    assert subject.convert(30.0) == pytest.approx(300_500, abs=CONVERTER)
