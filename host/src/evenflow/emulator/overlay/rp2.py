"""MicroPython's `rp2` at the level of FIFO words.

A PIO program is known by the name of its function; its body is never run here, the models of
the board do what it does (the real programs are checked cycle by cycle in tests of their own).
"""

import _emu
from _emu import operate, operate_with, reply
from _layout import (
    DMA_COUNT,
    IN_DMA,
    IN_MACHINE,
    IN_RX,
    IN_RX_COUNT,
    MACHINE_COUNT,
    NO_PIN,
    OP_DMA_ABORT,
    OP_DMA_LOAD,
    OP_DMA_MORE,
    OP_DMA_PAUSE,
    OP_DMA_START,
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
from machine import gpio
from micropython import const

_STORES_LOW_BITS = _emu.IS_MICROPYTHON


class PIO:
    """Constants of the PIO block."""

    IN_LOW = 0
    IN_HIGH = 1
    OUT_LOW = 2
    OUT_HIGH = 3
    SHIFT_LEFT = 0
    SHIFT_RIGHT = 1
    JOIN_NONE = 0
    JOIN_TX = 1
    JOIN_RX = 2


class Program:
    """Name and settings of a PIO program."""

    def __init__(self, name: str, settings: dict[str, object]) -> None:
        """`settings` are the decorator's keywords."""
        if name not in PROGRAMS:
            raise ValueError(
                "PIO program %r has no model on the emulated board; it knows %s"
                % (name, ", ".join(PROGRAMS))
            )
        self.name = name
        self.settings = settings


_DECORATOR_KEYWORDS = (
    "out_init",
    "set_init",
    "sideset_init",
    "sideset_pindir",
    "in_shiftdir",
    "out_shiftdir",
    "autopush",
    "autopull",
    "push_thresh",
    "pull_thresh",
    "fifo_join",
)


def asm_pio(**settings: object) -> object:
    """Decorator: records the function's name and these settings; does not run the function."""
    for keyword in settings:
        if keyword not in _DECORATOR_KEYWORDS:
            raise TypeError("asm_pio: unexpected keyword %r" % keyword)

    def decorate(function: object) -> Program:
        return Program(function.__name__, settings)

    return decorate


# Instructions that can be executed on a machine from outside, encoded as on the RP2040
# (datasheet 3.4); blanks do not matter.
_PUSH_NOBLOCK = const(0x8000)
_PULL = const(0x8080)
_BLOCK = const(0x0020)
_SET_PINS = const(0xE000)
_MOV_ISR_X = const(0xA0C1)
_MOV_ISR_NOT_X = const(0xA0C9)
_MOV_X_NULL = const(0xA023)
_INVERT = const(0x0008)
_EXEC_WORDS = {
    "push()": _PUSH_NOBLOCK | _BLOCK,
    "push(block)": _PUSH_NOBLOCK | _BLOCK,
    "push(noblock)": _PUSH_NOBLOCK,
    "pull()": _PULL | _BLOCK,
    "pull(block)": _PULL | _BLOCK,
    "pull(noblock)": _PULL,
    "mov(isr,x)": _MOV_ISR_X,
    "mov(isr,invert(x))": _MOV_ISR_NOT_X,
    "mov(x,null)": _MOV_X_NULL,
    "mov(x,invert(null))": _MOV_X_NULL | _INVERT,
    "set(pins,0)": _SET_PINS,
    "set(pins,1)": _SET_PINS | 1,
}
_ALL_ONES = const(0xFFFFFFFF)


def asm_pio_encode(instr: str, sideset_count: int, sideset_opt: bool = False) -> int:
    """The word of one instruction; only those that may be executed from outside here."""
    word = _EXEC_WORDS.get(instr.replace(" ", ""))
    if word is None:
        raise ValueError(
            "%r cannot be executed on the emulated board; it knows %s"
            % (instr, ", ".join(sorted(_EXEC_WORDS)))
        )
    return word


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
            125_000_000 if freq < 0 else freq,
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
            for word in value:
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
            return reply[self._rx_slot] - self._taken()
        return self._pushed_count

    def _taken(self) -> int:
        return _emu.request[OUT_RX_TAKEN] >> (self.number << 2) & 15

    def get(self, buf: object = None, shift: int = 0) -> int | None:
        """Take a word, or fill an array; waits while the FIFO is empty, as the real one does."""
        if buf is None:
            return self._get() >> shift
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
            while self.rx_fifo() == 0:
                _emu.exchange(100)
            word = reply[IN_RX + self._taken()]
            _emu.take_rx(self.number)
            return word
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
        word = instr if isinstance(instr, int) else asm_pio_encode(instr, 0)
        if self._is_counter and word is not instr:
            self.exec(word)
        elif self._is_counter:
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
        if word == _MOV_ISR_X:
            self._isr = self._x_base + moved & _ALL_ONES
        elif word == _MOV_X_NULL:
            self._x_base = -moved
        elif word == _MOV_X_NULL | _INVERT:
            self._x_base = _ALL_ONES - moved
        elif word == _PUSH_NOBLOCK | _BLOCK:
            self.exec(_PUSH_NOBLOCK)
        else:
            raise ValueError("state machine %d: 0x%04x is not emulated" % (self.number, word))


def _number(pin: object) -> int:
    return NO_PIN if pin is None else gpio(pin)


# Fields of the RP2040's DMA CTRL register (datasheet 2.5.7)
_CTRL_SHIFTS = (
    ("enable", 0, 1),
    ("high_pri", 1, 1),
    ("size", 2, 2),
    ("inc_read", 4, 1),
    ("inc_write", 5, 1),
    ("ring_size", 6, 4),
    ("ring_sel", 10, 1),
    ("chain_to", 11, 4),
    ("treq_sel", 15, 6),
    ("irq_quiet", 21, 1),
    ("bswap", 22, 1),
    ("sniff_en", 23, 1),
)


class DMA:
    """A DMA channel that carries words from an array to a state machine, once, never a ring.

    Words are taken when the transfer is configured: a buffer must stay as it is until the
    channel has stopped, as on the real one.
    """

    _used = [False] * DMA_COUNT

    def __init__(self) -> None:
        """Claim a channel; OSError if none is free."""
        channel = 0
        while channel < DMA_COUNT and DMA._used[channel]:
            channel += 1
        if channel == DMA_COUNT:
            raise OSError(16)
        DMA._used[channel] = True
        self.channel = channel
        self._machine = None
        self._words = None
        self._count = 0
        self._is_loaded = False
        self._is_running = False
        self._ctrl = self.pack_ctrl()

    def pack_ctrl(self, default: int | None = None, **fields: int) -> int:
        """The control word; `default` or the documented defaults, changed by these fields."""
        if default is None:
            default = 1 | 2 << 2 | 1 << 4 | 1 << 5 | self.channel << 11 | 0x3F << 15 | 1 << 21
        known = 0
        for name, shift, width in _CTRL_SHIFTS:
            if name in fields:
                known += 1
                mask = (1 << width) - 1
                default = default & ~(mask << shift) | (int(fields[name]) & mask) << shift
        if known != len(fields):
            raise TypeError("DMA.pack_ctrl: a field is unknown")
        return default

    def config(
        self,
        read: object = None,
        write: object = None,
        count: int | None = None,
        ctrl: int | None = None,
        trigger: bool = False,
    ) -> None:
        """As documented; what is not given stays as it was."""
        if write is not None:
            if not isinstance(write, StateMachine):
                raise ValueError("DMA: only state machines can be written to here")
            self._machine = write
        if ctrl is not None:
            if self._is_running and (ctrl ^ self._ctrl) & 1:
                operate(OP_DMA_PAUSE, self.channel | (0 if ctrl & 1 else 256))
            self._ctrl = ctrl
        if count is not None:
            self._count = count
        if read is not None:
            self._words = read
            self._load()
        if trigger:
            self._start()

    def _load(self) -> None:
        self._is_loaded = True
        if len(self._words) < self._count:
            raise ValueError(
                "DMA: %d transfers from an array of %d words" % (self._count, len(self._words))
            )
        start = 0
        code = OP_DMA_LOAD
        while True:
            part = min(_emu.room(2) - 1, self._count - start)
            _emu.operate_words(code, self.channel | part << 8, self._words, start, part)
            start += part
            if start == self._count:
                return
            code = OP_DMA_MORE

    def _start(self) -> None:
        self._check()
        self._is_loaded = False
        self._is_running = True
        chain = self._ctrl >> 11 & 15
        operate(OP_DMA_START, self.channel | self._machine.number << 8 | chain << 16)
        _emu.spoil(self._machine.stale_bit)

    def _check(self) -> None:
        if not self._is_loaded:
            raise ValueError("DMA: started without `read`; its read address stands at the end")
        number = self._machine.number
        request = (number >> 2) * 8 + (number & 3)
        if self._ctrl >> 15 & 0x3F != request:
            raise ValueError(
                "DMA: treq_sel %d does not pace state machine %d, %d does"
                % (self._ctrl >> 15 & 0x3F, number, request)
            )
        if not self._ctrl & 1 or self._ctrl >> 2 & 3 != 2 or self._ctrl & 32:
            raise ValueError("DMA: needs enable=1, size=2 (words) and inc_write=0")
        if not self._ctrl & 16 or self._ctrl >> 6 & 15:
            raise ValueError("DMA: a ring or a fixed read address would never end; refused")

    def active(self, value: object = None) -> bool:
        """Whether it still has words to carry; or start (1) or abort (0)."""
        if value is None:
            return self.count > 0
        if value:
            self._start()
        else:
            # Clears the count (datasheet 2.5.5.3), so there is nothing to ask the board for.
            operate(OP_DMA_ABORT, self.channel)
            self._is_running = False
        return bool(value)

    @property
    def count(self) -> int:
        """Transfers left; set: transfers of the next start."""
        if not self._is_running:
            return 0
        if _emu.stale_mask:
            _emu.refresh(self._machine.stale_bit)
        return reply[IN_DMA + self.channel]

    @count.setter
    def count(self, value: int) -> None:
        self._count = value

    def irq(self, *arguments: object, **named: object) -> None:
        """Refused: the firmware has no DMA interrupts."""
        raise NotImplementedError("DMA.irq is not emulated; read count")

    def close(self) -> None:
        """Abort and give the channel back."""
        self.active(0)
        DMA._used[self.channel] = False
