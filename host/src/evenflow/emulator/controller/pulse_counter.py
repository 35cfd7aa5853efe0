"""One unit of the esp32's PCNT: what it counts of the edges at two pins.

Edges come from the plant as counts. Within one span between two readings all of them are told
apart by pin, level and order, so that actions and limits are exact; the level of a mode pin that
the controller drives itself changes between spans alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

_INCREMENT = 1
_REVERSE = 1
_HOLD = 2
_IGNORE = 0
_COUNTS_PER_PERIOD = 4
LOWEST = -32_768
HIGHEST = 32_767


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """Of one channel; NO_PIN as the mode pin reads low, as ESP-IDF wires it by default."""

    pin: int
    mode_pin: int
    rising: int
    falling: int
    mode_low: int
    mode_high: int


@dataclass(frozen=True, slots=True)
class Signals:
    """What the pins of a board carry."""

    # Quadrature counts, signed; A leads B forward.
    encoder_count: Callable[[], int]
    encoder_a_pin: int
    encoder_b_pin: int
    # By pin: whole pulses so far. A pulse counts as both of its edges when it rises.
    pulse_counts: Mapping[int, Callable[[], int]]
    # Of all other pins.
    level: Callable[[int], int]


class PulseCounter:
    """One unit; 16 bits wide, it goes on from zero when it reaches a limit."""

    def __init__(self, signals: Signals) -> None:
        """Stopped at zero, with no channel set."""
        self._signals = signals
        self._channels: dict[int, ChannelSettings] = {}
        self._lowest = LOWEST
        self._highest = HIGHEST
        self._is_running = False
        self._count = 0
        self._encoder_count = signals.encoder_count()
        self._pulse_counts: dict[int, int] = {}

    def set_channel(self, number: int, settings: ChannelSettings) -> None:
        """Settings of channel 0 or 1, from now on."""
        self._advance()
        self._channels[number] = settings
        if settings.pin in self._signals.pulse_counts:
            self._pulse_counts[settings.pin] = self._signals.pulse_counts[settings.pin]()

    def limit(self, lowest: int, highest: int) -> None:
        """Where it becomes zero; it is zero now."""
        self._lowest = lowest
        self._highest = highest
        self.clear()

    def clear(self) -> None:
        """Zero from now on."""
        self._advance()
        self._count = 0

    def run(self, *, is_running: bool) -> None:
        """Count from now on, or no more."""
        self._advance()
        self._is_running = is_running

    def reading(self, _now_ns: int) -> int:
        """What the reply tells: the count, 32 bits signed."""
        self._advance()
        return self._count & 0xFFFFFFFF

    def _advance(self) -> None:
        signals = self._signals
        before = self._encoder_count
        after = self._encoder_count = signals.encoder_count()
        step = 1 if after > before else -1
        while self._is_running and before != after:
            # Forward, counts 1, 3, ... are edges of A and 2, 4, ... edges of B.
            is_a = max(before, before + step) & 1
            before += step
            pin = signals.encoder_a_pin if is_a else signals.encoder_b_pin
            self._take(pin, _encoder_level(before, is_b=not is_a), before)
        for pin, told in self._pulse_counts.items():
            total = self._pulse_counts[pin] = signals.pulse_counts[pin]()
            if self._is_running:
                for _ in range(total - told):
                    self._take(pin, 1, after)
                    self._take(pin, 0, after)

    def _take(self, pin: int, level: int, encoder_count: int) -> None:
        """An edge to that level, after which the encoder has that count."""
        for channel in self._channels.values():
            if channel.pin != pin:
                continue
            action = channel.rising if level else channel.falling
            is_high = self._mode_level(channel.mode_pin, encoder_count)
            mode = channel.mode_high if is_high else channel.mode_low
            if action == _IGNORE or mode == _HOLD:
                continue
            is_up = (action == _INCREMENT) != (mode == _REVERSE)
            self._count += 1 if is_up else -1
            if self._count in (self._lowest, self._highest):
                self._count = 0

    def _mode_level(self, pin: int, encoder_count: int) -> int:
        signals = self._signals
        if pin in (signals.encoder_a_pin, signals.encoder_b_pin):
            return _encoder_level(encoder_count, is_b=pin == signals.encoder_b_pin)
        return signals.level(pin)


def _encoder_level(count: int, *, is_b: bool) -> int:
    """A is high at 1 and 2 of four counts, B at 2 and 3."""
    return int((count - is_b) % _COUNTS_PER_PERIOD in (1, 2))
