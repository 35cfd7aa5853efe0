"""Drivers made on the test's chip, and outputs that drive them."""

import importlib
import sys
import types

from board.rp2.fakes import EXPANDER, FRAM, Chip

from pumpcore.tick_io import Outputs

STEP, DIR, ENABLE, GATE = 2, 3, 4, 5


def driver(name: str, package: str = "rp2") -> types.ModuleType:
    return importlib.import_module(f"pumpboard.{package}.{name}")


def make_plunger(chip: Chip) -> object:
    plunger = driver("plunger").Plunger(STEP, DIR, ENABLE, GATE)
    chip.built = list(chip.log)
    chip.log.clear()
    return plunger


def make_expander() -> object:
    """An expander that answers, on a bus of its own."""
    return driver("expander", "generic").Expander(bus(), EXPANDER)


def make_sensors(chip: Chip, port: object) -> object:
    """Sensors of a Pico, with a plunger of their own."""
    sources = driver("sensors").sources(profile(), make_plunger(chip))
    return driver("sensors", "generic").Sensors(profile(), sources, port)


def bus() -> object:
    """A bus as the board makes it."""
    machine = sys.modules["machine"]
    return machine.I2C(0, sda=machine.Pin(20), scl=machine.Pin(21), freq=400_000, timeout=1_000)


def driving(*words: int) -> Outputs:
    outputs = Outputs()
    outputs.abort = False
    outputs.may_enable = True
    outputs.minimum_interval_us = 320
    outputs.word_count = len(words)
    outputs.words[: len(words)] = words
    return outputs


def profile() -> dict[str, int]:
    keys = ("plunger", "barrel"), ("start", "stop", "acknowledge", "audio_pause", "prime", "check")
    seats = {f"seat.{key}_pin": 10 + index for index, key in enumerate(keys[0])}
    panels = {f"panel.{key}_pin": 12 + index for index, key in enumerate(keys[1])}
    return {
        "link.bench": False,
        "link.emulated": True,
        "plunger.step_pin": STEP,
        "plunger.dir_pin": DIR,
        "plunger.enable_pin": ENABLE,
        "plunger.gate_pin": GATE,
        "motor.driver": "drv8825",
        "display.is_fitted": False,
        "encoder.a_pin": 6,
        "encoder.b_pin": 7,
        "force.data_pin": 8,
        "force.clock_pin": 9,
        "position.adc_pin": 26,
        "clock.sda_pin": 20,
        "clock.scl_pin": 21,
        "clock.square_wave_pin": 22,
        "panel.buzzer_pin": 18,
        "panel.alive_pin": 19,
        "barrel.adc_pin": 27,
        "contact.adc_pin": 28,
        "battery.adc_pin": 29,
        "mains.present_pin": 24,
        "expander.address": EXPANDER,
        "journal.address": FRAM,
        "journal.size_bytes": 32_768,
        "link.uart": 0,
        "link.tx_pin": 0,
        "clock.i2c": 0,
        "board.controller": "rp2040",
        "link.rx_pin": 1,
        "link.baud": 460_800,
        "watchdog.timeout_ms": 1_000,
        **seats,
        **panels,
    }
