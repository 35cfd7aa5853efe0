"""A toy firmware with a PIO program that no model knows."""

import rp2


@rp2.asm_pio()
def blink():
    raise AssertionError("the overlay must not run a program's body")
