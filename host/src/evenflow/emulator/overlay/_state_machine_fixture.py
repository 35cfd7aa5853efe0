"""State machines of a fixture at the level of FIFO words, in place of a pump's.

The programs here are those that a fixture has; what it does with them is less than a pump does.
"""

import _emu
from _chip import FREQ_HZ
from _emu import operate, operate_with, reply, request
from _layout import (
    IN_MACHINE,
    IN_RX_COUNT,
    MACHINE_COUNT,
    NO_PIN,
    OP_SM_BEGIN,
    OP_SM_HALT,
    OP_SM_INIT,
    OP_SM_PUT,
    OUT_RX_TAKEN,
    PROGRAMS,
)
from _pin import gpio
from _pio import PIO, Program

_MOV_ISR_NOT_X = 0xA0C9
_PUSH_NOBLOCK = 0x8000


class StateMachine:
    """One of eight state machines."""

    def __init__(
        self,
        id: int,
        program: Program,
        freq: int = -1,
        *,
        in_base: object = None,
        out_base: object = None,
        set_base: object = None,
    ) -> None:
        """Stopped, with empty FIFOs."""
        if not 0 <= id < MACHINE_COUNT:
            raise ValueError("state machine %r: there are 0 to %d" % (id, MACHINE_COUNT - 1))
        self.number = id
        self.program_name = program.name
        self._slot = IN_MACHINE + id
        self._taken_shift = id << 2
        self._depth = 8 if program.settings.get("fifo_join") == PIO.JOIN_TX else 4
        self._isr = 0
        # Words put since `_put_in`, the exchange in which the count of the FIFO was last told.
        self._put_count = 0
        self._put_in = 0
        operate_with(
            OP_SM_INIT,
            id | PROGRAMS.index(program.name) << 8 | self._depth << 16,
            FREQ_HZ if freq < 0 else freq,
            _number(in_base) | _number(out_base) << 8 | _number(set_base) << 16 | NO_PIN << 24,
        )
        self._spoil()

    def _spoil(self) -> None:
        _emu.spoil(1 << self.number)

    def active(self, value: object) -> None:
        """Run or freeze."""
        operate(OP_SM_BEGIN if value else OP_SM_HALT, self.number)
        self._spoil()

    def put(self, value: int) -> None:
        """Queue a word; ValueError for one that would have to wait, which no loop may do here."""
        if self._put_in != _emu.exchange_count:
            self._put_in = _emu.exchange_count
            self._put_count = 0
        if reply[self._slot] + self._put_count >= self._depth:
            raise ValueError("state machine %d: put() into a full FIFO" % self.number)
        self._put_count += 1
        operate_with(OP_SM_PUT, self.number, value, 0)
        self._spoil()

    def tx_fifo(self) -> int:
        """Words in the TX FIFO now."""
        _emu.refresh(1 << self.number)
        return reply[self._slot]

    def rx_fifo(self) -> int:
        """Words in the RX FIFO now."""
        _emu.refresh(1 << self.number)
        return reply[IN_RX_COUNT + self.number] - (request[OUT_RX_TAKEN] >> self._taken_shift & 15)

    def get(self, buf: object = None) -> int | None:
        """Take what an executed push has left in `buf`; or a word of the RX FIFO, which is 0."""
        if buf is not None:
            buf[0] = self._isr & 0xFFFF
            return None
        if not self.rx_fifo():
            raise ValueError("state machine %d: get() would wait" % self.number)
        request[OUT_RX_TAKEN] += 1 << self._taken_shift
        return 0

    def exec(self, instr: int) -> None:
        """What reads the counter of `edge_count`; nothing else is emulated."""
        if self.program_name != "edge_count" or instr not in (_MOV_ISR_NOT_X, _PUSH_NOBLOCK):
            raise ValueError("state machine %d: 0x%04x is not emulated" % (self.number, instr))
        if instr == _MOV_ISR_NOT_X:
            _emu.refresh(1 << self.number)
            self._isr = ~reply[self._slot]


def _number(pin: object) -> int:
    return NO_PIN if pin is None else gpio(pin)
