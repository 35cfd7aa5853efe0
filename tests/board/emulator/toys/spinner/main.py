"""A toy firmware that feeds its watchdog for half a second, sleeps, and then never ends."""

import time

import machine

watchdog = machine.WDT(timeout=1000)
for _ in range(26):
    watchdog.feed()
    time.sleep_ms(20)
while machine.reset_cause() == machine.PWRON_RESET:
    pass
while True:
    watchdog.feed()
    time.sleep_ms(20)
