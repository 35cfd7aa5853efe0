"""The PIO programs. Cycle counts are part of the contract with pumpcore.pacer and the emulator.

PIO 0 holds stepper, edge_count, limiter and heartbeat (22 of 32 instructions), PIO 1 holds
quadrature_half, hx711 and edge_count (24 of 32). A program is loaded once in a block, however
many of its machines run it.
"""

import rp2

from pumpcore._compat import TYPE_CHECKING

if TYPE_CHECKING:
    from rp2.asm_pio import *

STEPPER_HZ = 12_500_000
LIMITER_HZ = 12_500_000
HEARTBEAT_HZ = 200_000
HX711_HZ = 1_000_000
COUNTER_HZ = 12_500_000

# Loops by which the limiter's word is shorter than the interval that it guards.
LIMITER_OVERHEAD_LOOPS = 14

# Instructions that drivers execute on a machine from outside, running or halted: at once, without
# moving its program counter (RP2040 datasheet, 3.4 and 3.5.7; CTRL.SM_ENABLE in 3.7).
EXEC_MOV_ISR_X = 0xA0C1
EXEC_MOV_ISR_NOT_X = 0xA0C9
EXEC_PUSH_NOBLOCK = 0x8000
EXEC_PULL_NOBLOCK = 0x8080
EXEC_SET_PINS_0 = 0xE000


@rp2.asm_pio(
    out_init=rp2.PIO.OUT_LOW,
    set_init=rp2.PIO.OUT_LOW,
    out_shiftdir=rp2.PIO.SHIFT_RIGHT,
    fifo_join=rp2.PIO.JOIN_TX,
)
def stepper() -> None:
    """A word is ((cycles - 29) << 1) | is_step: STEP rises on its second cycle, for 25 cycles.

    Starved, it waits in `pull` with STEP low.
    """
    wrap_target()
    pull(block)
    out(pins, 1)[24]
    set(pins, 0)
    out(x, 31)
    label("wait")
    jmp(x_dec, "wait")
    wrap()


@rp2.asm_pio()
def edge_count() -> None:
    """X goes down by one for every rising edge of the pin, up to one in 3 cycles."""
    wrap_target()
    label("top")
    wait(0, pin, 0)
    wait(1, pin, 0)
    jmp(x_dec, "top")
    wrap()


@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def limiter() -> None:
    """A word n opens the gate; an edge less than 2n + 28 cycles after the last one shuts it.

    It stays shut until the driver restarts the machine. 25 of the cycles are STEP's own high time.
    """
    pull(block)
    set(pins, 1)
    wrap_target()
    wait(1, pin, 0)
    wait(0, pin, 0)
    mov(x, osr)
    label("guard")
    jmp(pin, "trip")
    jmp(x_dec, "guard")
    wrap()
    label("trip")
    set(pins, 0)
    label("stay")
    jmp("stay")


@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def heartbeat() -> None:
    """A word n makes n + 1 periods of 20 cycles for the charge pump; starved, it stays low."""
    wrap_target()
    pull(block)
    mov(x, osr)
    label("beat")
    set(pins, 1)[9]
    set(pins, 0)[8]
    jmp(x_dec, "beat")
    wrap()


@rp2.asm_pio()
def quadrature_half() -> None:
    """Counts the edges of one encoder signal, signed by the level of the other (jmp_pin).

    X goes down on a rise with the other low and on a fall with the other high, else up. Run on A
    and on B, the two give all four edges: forward counts -X of A and +X of B. X changes in one
    instruction, so that a read from outside never meets it half-way. Edges may come 5 cycles
    apart, in any order.
    """
    wrap_target()
    label("top")
    wait(1, pin, 0)
    jmp(pin, "rose_while_high")
    jmp(x_dec, "risen")
    jmp("risen")
    label("rose_while_high")
    mov(y, invert(x))
    jmp(y_dec, "rise_counted")
    label("rise_counted")
    mov(x, invert(y))
    label("risen")
    wait(0, pin, 0)
    jmp(pin, "fell_while_high")
    mov(y, invert(x))
    jmp(y_dec, "fall_counted")
    label("fall_counted")
    mov(x, invert(y))
    jmp("top")
    label("fell_while_high")
    jmp(x_dec, "top")
    wrap()


@rp2.asm_pio(
    sideset_init=rp2.PIO.OUT_LOW,
    in_shiftdir=rp2.PIO.SHIFT_LEFT,
    fifo_join=rp2.PIO.JOIN_RX,
)
def hx711() -> None:
    """Waits for DOUT low, clocks in 24 bits and one pulse more for gain 128, pushes the word."""
    wrap_target()
    wait(0, pin, 0).side(0)
    set(x, 23).side(0)
    label("bit")
    nop().side(1)[1]
    in_(pins, 1).side(1)
    jmp(x_dec, "bit").side(0)[1]
    push(noblock).side(1)[1]
    nop().side(0)[1]
    wrap()
