"""A toy firmware that writes to the memory and the port expander, and reads them back."""

import json
import time

import machine

with open("library.json") as file:
    SETTINGS = json.load(file)

MEMORY, EXPANDER = 0x50, 0x20
bus = machine.I2C(0, sda=20, scl=21, freq=400_000, timeout=1_000)


def took(action: object) -> None:
    before = time.ticks_us()
    try:
        action()
        told = "done"
    except OSError as error:
        told = "errno %d" % error.args[0]
    print(told, time.ticks_diff(time.ticks_us(), before))


buffer = bytearray(SETTINGS["count"])
if SETTINGS["writes"]:
    for index in range(len(buffer)):
        buffer[index] = index + 1
    took(lambda: bus.writeto(MEMORY, bytes([0x12, 0x34]) + bytes(buffer)))
took(lambda: bus.readfrom_mem_into(MEMORY, 0x1234, memoryview(buffer), addrsize=16))
print("memory", list(buffer))
# Port B: outputs, red and armed.
took(lambda: bus.writeto_mem(EXPANDER, 0x15, b"\x11"))
took(lambda: bus.writeto_mem(EXPANDER, 0x01, b"\xe0"))
print("ports", list(bus.readfrom_mem(EXPANDER, 0x12, 2)))
print("analogue", [machine.ADC(source).read_u16() for source in (26, 1, 2, 29, 4)])
print("mains", machine.Pin(24, machine.Pin.IN).value())
alive = machine.Pin(19, machine.Pin.OUT, value=0)
while True:
    time.sleep_ms(20)
    if SETTINGS["lives"]:
        alive.toggle()
