"""A toy firmware that tells its ticks, and what the clock chip shows."""

import time

import machine

bus = machine.I2C(0, sda=20, scl=21, freq=100_000)
registers = bytearray(7)
start = time.ticks_us()
for _ in range(4):
    before = time.ticks_us()
    time.sleep_ms(500)
    print(time.ticks_us(), time.ticks_ms(), time.ticks_diff(time.ticks_us(), before))
before = time.ticks_us()
bus.readfrom_mem_into(0x68, 0, registers)
print("clock", [hex(value) for value in registers], time.ticks_diff(time.ticks_us(), before))
try:
    bus.readfrom_mem_into(0x51, 0, registers)
except OSError as error:
    print("nobody", error.args[0])
print(time.ticks_diff(time.ticks_add(start, 5), start), time.ticks_diff(start, start + 5))
while True:
    time.sleep_ms(100)
