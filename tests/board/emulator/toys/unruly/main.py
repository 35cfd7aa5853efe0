"""A toy firmware that sounds, and after half a second does what its settings say."""

import json
import time

import machine

CAUSES = {1: "power-on", 3: "watchdog"}

with open("board.json") as file:
    BOARD = json.load(file)
with open("library.json") as file:
    SETTINGS = json.load(file)

print("registers", machine.mem32[0x40064008], machine.mem32[0x40058008])
print("started by", CAUSES[machine.reset_cause()], time.ticks_us())
tone = machine.PWM(machine.Pin(BOARD["panel.buzzer_pin"]), freq=600, duty_u16=14_418)
watchdog = machine.WDT(timeout=1000)
for _ in range(25):
    time.sleep_ms(20)
    watchdog.feed()
if machine.reset_cause() == machine.PWRON_RESET:
    if SETTINGS["do"] == "spin":
        while True:
            pass
    elif SETTINGS["do"] == "raise":
        raise ValueError("as told")
    elif SETTINGS["do"] == "reset":
        machine.reset()
    elif SETTINGS["do"] == "end":
        raise SystemExit
while True:
    time.sleep_ms(20)
    watchdog.feed()
