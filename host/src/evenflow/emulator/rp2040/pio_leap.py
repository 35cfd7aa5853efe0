"""PIO in leaps: counted waits pass at once, and a sleeping processor does not stop the machines.

rp2040py 0.3.6 leaps to the next alarm while the processor waits, and writes off what the state
machines should have done meanwhile. Here time goes from one due instruction to the next. Two
loops, of one and of two instructions, only count: they are taken in a leap, with the very same
registers and moments after it.

    wait:   jmp x--, wait                     guard:  jmp pin, elsewhere   (while the pin is low)
                                                      jmp x--, guard

A machine that is halted within a leap stands at its end, some microseconds ahead.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rp2040py.peripherals.pio import RPPIO
    from rp2040py.peripherals.state_machine import StateMachine

# Opcode without delay and address (RP2040 datasheet, 3.4.2).
_JMP_MASK = 0xE0E0
_JMP_X_DEC = 0x0040
_JMP_PIN = 0x00C0
# What the emulator has for the next due moment of a block in which no machine moves.
NEVER_DUE_FP = 1 << 62


def cycles_to_next(pio: "RPPIO", limit_cycles: int) -> int:
    """System clocks until a machine of the block has something to do, at most `limit_cycles`."""
    leap(pio, limit_cycles)
    due_fp = pio.next_due_fp - pio.cycle_fp
    return max(0, min(limit_cycles, (due_fp + 255) >> 8))


def leap(pio: "RPPIO", limit_cycles: int) -> None:
    """Take the loops that count as far as nothing can change them, at most so many clocks."""
    limit_fp = pio.cycle_fp + (limit_cycles << 8)
    if pio.stopped or pio.next_due_fp > limit_fp:
        return
    guards: list[tuple[StateMachine, int]] = []
    # Until then no pin of the block changes.
    still_fp = limit_fp
    for machine in pio.machines:
        if not machine.enabled or machine.waiting:
            continue
        period_fp, is_guard = _loop(pio, machine)
        if is_guard:
            guards.append((machine, period_fp))
            continue
        if period_fp:
            _take(machine, period_fp, limit_fp)
        still_fp = min(still_fp, machine.next_due_fp)
    for machine, period_fp in guards:
        still_fp = min(still_fp, machine.next_due_fp + machine.x * period_fp)
    for machine, period_fp in guards:
        _take(machine, period_fp, still_fp)
    pio.recompute_due()


def _take(machine: "StateMachine", period_fp: int, until_fp: int) -> None:
    loops = min(machine.x, (until_fp - machine.next_due_fp) // period_fp)
    if loops > 0:
        machine.x -= loops
        machine.next_due_fp += loops * period_fp


def _loop(pio: "RPPIO", machine: "StateMachine") -> tuple[int, bool]:
    """The counting loop that the machine is at the head of: length in 1/256 clocks, is a guard.

    (0, False) if it is at none.
    """
    if machine.x == 0 or machine.exec_valid or machine.sideset_count:
        return 0, False
    head = machine.pc
    opcode = pio.instructions[head]
    kind = opcode & _JMP_MASK
    if kind == _JMP_X_DEC and opcode & 0x1F == head:
        return (1 + (opcode >> 8 & 0x1F)) * machine.div_fp, False
    if kind != _JMP_PIN or head == machine.wrap_top:
        return 0, False
    following = pio.instructions[head + 1 & 0x1F]
    if following & _JMP_MASK != _JMP_X_DEC or following & 0x1F != head:
        return 0, False
    if pio.rp2040.gpio[machine.jmp_pin].input_value:
        return 0, False
    delays = (opcode >> 8 & 0x1F) + (following >> 8 & 0x1F)
    return (2 + delays) * machine.div_fp, True
