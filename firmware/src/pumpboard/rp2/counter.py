"""Edge and quadrature counters in PIO, read without allocating."""

from array import array

import rp2
from machine import Pin

from pumpboard.rp2 import programs


class EdgeCounter:
    """Rising edges of a pin, modulo 2^16, from an arbitrary start: only differences mean anything.

    The register that counts keeps its value through a soft reset.
    """

    def __init__(self, machine_id: int, pin: Pin) -> None:
        """Count from here."""
        self._machine = rp2.StateMachine(
            machine_id, programs.edge_count, freq=programs.COUNTER_HZ, in_base=pin
        )
        self._word = array("H", [0])
        self._machine.active(1)

    def count(self) -> int:
        """The count now."""
        self._machine.exec(programs.EXEC_MOV_ISR_NOT_X)
        self._machine.exec(programs.EXEC_PUSH_NOBLOCK)
        self._machine.get(self._word)
        return self._word[0]


class QuadratureCounter:
    """All four edges of an encoder, modulo 2^16, forward positive, from an arbitrary start."""

    def __init__(self, machine_id: int, pin_a: Pin, pin_b: Pin) -> None:
        """Use this state machine and the next."""
        self._a = rp2.StateMachine(
            machine_id,
            programs.quadrature_half,
            freq=programs.COUNTER_HZ,
            in_base=pin_a,
            jmp_pin=pin_b,
        )
        self._b = rp2.StateMachine(
            machine_id + 1,
            programs.quadrature_half,
            freq=programs.COUNTER_HZ,
            in_base=pin_b,
            jmp_pin=pin_a,
        )
        self._word = array("H", [0])
        self._a.active(1)
        self._b.active(1)

    def count(self) -> int:
        """The count now."""
        self._a.exec(programs.EXEC_MOV_ISR_NOT_X)
        self._a.exec(programs.EXEC_PUSH_NOBLOCK)
        self._a.get(self._word)
        edges = self._word[0]
        self._b.exec(programs.EXEC_MOV_ISR_X)
        self._b.exec(programs.EXEC_PUSH_NOBLOCK)
        self._b.get(self._word)
        return (edges + self._word[0]) & 0xFFFF
