"""The encoder goes with the pump's steps: every stamp is looked at once, in order."""

from pumpcore._compat import TYPE_CHECKING
from pumpcore.fixture.messages import STEP
from pumpcore.profile import Profile

if TYPE_CHECKING:
    from pumpboard.rp2.fixture_board import FixtureBoard


# By STEP before, and the levels of a stamp: a rise is a step while ENABLE is high, by DIR.
_STEPS = (0, 0, 0, 0, 0, -1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)


class Follower:
    """Counts the steps of an enabled motor, and plays what an encoder makes of them."""

    def __init__(self, board: "FixtureBoard", profile: Profile) -> None:
        """At rest, and following."""
        self.step_count = 0
        self.levels = 0
        # Stamps that came and went unseen.
        self.unfollowed_count = 0
        self._capture = board.capture
        self._encoder = board.encoder
        self._counts_per_turn = profile["encoder.counts_per_turn"]
        self._microsteps_per_turn = profile["encoder.microsteps_per_turn"]
        self._next = 0
        self._is_following = True
        # Steps that the encoder was not to follow.
        self._skipped_steps = 0
        self._stood_at_steps = 0

    @property
    def is_following(self) -> bool:
        """Whether the encoder goes with the steps."""
        return self._is_following

    def set_following(self, *, follows: bool) -> None:
        """Stand, or go on from where it stands."""
        if follows == self._is_following:
            return
        self._is_following = follows
        if follows:
            self._skipped_steps += self.step_count - self._stood_at_steps
        else:
            self._stood_at_steps = self.step_count

    def update(self) -> None:
        """Look at the stamps that came since the last call."""
        capture = self._capture
        capture.update()
        oldest = capture.oldest()
        if oldest > self._next:
            self.unfollowed_count += oldest - self._next
            self._next = oldest
        if self._next < capture.made_count:
            self._look(self._next, capture.made_count)
            self._next = capture.made_count
        if self._is_following:
            steps = self.step_count - self._skipped_steps
            wanted = steps * self._counts_per_turn // self._microsteps_per_turn
            self._encoder.move(wanted - self._encoder.count)

    def _look(self, first: int, end: int) -> None:
        # Some thousand times a second: few bytecodes, and no number above 2^30.
        ring = self._capture.ring
        mask = len(ring) - 1
        levels = self.levels
        steps = 0
        for at in range(4 * first + 3, 4 * end, 4):
            before = levels & STEP
            levels = ring[at & mask] >> 5
            steps += _STEPS[before << 3 | levels]
        self.step_count += steps
        self.levels = levels
