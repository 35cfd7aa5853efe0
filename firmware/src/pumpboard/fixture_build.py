"""From a checked profile to the drivers of a fixture."""

from pumpboard.rp2.fixture_board import FixtureBoard
from pumpcore.profile import Profile


def build(profile: Profile) -> FixtureBoard:
    """The board; a profile that passed pumpcore.fixture.board has an RP2040."""
    return FixtureBoard(profile)
