"""DMA channels that feed state machines."""

import _emu
from _emu import operate, reply
from _layout import (
    DMA_COUNT,
    IN_DMA,
    OP_DMA_ABORT,
    OP_DMA_LOAD,
    OP_DMA_MORE,
    OP_DMA_PAUSE,
    OP_DMA_RUN,
    OP_DMA_START,
)
from _state_machine import StateMachine
from micropython import const

_ABORT_FIRST = const(1 << 17)
# A transfer that leaves room for little else is loaded in parts.
_MOST_RUN_WORDS = const(400)

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
        # Where the last pause or abort of this channel stands among the operations.
        self._place = -1
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
                self._place = _emu.place()
            self._ctrl = ctrl
        if count is not None:
            self._count = count
        if read is not None:
            self._words = read
            if trigger and self._count < _MOST_RUN_WORDS and self._chain() == self.channel:
                self._run()
                return
            self._load()
        if trigger:
            self._start()

    def _chain(self) -> int:
        return self._ctrl >> 11 & 15

    def _run(self) -> None:
        """The usual case in one operation, which takes the place of an abort just before."""
        self._is_loaded = True
        self._check()
        count = self._count
        argument = self.channel | self._machine.number << 4 | count << 7
        if self._place == _emu.place() and not self._is_running:
            _emu.take_back()
            argument |= _ABORT_FIRST
        _emu.room(1 + count)
        _emu.operate_words(OP_DMA_RUN, argument, self._words, 0, count)
        self._is_loaded = False
        self._is_running = True
        _emu.spoil(self._machine.stale_bit)

    def _load(self) -> None:
        self._is_loaded = True
        self._check_length()
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
        operate(OP_DMA_START, self.channel | self._machine.number << 8 | self._chain() << 16)
        _emu.spoil(self._machine.stale_bit)

    def _check_length(self) -> None:
        if len(self._words) < self._count:
            raise ValueError(
                "DMA: %d transfers from an array of %d words" % (self._count, len(self._words))
            )

    def _check(self) -> None:
        self._check_length()
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
            if self._place == _emu.place():
                # Paused just before: no time has passed in between.
                _emu.take_back()
            operate(OP_DMA_ABORT, self.channel)
            self._place = _emu.place()
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
