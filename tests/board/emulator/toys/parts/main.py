"""A toy firmware that tries the parts of `machine` that a pump does not use, and tells of them."""

import binascii
import json
import os
import random
import time

import machine

with open("board.json") as file:
    BOARD = json.load(file)


def refused(action: object) -> None:
    try:
        action()
    except (NotImplementedError, ValueError) as error:
        print("refused", error)


print("identity", binascii.hexlify(machine.unique_id()).decode())
print(
    "chance",
    "%08x" % random.getrandbits(32),
    random.randrange(10),
    random.randint(50, 60),
    "%.4f" % random.random(),
    binascii.hexlify(os.urandom(6)).decode(),
)

calendar = machine.RTC()
print("calendar", calendar.datetime())
calendar.datetime((2024, 2, 29, 3, 23, 59, 59, 0))
print("calendar", calendar.datetime())

refused(machine.lightsleep)
refused(machine.deepsleep)
refused(lambda: machine.Timer(0))
refused(lambda: machine.UART(0, 9600, tx=0, rx=1, timeout=5))

bus = machine.SPI(0, 1_000_000, sck=2, mosi=3, miso=4)
before = time.ticks_us()
received = bus.read(10)
print("spi", sum(received), time.ticks_diff(time.ticks_us(), before))


def teller(name: str) -> object:
    began = time.ticks_us()
    return lambda _timer: print(name, time.ticks_diff(time.ticks_us(), began))


periodic = machine.Timer(period=7, mode=machine.Timer.PERIODIC, callback=teller("periodic"))
once = machine.Timer(-1)
once.init(period=12, mode=machine.Timer.ONE_SHOT, callback=teller("once"))
time.sleep_ms(30)
periodic.deinit()
fast = machine.Timer(freq=250, callback=teller("fast"))
time.sleep_ms(10)
fast.deinit()

key = machine.Pin(BOARD["panel.start_pin"], machine.Pin.IN, machine.Pin.PULL_UP)
key.irq(lambda pin: print("edge", time.ticks_us(), pin.value()))
time.sleep_ms(560)
key.irq(None)
time.sleep_ms(1400)
print("calendar", calendar.datetime())
while True:
    time.sleep_ms(20)
