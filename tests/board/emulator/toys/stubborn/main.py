"""A toy firmware that feeds its watchdog once, and then never ends, whatever is raised in it."""

import time

import machine

watchdog = machine.WDT(timeout=1000)
watchdog.feed()
time.sleep_ms(20)
while machine.reset_cause() == machine.PWRON_RESET:
    try:
        while True:
            pass
    except BaseException:  # the worst that a firmware can do
        print("caught")
while True:
    watchdog.feed()
    time.sleep_ms(20)
