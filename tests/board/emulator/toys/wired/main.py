"""A toy firmware that uses each pin that its board file names, for what it is wired to."""

import json
import time

from machine import ADC, PWM, UART, Pin

with open("board.json") as file:
    BOARD = json.load(file)


def refused(action: object) -> None:
    try:
        action()
    except ValueError as error:
        print("refused", error)


def pin(key: str) -> object:
    return BOARD[key + "_pin"]


KEYS = ("seat.plunger", "seat.barrel", "panel.start", "panel.stop", "panel.check")
keys = [Pin(pin(key), Pin.IN, Pin.PULL_UP) for key in KEYS]
mains = Pin(pin("mains.present"), Pin.IN)
converters = [ADC(Pin(pin(key + ".adc"))) for key in ("position", "barrel", "contact")]
converters.append(ADC(pin("battery.adc")))
alive = Pin(pin("panel.alive"), Pin.OUT, value=0)
tone = PWM(Pin(pin("panel.buzzer")), freq=600, duty_u16=0)
# Where pins have names, the UART has its own.
HAS_NAMES = isinstance(pin("link.tx"), str)
ends = {} if HAS_NAMES else {"tx": Pin(pin("link.tx")), "rx": Pin(pin("link.rx"))}
line = UART(BOARD["link.uart"], 115_200, timeout=0, **ends)
refused(lambda: Pin("PZ9"))
refused(lambda: ADC(Pin(pin("panel.start"))))
print("analogue", [one.read_u16() for one in converters])
while True:
    time.sleep_ms(20)
    alive.toggle()
    levels = [one.value() for one in keys]
    tone.duty_u16(14_000 if not levels[4] else 0)
    print("levels", levels, mains.value(), alive.value())
    waiting = line.any()
    if waiting:
        line.write(line.read(waiting))
