"""A toy firmware that tells what a collection and hashes cost."""

import gc
import hashlib
import time


def told(work: object) -> None:
    before = time.ticks_us()
    work()
    print(time.ticks_diff(time.ticks_us(), before))
    time.sleep_ms(20)


def three_blocks() -> None:
    long = hashlib.sha256(b"x" * 64)
    long.update(b"x" * 60)
    long.digest()


told(gc.collect)
told(hashlib.sha256(b"x" * 55).digest)
told(three_blocks)
while True:
    time.sleep_ms(20)
