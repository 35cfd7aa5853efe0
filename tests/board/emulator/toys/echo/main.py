"""A toy firmware that sends back every byte it receives."""

import time

import machine

uart = machine.UART(0, 460_800, tx=0, rx=1, rxbuf=1024, txbuf=1024)
watchdog = machine.WDT(timeout=1000)
buffer = bytearray(256)
while True:
    time.sleep_ms(5)
    count = uart.readinto(buffer, 200)
    if count:
        uart.write(buffer, count)
    watchdog.feed()
