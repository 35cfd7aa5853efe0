"""Drivers made on the test's chip, and outputs that drive them."""

import importlib
import types

from board.rp2.fakes import Chip

from pumpcore.tick_io import Outputs

STEP, DIR, ENABLE, GATE = 2, 3, 4, 5


def driver(name: str) -> types.ModuleType:
    return importlib.import_module("pumpboard.rp2." + name)


def make_plunger(chip: Chip) -> object:
    plunger = driver("plunger").Plunger(STEP, DIR, ENABLE, GATE)
    chip.built = list(chip.log)
    chip.log.clear()
    return plunger


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
        "plunger.step_pin": STEP,
        "plunger.dir_pin": DIR,
        "plunger.enable_pin": ENABLE,
        "plunger.gate_pin": GATE,
        "encoder.a_pin": 6,
        "encoder.b_pin": 7,
        "force.data_pin": 8,
        "force.clock_pin": 9,
        "position.adc_pin": 26,
        "clock.sda_pin": 20,
        "clock.scl_pin": 21,
        "clock.square_wave_pin": 22,
        "panel.buzzer_pin": 18,
        "panel.red_pin": 19,
        "panel.green_pin": 27,
        "panel.blue_pin": 28,
        "link.uart": 0,
        "link.tx_pin": 0,
        "link.rx_pin": 1,
        "link.baud": 460_800,
        "watchdog.timeout_ms": 1_000,
        **seats,
        **panels,
    }
