"""The force that the converter shows: where it is, where it goes, and when a conversion is due."""

from pumpcore._compat import TYPE_CHECKING, const
from pumpcore.profile import Profile

if TYPE_CHECKING:
    from pumpboard.rp2.fixture_board import FixtureBoard

# 80 a second.
_CONVERSION_US = const(12_500)
_US_PER_S = const(1_000_000)
_MN_PER_N = const(1_000)
_MOST_COUNT = const(0x7FFFFF)
# A converter of 24 bits never says the same for long; a pump takes one that does for broken.
_NOISE_MASK = const(255)
_NOISE_MEAN = const(128)
# Told conversions wait here for the line; what does not fit is missed by the host's count.
_MOST_TOLD = const(32)


class ForceSource:
    """Plays one conversion after the other; those that were taken are in `taken`."""

    def __init__(self, board: "FixtureBoard", profile: Profile) -> None:
        """No force."""
        self.force_mn = 0
        self.taken_count = 0
        self.missed_count = 0
        # (when it was ready, what it said), oldest first
        self.taken: list[tuple[int, int]] = []
        self._player = board.force
        self._zero_count = profile["force.zero_count"]
        self._counts_per_n = profile["force.counts_per_n"]
        self._target_mn = 0
        self._slope_mn_per_s = 0
        self._slope_rest = 0
        self._due_us = 0
        self._noise = 1
        self._ready_at_ticks = 0
        self._raw_count = 0

    def go_to(self, force_mn: int, slope_mn_per_s: int) -> None:
        """From the present force to that one, at that slope; at once if it is 0."""
        self._target_mn = force_mn
        self._slope_mn_per_s = slope_mn_per_s
        self._slope_rest = 0
        if not slope_mn_per_s:
            self.force_mn = force_mn

    def update(self, elapsed_us: int, at_ticks: int) -> None:
        """Let so much time pass."""
        if self.force_mn != self._target_mn:
            self._move(elapsed_us)
        player = self._player
        if player.is_waiting and player.was_taken():
            self.taken_count += 1
            if len(self.taken) < _MOST_TOLD:
                self.taken.append((self._ready_at_ticks, self._raw_count))
        self._due_us += elapsed_us
        if self._due_us >= _CONVERSION_US:
            self._due_us -= _CONVERSION_US
            if self._due_us >= _CONVERSION_US:
                # After a pass that took too long no burst follows.
                self._due_us = 0
            if player.is_waiting:
                self.missed_count += 1
            else:
                self._raw_count = self._convert()
                self._ready_at_ticks = at_ticks
                player.offer(self._raw_count)

    def _move(self, elapsed_us: int) -> None:
        parts = self._slope_rest + self._slope_mn_per_s * elapsed_us
        step_mn = parts // _US_PER_S
        self._slope_rest = parts - step_mn * _US_PER_S
        if self._target_mn > self.force_mn:
            self.force_mn = min(self._target_mn, self.force_mn + step_mn)
        else:
            self.force_mn = max(self._target_mn, self.force_mn - step_mn)

    def _convert(self) -> int:
        # A generator of period 65,536 whose products fit small integers.
        self._noise = (self._noise * 75 + 74) % 65_537
        raw = self._zero_count + self.force_mn * self._counts_per_n // _MN_PER_N
        raw += (self._noise & _NOISE_MASK) - _NOISE_MEAN
        return max(-_MOST_COUNT, min(_MOST_COUNT, raw))
