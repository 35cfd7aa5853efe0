"""One unit of the esp32's PCNT, edge by edge."""

from dataclasses import dataclass

import pytest

from evenflow.emulator.controller.pulse_counter import ChannelSettings, PulseCounter, Signals

NO_PIN = 255
STEP, A, B, MODE = 2, 6, 7, 3
IGNORE, INCREMENT, DECREMENT = 0, 1, 2
NORMAL, REVERSE, HOLD = 0, 1, 2


@dataclass
class World:
    """What the pins carry."""

    encoder_count: int = 0
    step_count: int = 0
    mode_level: int = 0

    def counter(self, *channels: ChannelSettings) -> PulseCounter:
        """Started, with these channels."""
        subject = PulseCounter(
            Signals(
                encoder_count=lambda: self.encoder_count,
                encoder_a_pin=A,
                encoder_b_pin=B,
                pulse_counts={STEP: lambda: self.step_count},
                level=lambda pin: self.mode_level if pin == MODE else 0,
            )
        )
        for number, settings in enumerate(channels):
            subject.set_channel(number, settings)
        subject.run(is_running=True)
        return subject


def channel(pin: int, rising: int, falling: int = IGNORE, **mode: int) -> ChannelSettings:
    return ChannelSettings(
        pin=pin,
        mode_pin=mode.get("mode_pin", NO_PIN),
        rising=rising,
        falling=falling,
        mode_low=mode.get("mode_low", NORMAL),
        mode_high=mode.get("mode_high", NORMAL),
    )


# As MicroPython's documentation decodes a quadrature in full.
QUADRATURE = (
    channel(A, DECREMENT, INCREMENT, mode_pin=B, mode_low=REVERSE),
    channel(B, INCREMENT, DECREMENT, mode_pin=A, mode_low=REVERSE),
)


def count(subject: PulseCounter) -> int:
    told = subject.reading(0)
    return told - (told >> 31 << 32)


@pytest.mark.parametrize("start", range(-5, 5))
def test_both_channels_count_every_quadrature_edge_both_ways(start: int) -> None:
    world = World(encoder_count=start)
    subject = world.counter(*QUADRATURE)
    for moved in (1, 7, -12, -1, 30, -3, 0, 2):
        before = count(subject)
        world.encoder_count += moved

        assert count(subject) - before == moved


def test_one_channel_counts_half_of_the_edges() -> None:
    world = World()
    subject = world.counter(QUADRATURE[0])
    world.encoder_count = 40
    assert count(subject) == 20
    world.encoder_count = -40
    assert count(subject) == -20


@pytest.mark.parametrize(
    ("rising", "falling", "expected"),
    [
        (INCREMENT, IGNORE, 10),
        (INCREMENT, INCREMENT, 20),
        (DECREMENT, IGNORE, -10),
        (IGNORE, DECREMENT, -10),
        (INCREMENT, DECREMENT, 0),
    ],
)
def test_a_pulse_has_both_of_its_edges(rising: int, falling: int, expected: int) -> None:
    world = World(step_count=99)
    subject = world.counter(channel(STEP, rising, falling))
    world.step_count += 10

    assert count(subject) == expected


@pytest.mark.parametrize(("mode_low", "expected"), [(NORMAL, 8), (REVERSE, 2), (HOLD, 5)])
def test_the_mode_pin_s_level_decides(mode_low: int, expected: int) -> None:
    world = World(mode_level=1)
    subject = world.counter(channel(STEP, INCREMENT, mode_pin=MODE, mode_low=mode_low))
    world.step_count += 5
    assert count(subject) == 5
    world.mode_level = 0
    world.step_count += 3

    assert count(subject) == expected


def test_no_mode_pin_reads_low() -> None:
    world = World()
    subject = world.counter(channel(STEP, INCREMENT, mode_low=REVERSE))
    world.step_count += 4

    assert count(subject) == -4


@pytest.mark.parametrize("sign", [1, -1])
def test_at_a_limit_it_goes_on_from_zero(sign: int) -> None:
    world = World()
    subject = world.counter(*QUADRATURE)
    subject.limit(-100, 100)
    world.encoder_count = sign * 99
    assert count(subject) == sign * 99
    world.encoder_count = sign * 250

    assert count(subject) == sign * 50


def test_it_is_sixteen_bits_wide() -> None:
    world = World()
    subject = world.counter(*QUADRATURE)
    world.encoder_count = 32_766
    assert count(subject) == 32_766
    world.encoder_count = 32_769
    assert count(subject) == 2


def test_it_counts_while_it_runs_alone() -> None:
    world = World()
    subject = world.counter(*QUADRATURE)
    world.encoder_count = 5
    subject.run(is_running=False)
    world.encoder_count = 50
    assert count(subject) == 5
    subject.run(is_running=True)
    world.encoder_count = 48
    assert count(subject) == 3
    subject.clear()
    assert count(subject) == 0
