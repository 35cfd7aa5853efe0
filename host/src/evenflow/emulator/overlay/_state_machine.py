"""State machines at the level of FIFO words."""

import _emu
from _chip import FREQ_HZ
from _emu import operate, operate_with, reply, request
from _layout import (
    IN_MACHINE,
    IN_RX,
    IN_RX_COUNT,
    MACHINE_COUNT,
    NO_PIN,
    OP_SM_BEGIN,
    OP_SM_HALT,
    OP_SM_INIT,
    OP_SM_PULL,
    OP_SM_PUT,
    OP_SM_RESTART,
    OP_SM_SET_PINS,
    OUT_RX_TAKEN,
    PROGRAMS,
)
from _pin import gpio
from _pio import PIO, Program, asm_pio_encode
from micropython import const

_STORES_LOW_BITS = _emu.IS_MICROPYTHON

# RP2040 datasheet 3.4; see `_pio`. Folded into the bytecode here.
_PUSH_NOBLOCK = const(0x8000)
_PULL = const(0x8080)
_BLOCK = const(0x0020)
_SET_PINS = const(0xE000)
_MOV_ISR_X = const(0xA0C1)
_MOV_ISR_NOT_X = const(0xA0C9)
_MOV_X_NULL = const(0xA023)
_INVERT = const(0x0008)
_ALL_ONES = const(0xFFFFFFFF)

_COUNTERS = ("edge_count", "quadrature_half")
# Words of its own RX FIFO that a counter's executed `push` made and nobody has taken.
_MAX_PUSHED = const(4)


class StateMachine:
    """One of eight state machines."""

    def __init__(
        self,
        id: int,
        program: Program | None = None,
        freq: int = -1,
        *,
        in_base: object = None,
        out_base: object = None,
        set_base: object = None,
        jmp_pin: object = None,
        sideset_base: object = None,
    ) -> None:
        """As documented; `init` is called if there is a program."""
        if not 0 <= id < MACHINE_COUNT:
            raise ValueError("state machine %r: there are 0 to %d" % (id, MACHINE_COUNT - 1))
        self.number = id
        self.stale_bit = 1 << id
        self._slot = IN_MACHINE + id
        self._rx_slot = IN_RX_COUNT + id
        self._taken_shift = id << 2
        self._pushed = [0] * _MAX_PUSHED
        if program is not None:
            self.init(
                program,
                freq,
                in_base=in_base,
                out_base=out_base,
                set_base=set_base,
                jmp_pin=jmp_pin,
                sideset_base=sideset_base,
            )

    def init(
        self,
        program: Program,
        freq: int = -1,
        *,
        in_base: object = None,
        out_base: object = None,
        set_base: object = None,
        jmp_pin: object = None,
        sideset_base: object = None,
    ) -> None:
        """Stop, clear both FIFOs, load the program and give its pins to the PIO."""
        self._is_counter = program.name in _COUNTERS
        self._is_receiver = program.name == "hx711"
        self._x_base = 0
        self._isr = 0
        self._pushed_count = 0
        self._depth = 8 if program.settings.get("fifo_join") == PIO.JOIN_TX else 4
        # Words put since `_put_in`, the exchange in which the count of the FIFO was last told.
        self._put_count = 0
        self._put_in = 0
        # A word lets the limiter open its gate, whose level is read at the pad.
        self._spoils = self.stale_bit | (_emu.PINS_STALE if program.name == "limiter" else 0)
        for pin in (out_base, set_base, sideset_base):
            if pin is not None:
                _emu.claim(1 << gpio(pin))
        operate_with(
            OP_SM_INIT,
            self.number | PROGRAMS.index(program.name) << 8 | self._depth << 16,
            FREQ_HZ if freq < 0 else freq,
            _number(jmp_pin if in_base is None else in_base)
            | _number(out_base) << 8
            | _number(set_base) << 16
            | _number(sideset_base) << 24,
        )
        _emu.spoil(self.stale_bit | _emu.PINS_STALE)

    def active(self, value: object = None) -> None:
        """Run or freeze."""
        if value is None:
            raise NotImplementedError("StateMachine.active() without a value is not emulated")
        operate(OP_SM_BEGIN if value else OP_SM_HALT, self.number)
        _emu.spoil(self.stale_bit | _emu.PINS_STALE)

    def restart(self) -> None:
        """Go to the program's start; the FIFOs keep their words."""
        operate(OP_SM_RESTART, self.number)
        _emu.spoil(self.stale_bit)

    def put(self, value: object, shift: int = 0) -> None:
        """Queue a word, or all of an array; waits while the FIFO is full, as the real one does."""
        if isinstance(value, int):
            self._put(value << shift)
        else:
            self._put_all(value, shift)

    def _put_all(self, words: object, shift: int) -> None:
        for word in words:
            self._put(word << shift)

    def _put(self, word: int) -> None:
        if self._put_in != _emu.exchange_count:
            self._put_in = _emu.exchange_count
            self._put_count = 0
        if reply[self._slot] + self._put_count >= self._depth:
            while self.tx_fifo() >= self._depth:
                _emu.exchange(100)
            self._put_in = _emu.exchange_count
            self._put_count = 0
        self._put_count += 1
        operate_with(OP_SM_PUT, self.number, word, 0)
        _emu.spoil(self._spoils)

    def tx_fifo(self) -> int:
        """Words in the TX FIFO now."""
        if _emu.stale_mask:
            _emu.refresh(self.stale_bit)
        return reply[self._slot]

    def rx_fifo(self) -> int:
        """Words in the RX FIFO now."""
        if self._is_receiver:
            if _emu.stale_mask:
                _emu.refresh(self.stale_bit)
            return reply[self._rx_slot] - (request[OUT_RX_TAKEN] >> self._taken_shift & 15)
        return self._pushed_count

    def get(self, buf: object = None, shift: int = 0) -> int | None:
        """Take a word, or fill an array; waits while the FIFO is empty, as the real one does."""
        if buf is None:
            return self._get() >> shift
        if self._pushed_count == 1 and len(buf) == 1 and not shift:
            # The usual read of a counter.
            self._pushed_count = 0
            if _STORES_LOW_BITS:
                buf[0] = self._pushed[0]
            else:
                _emu.store(buf, 0, self._pushed[0])
            return None
        index = 0
        while index < len(buf):
            word = self._get() >> shift
            if _STORES_LOW_BITS:
                buf[index] = word
            else:
                _emu.store(buf, index, word)
            index += 1
        return None

    def _get(self) -> int:
        if self._is_receiver:
            if _emu.stale_mask:
                _emu.refresh(self.stale_bit)
            taken = request[OUT_RX_TAKEN] >> self._taken_shift & 15
            while reply[self._rx_slot] == taken:
                _emu.exchange(100)
                taken = 0
            request[OUT_RX_TAKEN] += 1 << self._taken_shift
            return reply[IN_RX + taken]
        count = self._pushed_count - 1
        if count < 0:
            raise RuntimeError(
                "state machine %d: get() would wait for ever, nothing was pushed" % self.number
            )
        self._pushed_count = count
        pushed = self._pushed
        word = pushed[0]
        if count:
            index = 0
            while index < count:
                pushed[index] = pushed[index + 1]
                index += 1
        return word

    def exec(self, instr: object) -> None:
        """Execute one instruction, a string or its word, without moving the program's place."""
        if self._is_counter:
            # What a counter is asked twenty times a tick comes first, and costs no exchange.
            if instr == _PUSH_NOBLOCK:
                if self._pushed_count < _MAX_PUSHED:
                    self._pushed[self._pushed_count] = self._isr
                    self._pushed_count += 1
                return
            if instr == _MOV_ISR_NOT_X:
                if _emu.stale_mask:
                    _emu.refresh(self.stale_bit)
                self._isr = ~(self._x_base + reply[self._slot]) & _ALL_ONES
                return
            if instr == _MOV_ISR_X:
                if _emu.stale_mask:
                    _emu.refresh(self.stale_bit)
                self._isr = self._x_base + reply[self._slot] & _ALL_ONES
                return
        self._exec_rarely(instr if isinstance(instr, int) else asm_pio_encode(instr, 0))

    def _exec_rarely(self, word: int) -> None:
        if self._is_counter:
            self._exec_counter(word)
        elif word & ~_BLOCK == _PULL:
            operate(OP_SM_PULL, self.number)
            _emu.spoil(self._spoils)
        elif word & ~1 == _SET_PINS:
            operate(OP_SM_SET_PINS, self.number | (word & 1) << 8)
            _emu.spoil(self._spoils | _emu.PINS_STALE)
        else:
            raise ValueError("state machine %d: 0x%04x is not emulated" % (self.number, word))

    def _exec_counter(self, word: int) -> None:
        if _emu.stale_mask:
            _emu.refresh(self.stale_bit)
        moved = reply[self._slot]
        if word == _MOV_X_NULL:
            self._x_base = -moved
        elif word == _MOV_X_NULL | _INVERT:
            self._x_base = _ALL_ONES - moved
        elif word == _PUSH_NOBLOCK | _BLOCK:
            self.exec(_PUSH_NOBLOCK)
        elif word in (_PUSH_NOBLOCK, _MOV_ISR_X, _MOV_ISR_NOT_X):
            self.exec(word)
        else:
            raise ValueError("state machine %d: 0x%04x is not emulated" % (self.number, word))


def _number(pin: object) -> int:
    return NO_PIN if pin is None else gpio(pin)
