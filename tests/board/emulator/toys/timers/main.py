"""A toy firmware for an STM32: the real drivers of its timers, sensor and causes, and mistakes."""

import json
import time

import machine
import pyb
import stm
from machine import ADC, I2C, PWM, UART, Pin

from pumpboard.stm32 import reset
from pumpboard.stm32.counter import EdgeCounter, QuadratureCounter
from pumpboard.stm32.temperature import CoreTemperature
from pumpcore.reset_cause import RESET_CAUSES

with open("board.json") as file:
    BOARD = json.load(file)
with open("library.json") as file:
    SETTINGS = json.load(file)


def missing(name: str) -> bool:
    try:
        __import__(name)
    except ImportError:
        return True
    return False


def refused(action: object) -> None:
    try:
        action()
    except (ValueError, NotImplementedError, TypeError) as error:
        print("refused", error)


print("cause", machine.reset_cause(), RESET_CAUSES[reset.read()])
print("missing", [name for name in ("esp32", "rp2", "pyb", "stm") if missing(name)])
print("id", len(machine.unique_id()), machine.freq())
temperature = CoreTemperature()
print("temperature", temperature.read_u16(), ADC(ADC.CORE_TEMP).read_u16())

refused(lambda: EdgeCounter("W23"))
refused(lambda: QuadratureCounter("W19", "W15"))
refused(lambda: pyb.Timer(9, prescaler=0, period=65_535).channel(1, pyb.Timer.ENC_AB))
refused(lambda: pyb.Timer(6, prescaler=0, period=65_535))
refused(lambda: pyb.Timer(4, prescaler=1, period=65_535))
refused(lambda: pyb.Timer(4, prescaler=0, period=65_535).counter())
refused(lambda: pyb.Timer(4, prescaler=0, period=65_535).channel(1, pyb.Timer.ENC_AB))
refused(lambda: stm.mem16[stm.TIM1 + 4])
refused(lambda: machine.mem32[stm.TIM1])


def write(address: int, value: int) -> None:
    stm.mem16[address] = value


refused(lambda: write(stm.TIM2 + stm.TIM_SMCR, 0x57))
refused(lambda: write(stm.TIM4 + stm.TIM_SMCR, 0x57))
refused(lambda: write(stm.TIM4 + stm.TIM_SMCR, 0x54))
refused(lambda: I2C(1, sda=Pin("W55"), scl=Pin("W59")))
refused(lambda: UART(3, 115_200, tx=Pin("W12"), rx=Pin("W8")))
refused(lambda: Pin("W16", Pin.ALT))

steps = EdgeCounter(BOARD["stm32f767.step_count_pin"])
encoder = QuadratureCounter(BOARD["encoder.a_pin"], BOARD["encoder.b_pin"])
square_wave = EdgeCounter(BOARD["clock.square_wave_pin"])
bus = I2C(1, freq=400_000, timeout=1_000)
bus.writeto(0x68, bytes([0x0E, 0x08]))
line = UART(3, 460_800, rxbuf=1_024, timeout=0)
tone = PWM(Pin(BOARD["panel.buzzer_pin"]), freq=600, duty_u16=0)
before_us = time.ticks_us()
print("sent", line.write(b"x" * 460), time.ticks_diff(time.ticks_us(), before_us))
if SETTINGS["do"] == "reset":
    time.sleep_ms(10)
    machine.reset()
while True:
    time.sleep_ms(20)
    print("counts", steps.count(), encoder.count(), square_wave.count())
