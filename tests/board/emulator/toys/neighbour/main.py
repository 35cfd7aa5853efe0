"""A toy firmware that looks and writes wherever a firmware can."""

import collections.abc
import gc
import json
import os
import sys
import time

import machine

from pumpcore import limits

with open("library.json") as file:
    SETTINGS = json.load(file)

limits.SEEN_BY = SETTINGS["name"]
with open("written", "w") as file:
    file.write(SETTINGS["name"])
print("files", sorted(name for name in os.listdir() if not name.startswith("pump")))
print("enabled", gc.isenabled(), gc.collect())
try:
    __import__("evenflow")
except ImportError as error:
    print("missing", error)
if SETTINGS["name"] == "interrupted":
    import signal

    time.sleep_ms(20)
    try:
        signal.raise_signal(signal.SIGINT)
    except RuntimeError:
        print("caught")
while True:
    time.sleep_ms(20)
    print(
        "still",
        limits.SEEN_BY,
        sys.modules["machine"] is machine and callable(collections.abc.Sized),
    )
