"""The PIO programs of a fixture: one that stamps changes, two that play sensors.

PIO 0 holds step_stamp and hx711_play (27 of 32 instructions), PIO 1 holds quadrature_play and
the pump's edge_count (7 of 32).
"""

import rp2

from pumpcore._compat import TYPE_CHECKING

if TYPE_CHECKING:
    from rp2.asm_pio import *

# Eight cycles are a tick of the stamp clock: 320 ns.
STAMP_HZ = 25_000_000
HX711_HZ = 12_500_000
QUADRATURE_HZ = 1_000_000

# By which a word of quadrature_play lasts longer than it says.
HOLD_OVERHEAD_CYCLES = 4


@rp2.asm_pio(in_shiftdir=rp2.PIO.SHIFT_LEFT, fifo_join=rp2.PIO.JOIN_RX)
def step_stamp() -> None:
    """Looks at three pins once in 8 cycles; a change is pushed as levels << 29 | clock.

    The clock, in OSR, counts down by one in 8 cycles. After a change it looks again 16 cycles
    later, so that a pulse of 16 cycles (0.64 us) is never missed. The first look is always pushed.
    A word that finds the FIFO full is lost, and FDEBUG says so.
    """
    mov(osr, invert(null))
    mov(y, invert(null))
    wrap_target()
    label("look")
    mov(x, osr)
    jmp(x_dec, "counted")
    label("counted")
    mov(osr, x)
    mov(isr, null)
    in_(pins, 3)
    mov(x, isr)
    jmp(x_not_y, "changed")[1]
    wrap()
    label("changed")
    mov(y, x)
    in_(osr, 29)
    push(noblock)
    mov(x, osr)
    jmp(x_dec, "counted_too")
    label("counted_too")
    mov(osr, x)[1]
    jmp("look")


@rp2.asm_pio(
    out_init=rp2.PIO.OUT_HIGH,
    set_init=rp2.PIO.OUT_HIGH,
    out_shiftdir=rp2.PIO.SHIFT_LEFT,
)
def hx711_play() -> None:
    """A word is a conversion << 8: DOUT falls, then a bit comes with every rise of SCK.

    The 25th pulse, of gain 128, lets DOUT rise again; then a word is pushed, to say that this one
    was taken. Without a word DOUT stays high: no conversion is ready.
    """
    wrap_target()
    pull(block)
    set(x, 23)
    set(pins, 0)
    label("bit")
    wait(1, pin, 0)
    out(pins, 1)
    wait(0, pin, 0)
    jmp(x_dec, "bit")
    wait(1, pin, 0)
    set(pins, 1)
    wait(0, pin, 0)
    push(noblock)
    wrap()


@rp2.asm_pio(
    out_init=[rp2.PIO.OUT_LOW, rp2.PIO.OUT_LOW],
    out_shiftdir=rp2.PIO.SHIFT_RIGHT,
    fifo_join=rp2.PIO.JOIN_TX,
)
def quadrature_play() -> None:
    """A word is hold << 2 | b << 1 | a: the levels come, and last for hold + 4 cycles."""
    wrap_target()
    pull(block)
    out(pins, 2)
    out(x, 30)
    label("hold")
    jmp(x_dec, "hold")
    wrap()
