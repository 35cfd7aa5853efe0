"""The facts of a controller by its name; on a board, only its own are loaded."""

from pumpcore.board.controller import Controller
from pumpcore.board.keys import CONTROLLERS


def by_name(name: object) -> Controller | None:
    """Its facts, or None for a name that is not in keys.CONTROLLERS."""
    if name == "rp2040":
        from pumpcore.board.rp2040 import RP2040

        return RP2040
    if name == "rp2350":
        from pumpcore.board.rp2350 import RP2350

        return RP2350
    if name == "esp32s3":
        from pumpcore.board.esp32s3 import ESP32S3

        return ESP32S3
    if name == "stm32f767":
        from pumpcore.board.stm32f767 import STM32F767

        return STM32F767
    return None


def all_known() -> tuple[Controller, ...]:
    """Of every controller, in the order of keys.CONTROLLERS; for the host."""
    return tuple([one for one in map(by_name, CONTROLLERS) if one is not None])
