"""From a checked profile to the drivers of its controller."""

from pumpboard.ports import Board
from pumpcore.profile import Profile


def build(profile: Profile) -> Board:
    """The board of a profile; ValueError for a controller that has no drivers."""
    controller = profile["board.controller"]
    if controller in ("rp2040", "rp2350"):
        from pumpboard.rp2 import board

        return board.make(profile)
    if controller == "esp32s3":
        from pumpboard.esp32 import board as esp32_board

        return esp32_board.make(profile)
    if controller == "stm32f767":
        from pumpboard.stm32 import board as stm32_board

        return stm32_board.make(profile)
    raise ValueError("board.controller: no drivers for %s" % controller)
