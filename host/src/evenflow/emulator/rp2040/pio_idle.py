"""PIO while the processor sleeps: state machines go on, and counted waits pass in one leap.

rp2040py 0.3.6 leaps to the next alarm while the processor waits, and writes off what the state
machines should have done meanwhile. Here time goes from one due instruction to the next. Two
loops, of one and of two instructions, only count: they are taken in a leap, with the very same
registers and moments after it:

    wait:   jmp x--, wait                     guard:  jmp pin, elsewhere   (while the pin is low)
                                                      jmp x--, guard
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
    if pio.stopped or pio.next_due_fp > pio.cycle_fp + (limit_cycles << 8):
        return limit_cycles
    horizon_fp = pio.cycle_fp + (limit_cycles << 8)
    counting: list[tuple[StateMachine, int]] = []
    for machine in pio.machines:
        if not machine.enabled or machine.waiting:
            continue
        period_fp = _period_fp(pio, machine)
        if period_fp:
            counting.append((machine, period_fp))
            horizon_fp = min(horizon_fp, machine.next_due_fp + machine.x * period_fp)
        else:
            horizon_fp = min(horizon_fp, machine.next_due_fp)
    for machine, period_fp in counting:
        loops = (horizon_fp - machine.next_due_fp) // period_fp
        if loops > 0:
            machine.x -= loops
            machine.next_due_fp += loops * period_fp
    pio.recompute_due()
    due_fp = min(horizon_fp, pio.next_due_fp) - pio.cycle_fp
    return max(0, min(limit_cycles, (due_fp + 255) >> 8))


def _period_fp(pio: "RPPIO", machine: "StateMachine") -> int:
    """Length of the counting loop that the machine is at the head of, in 1/256 clocks; or 0."""
    if machine.x == 0 or machine.exec_valid or machine.sideset_count:
        return 0
    head = machine.pc
    opcode = pio.instructions[head]
    kind = opcode & _JMP_MASK
    if kind == _JMP_X_DEC and opcode & 0x1F == head:
        return int((1 + (opcode >> 8 & 0x1F)) * machine.div_fp)
    if kind != _JMP_PIN or machine.pc == machine.wrap_top:
        return 0
    following = pio.instructions[head + 1 & 0x1F]
    if following & _JMP_MASK != _JMP_X_DEC or following & 0x1F != head:
        return 0
    if pio.rp2040.gpio[machine.jmp_pin].input_value:
        return 0
    delays = (opcode >> 8 & 0x1F) + (following >> 8 & 0x1F)
    return int((2 + delays) * machine.div_fp)
