"""The stepper axis on PIO 0: bounded DMA feeds the stepper, which starves to a stop.

Each tick, what the DMA channel has not yet moved goes to the other buffer with the new words
behind it, and the channel is armed for exactly that many. The copy is made while the channel still
runs; it is halted only to see how far it came meanwhile and to be armed anew, about 100 us in
which the stepper lives on its own FIFO of eight words (2 ms at 4,000 steps a second).

Nothing here runs without a tick: the queue, the charge pump's beats and with them ENABLE end by
themselves within 60 ms.
"""

from array import array

import rp2
from machine import Pin

from pumpboard.rp2 import programs
from pumpboard.rp2.counter import EdgeCounter
from pumpcore._compat import Any
from pumpcore.check_in import ACTED
from pumpcore.tick_io import MAX_WORDS, Outputs

_STEPPER, _AUDIT, _LIMITER, _HEARTBEAT = 0, 1, 2, 3
_DREQ_PIO0_TX0 = 0
_FIFO_WORDS = 8
# Two words of 18 ms wait behind the one that beats: 36 to 54 ms after every tick, so that the
# longest tick that is still one (35 ms) does not drop ENABLE between two steps.
_BEAT_WORD = 179
_BEAT_WORDS = 2
# Words that the channel may move while a tick copies; made once, because a slice allocates.
_VIEWS = 32


class Plunger:
    """STEP, DIR, the limiter's gate and the charge pump of ENABLE."""

    def __init__(self, step_pin: int, dir_pin: int, enable_pin: int, gate_pin: int) -> None:
        """Everything low: no step, gate shut, no beat."""
        self._step = Pin(step_pin, Pin.OUT, value=0)
        self._dir = Pin(dir_pin, Pin.OUT, value=1)
        self._gate = Pin(gate_pin, Pin.OUT, value=0)
        self._enable = Pin(enable_pin, Pin.OUT, value=0)
        self._stepper = rp2.StateMachine(
            _STEPPER,
            programs.stepper,
            freq=programs.STEPPER_HZ,
            out_base=self._step,
            set_base=self._step,
        )
        self.audit = EdgeCounter(_AUDIT, self._step)
        self._limiter = rp2.StateMachine(
            _LIMITER,
            programs.limiter,
            freq=programs.LIMITER_HZ,
            in_base=self._step,
            jmp_pin=self._step,
            set_base=self._gate,
        )
        self._heartbeat = rp2.StateMachine(
            _HEARTBEAT, programs.heartbeat, freq=programs.HEARTBEAT_HZ, set_base=self._enable
        )
        # The stubs lack its attribute `count`.
        self._dma: Any = rp2.DMA()
        request = _DREQ_PIO0_TX0 + _STEPPER
        self._run_ctrl = self._dma.pack_ctrl(inc_write=False, treq_sel=request)
        self._halt_ctrl = self._dma.pack_ctrl(enable=False, inc_write=False, treq_sel=request)
        self._dma.config(write=self._stepper, ctrl=self._run_ctrl)
        self._armed = array("I", [0] * MAX_WORDS)
        self._armed_views = _views(memoryview(self._armed))
        self._next = array("I", [0] * MAX_WORDS)
        self._next_views = _views(memoryview(self._next))
        # The armed words are the last of the buffer's first `_armed_end`.
        self._armed_end = 0
        self._is_running = False
        self._interval_us = 0

    def drive(self, outputs: Outputs) -> int:
        """Queue this tick's words and keep ENABLE alive, or stop if `outputs.abort`; ACTED.

        The direction is that of the first call after a stop; another shortest interval counts
        before these words do. OverflowError for more words than the queue holds: they are not
        queued, and the caller stops.
        """
        if outputs.abort or not outputs.may_enable:
            self.stop()
            return ACTED
        if not self._is_running:
            self._begin(outputs.minimum_interval_us, outputs.is_forward)
        elif outputs.minimum_interval_us != self._interval_us:
            self._limiter.put(_limiter_word(outputs.minimum_interval_us))
            self._limiter.exec(programs.EXEC_PULL_NOBLOCK)
            self._interval_us = outputs.minimum_interval_us
        beats = self._heartbeat.tx_fifo()
        if outputs.word_count:
            self._queue(outputs.words, outputs.word_count)
        while beats < _BEAT_WORDS:
            self._heartbeat.put(_BEAT_WORD)
            beats += 1
        return ACTED

    def stop(self) -> None:
        """Drop the queue and ENABLE now; harmless when stopped."""
        if not self._is_running:
            return
        self._dma.active(0)
        self._armed_end = 0
        _silence(self._stepper)
        _silence(self._heartbeat)
        _silence(self._limiter)
        # last: a stop that was interrupted is done again
        self._is_running = False

    def _begin(self, minimum_interval_us: int, is_forward: bool) -> None:
        loops = _limiter_word(minimum_interval_us)
        self._interval_us = minimum_interval_us
        # first: whatever fails below, stop() undoes it
        self._is_running = True
        self._dir.value(1 if is_forward else 0)
        self._limiter.active(1)
        self._limiter.put(loops)
        self._heartbeat.active(1)
        self._stepper.active(1)

    def _queue(self, words: list[int], count: int) -> None:
        left = self._dma.count if self._armed_end else 0
        if left + count > MAX_WORDS:
            raise OverflowError("stepper queue: more words than it holds")
        moved = 0
        if left:
            self._copy_what_is_left(left)
        self._append(words, count, left)
        if left:
            moved = self._halt(left)
        end = left + count
        self._arm(end, moved)
        self._armed_end = end
        self._armed, self._next = self._next, self._armed
        self._armed_views, self._next_views = self._next_views, self._armed_views

    def _copy_what_is_left(self, left: int) -> None:
        armed = self._armed
        following = self._next
        first = self._armed_end - left
        for index in range(left):
            following[index] = armed[first + index]

    def _append(self, words: list[int], count: int, at: int) -> None:
        following = self._next
        for index in range(count):
            following[at] = words[index]
            at += 1

    def _halt(self, left: int) -> int:
        """Words that have gone since there were so many; the channel has stopped."""
        dma = self._dma
        # Aborting clears the count (RP2040 datasheet, 2.5.5.3): pause, read it, then abort.
        dma.config(ctrl=self._halt_ctrl)
        moved = left - dma.count
        dma.active(0)
        dma.config(ctrl=self._run_ctrl)
        return moved

    def _arm(self, end: int, moved: int) -> None:
        self._dma.config(read=self._words_from(moved), count=end - moved, trigger=True)

    def _words_from(self, start: int) -> memoryview:
        return self._next_views[start] if start < _VIEWS else memoryview(self._next)[start:]


def _limiter_word(minimum_interval_us: int) -> int:
    # 12.5 cycles a microsecond, two cycles a loop
    loops = minimum_interval_us * 25 // 4 - programs.LIMITER_OVERHEAD_LOOPS
    if loops < 0:
        raise ValueError("minimum_interval_us: %d is below 3" % minimum_interval_us)
    return loops


def _views(words: memoryview) -> list[memoryview]:
    return [words[start:] for start in range(_VIEWS)]


def _silence(machine: rp2.StateMachine) -> None:
    """Halt a state machine with its queue dropped and its pin low, ready to start again.

    A restart keeps the FIFO's words, and only `init` would clear them, allocating: executed pulls
    take them out, which a halted machine does at once.
    """
    machine.active(0)
    for _ in range(_FIFO_WORDS):
        machine.exec(programs.EXEC_PULL_NOBLOCK)
    machine.exec(programs.EXEC_SET_PINS_0)
    machine.restart()
