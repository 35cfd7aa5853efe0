"""A toy firmware for an esp32: trains to the motor, counters of what comes of them."""

import json
import time

from machine import I2C, Pin

with open("board.json") as file:
    BOARD = json.load(file)
# The library of a toy holds its settings.
with open("library.json") as file:
    SETTINGS = json.load(file)


def missing(name: str) -> bool:
    try:
        __import__(name)
    except ImportError:
        return True
    return False


print("missing", [name for name in ("esp32", "esp32", "rp2") if missing(name)])
if SETTINGS["do"] == "nothing":
    raise SystemExit

esp32 = __import__("esp32")
PCNT = esp32.PCNT
RMT = esp32.RMT
STEP = Pin(BOARD["plunger.step_pin"])
ENABLE = Pin(BOARD["plunger.enable_pin"])
DIR = Pin(BOARD["plunger.dir_pin"], Pin.OUT, value=1)
GATE = Pin(BOARD["plunger.gate_pin"], Pin.OUT, value=1)
A = Pin(BOARD["encoder.a_pin"], Pin.IN)
B = Pin(BOARD["encoder.b_pin"], Pin.IN)

encoder = PCNT(0, min=-32000, max=32000)
encoder.init(
    channel=0,
    pin=A,
    falling=PCNT.INCREMENT,
    rising=PCNT.DECREMENT,
    mode_pin=B,
    mode_low=PCNT.REVERSE,
    filter=1000,
)
encoder.init(
    channel=1,
    pin=B,
    falling=PCNT.DECREMENT,
    rising=PCNT.INCREMENT,
    mode_pin=A,
    mode_low=PCNT.REVERSE,
)
encoder.start()
audit = PCNT(1, pin=STEP, rising=PCNT.INCREMENT, mode_pin=DIR, mode_low=PCNT.REVERSE)
audit.start()
short = PCNT(2, pin=STEP, falling=PCNT.INCREMENT, min=-100, max=100)
short.start()

heart = RMT(0, pin=ENABLE, clock_div=80)
steps = RMT(1, pin=STEP, resolution_hz=1_000_000)


def tell() -> None:
    print("counts", encoder.value(), audit.value(), short.value())


def beat() -> None:
    heart.loop(True)
    heart.write_pulses((500, 500))


def move(count: int, direction: int, period_us: int = 500) -> None:
    DIR.value(direction)
    before_us = time.ticks_us()
    steps.write_pulses([100, period_us - 100] * count)
    print("sent", before_us, steps.wait_done(), steps.wait_done(timeout=-1), time.ticks_us())


def refused(action: object) -> None:
    try:
        action()
    except (NotImplementedError, TypeError, ValueError) as error:
        print("refused", error)


def motion() -> None:
    beat()
    for count, direction in ((1600, 1), (640, 0), (1960, 0), (333, 1)):
        move(count, direction)
        tell()
    print("was", short.value(0), short.value())
    encoder.stop()
    move(160, 1)
    tell()


def without_enable() -> None:
    move(100, 1)
    tell()
    beat()
    move(100, 1)
    heart.loop(False)
    move(1000, 1)
    tell()


def loops() -> None:
    beat()
    steps.loop(True)
    steps.write_pulses((100, 900))
    time.sleep_us(10_500)
    print("looping", steps.wait_done(timeout=3), steps.active())
    steps.loop(False)
    print("ended", steps.wait_done(timeout=1), steps.active())
    tell()
    # The three ways to say the same.
    steps.write_pulses((100, 200, 100), 1)
    steps.write_pulses(100, (1, 0, 0, 1))
    steps.write_pulses((100, 100, 100, 100), (1, 0, 0, 1))
    print("queued", steps.wait_done(), steps.wait_done(timeout=1))
    tell()


def for_ever() -> None:
    beat()
    move(20, 1, 5_000)
    while True:
        steps.write_pulses([100, 9_900] * 2)


def release() -> None:
    beat()
    steps.write_pulses([100, 900] * 100)
    time.sleep_us(10_500)
    steps.deinit()
    time.sleep_ms(20)
    tell()
    heart.deinit()
    again = RMT(pin=STEP, resolution_hz=1_000_000)
    again.write_pulses([100, 900] * 1000)
    print("waited", again.wait_done(timeout=-1))
    audit.deinit()
    encoder.init(value=0)
    short.init(max=0)
    tell()


def seconds() -> None:
    i2c = I2C(0, sda=Pin(BOARD["clock.sda_pin"]), scl=Pin(BOARD["clock.scl_pin"]), freq=400_000)
    i2c.writeto_mem(0x68, 0x0E, bytes([0x08]))
    wave = PCNT(3, pin=Pin(BOARD["clock.square_wave_pin"]), rising=1, falling=1)
    wave.start()
    time.sleep_ms(500)
    print("wave", wave.value())


def astray() -> None:
    case = SETTINGS["case"]
    if case == "train":
        RMT(2, pin=DIR)
    elif case == "second":
        RMT(2, pin=STEP)
    elif case == "counter":
        PCNT(3, pin=DIR, rising=PCNT.INCREMENT)
    else:
        heart.write_pulses(32_000, (1, 0, 0, 0, 1))
    time.sleep_ms(1)


def refusals() -> None:
    print("source", RMT.source_freq(), heart.clock_div(), steps.clock_div())
    refused(lambda: RMT(2, pin=STEP, tx_carrier=(38_000, 50, 1)))
    refused(lambda: RMT(2, pin=STEP, resolution_hz=1_000_000, clock_div=80))
    refused(lambda: RMT(2, pin=STEP, clock_div=256))
    refused(lambda: RMT(2, pin=STEP, resolution_hz=100_000))
    refused(lambda: RMT(8, pin=STEP))
    refused(lambda: steps.write_pulses((1, 32_768)))
    refused(lambda: steps.write_pulses((1, 2), (1,)))
    refused(lambda: PCNT(8))
    refused(lambda: PCNT(3, pin=STEP, channel=2))
    refused(lambda: PCNT(3, rising=PCNT.INCREMENT))
    refused(lambda: PCNT(3, mode_pin=DIR))
    refused(lambda: PCNT(3, pin=STEP, filter=1_024))
    refused(lambda: PCNT(3, pin=STEP, max=32_768))
    refused(lambda: PCNT(3, pin=STEP, threshold0=3))
    refused(lambda: PCNT(3, pin=STEP, speed=3))
    refused(lambda: encoder.value(3))
    refused(lambda: encoder.irq(print))


globals()[SETTINGS["do"]]()
print("done")
while True:
    time.sleep_ms(20)
