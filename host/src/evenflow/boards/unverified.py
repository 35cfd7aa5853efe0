"""What no hardware has confirmed about a board: said in its page and by `evenflow boards`.

An item goes when a bench has shown it, and the page of the board says on what.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pumpcore.board import drivers


class _Item(NamedTuple):
    words: str
    holds: Callable[[Mapping[str, object]], bool]


def of(profile: Mapping[str, object]) -> tuple[str, ...]:
    """Each thing that has not been confirmed on hardware, for a sound profile."""
    return tuple(item.words for item in _ITEMS if item.holds(profile))


def is_proven(profile: Mapping[str, object]) -> bool:
    """Whether nothing is left to be confirmed."""
    return not of(profile)


def _always(_profile: Mapping[str, object]) -> bool:
    return True


def _has(key: str, *values: str) -> Callable[[Mapping[str, object]], bool]:
    return lambda profile: profile[key] in values


def _is_driven(profile: Mapping[str, object]) -> bool:
    return not drivers.missing(dict(profile))


def _is_not_driven(profile: Mapping[str, object]) -> bool:
    return not _is_driven(profile)


_RP2 = _has("board.controller", "rp2040", "rp2350")
_ESP32 = _has("board.controller", "esp32s3")
_STREAMED = _has("board.controller", "esp32s3", "stm32f767")
_STM32 = _has("board.controller", "stm32f767")
_ITEMS = (
    _Item("No pump has been built from this file: the wiring has met no hardware.", _always),
    _Item("The firmware lacks drivers for it: nothing has run, emulated or real.", _is_not_driven),
    _Item("The time a tick takes on the controller is estimated, not measured.", _is_driven),
    _Item("PIO and DMA: edges and starvation are checked in cycle-level emulators alone.", _RP2),
    _Item(
        "RP2350: where it tells why it started, and erratum E9 (an input that leaks), are from "
        "its documents; the emulated one has the RP2040's peripherals at 150 MHz.",
        _has("board.controller", "rp2350"),
    ),
    _Item(
        "ESP32-S3: a module without octal memory leads out 35 to 37; on a DevKitC-1 the coloured "
        "light hangs on 48 or 38.",
        _ESP32,
    ),
    _Item(
        "ESP32-S3: MicroPython's heap grows to what ESP-IDF has free, assumed here on a module "
        "with 2 MiB of PSRAM on four lines (ESP32-S3-DevKitC-1-N8R2). Without PSRAM some 200,000 "
        "bytes are left, in which the firmware as files has no room.",
        _ESP32,
    ),
    _Item(
        "ESP32-S3: the input of STEP's pad, switched on again by its register behind the back of "
        "ESP-IDF, lets PCNT hear what I2S sends; that PCNT goes on from zero at its limits.",
        _ESP32,
    ),
    _Item(
        "ESP32-S3: PCNT pulls its pins up: STEP is high from power-on until the transmitter takes "
        "it, while ENABLE is off.",
        _ESP32,
    ),
    _Item(
        "ESP32-S3: the converter sees up to 3.1 V, and its calibration is the factory's; the "
        "core's sensor tells whole degrees.",
        _ESP32,
    ),
    _Item(
        "ESP32-S3: a crash of ESP-IDF is told as a restart by software, EN and a brown-out as a "
        "power-on; tasks of ESP-IDF beside MicroPython's are not emulated.",
        _ESP32,
    ),
    _Item(
        "Pyboard D: UART and I2C are those of MicroPython's PYBD_SF2 and PYBD_SF6 as published; "
        "that a WBUS-DIP68 leads out every pin of the table has not been seen.",
        _STM32,
    ),
    _Item(
        "Pyboard D: its own 3V3 output and the pull-ups of its I2C are off when it starts: parts "
        "and bus are taken to have their own.",
        _STM32,
    ),
    _Item(
        "STM32F767: a bit of STEP is 1 us at the I2S clock of 96 MHz that MicroPython sets at "
        "144 MHz; its DMA moves 128 bytes at once; STEP is low before, after and between.",
        _STM32,
    ),
    _Item(
        "STM32F767: a timer in external clock mode 1, set in its SMCR register behind pyb.Timer, "
        "counts every STEP and the DS3231's wave; its inputs have no filter.",
        _STM32,
    ),
    _Item(
        "STM32F767: the SPI that clocks the HX711 makes 562.5 kHz of the 1 MHz asked for, and "
        "leaves MOSI low after a transfer.",
        _STM32,
    ),
    _Item(
        "STM32F767: a write to the UART lasts until its last byte is out, some 3 ms of a tick; "
        "the I2C's time-out bounds each byte and not a transfer.",
        _STM32,
    ),
    _Item(
        "STM32F767: its watchdog runs by an RC oscillator of 17 to 47 kHz: 1 s is 0.7 to 1.9 s.",
        _STM32,
    ),
    _Item(
        "STM32F767: `machine.reset()` and the reset key are told as one cause; the core's sensor "
        "has the factory's two points at 3.3 V.",
        _STM32,
    ),
    _Item(
        "`memory.heap_bytes` is an estimate: it has not been read off this controller.",
        _has("board.controller", "rp2350", "esp32s3", "stm32f767"),
    ),
    _Item("ENABLE: the charge pump's hold and fall (5 ms after the last beat).", _RP2),
    _Item("The gate of the step-rate limiter cuts ENABLE.", _RP2),
    _Item(
        "No hardware limits the step rate: the driver refuses a step that comes too soon, and the "
        "step counter sees the rest within a tick. If interrupts die while I2S runs, its DMA "
        "repeats what it has until ENABLE falls.",
        _STREAMED,
    ),
    _Item(
        "ENABLE: the charge pump holds `stream.enable_hold_ms` after an edge and has fallen 20 ms "
        "later; the gate cuts it at once.",
        _STREAMED,
    ),
    _Item(
        "I2S: which of two samples leaves first; how many bytes its DMA moves at once, and that "
        "none are torn; that a pad taken from it is low. HX711: MOSI is low between two "
        "transfers, else it sleeps.",
        _STREAMED,
    ),
    _Item("Motor: current, microsteps and step rate lose no step under load.", _always),
    _Item(
        "DRV8825: with VREF below 1 V its current is less exact.", _has("motor.driver", "drv8825")
    ),
    _Item(
        "A4988: it has no fault output, so that the alarm `motor_fault` never comes.",
        _has("motor.driver", "a4988"),
    ),
    _Item(
        "TMC2209: its settings, and its replies on the wire; A1 of the expander is left open, for "
        "faults are read by UART.",
        _has("motor.driver", "tmc2209"),
    ),
    _Item("Encoder: direction and counts on the lead screw.", _always),
    _Item("HX711: noise, drift and gain at 80 conversions a second.", _always),
    _Item("Potentiometers, contact line and battery divider: linearity and noise.", _always),
    _Item("I2C at 400 kHz with its parts on one cable; the DS3231's square wave.", _always),
    _Item(
        "SSD1306: its settings, that it acknowledges at 400 kHz, and that its status can be read.",
        lambda profile: bool(profile["display.is_fitted"]),
    ),
    _Item("Loudness of both sounders; the power-loss alarm's 180 s.", _always),
    _Item("Mains detection, switch-over to the battery, its run time.", _always),
)
