"""The physical world around an emulated board: syringe, line, motor, sensors, keys, lights."""

from evenflow.emulator.plant.config import PlantConfig
from evenflow.emulator.plant.plant import Plant

__all__ = ["Plant", "PlantConfig"]
