"""The stepper axis on PIO 0: bounded DMA feeds the stepper, which starves to a stop.

Each tick the DMA channel is halted, what it has not yet moved goes to the other buffer with the
new words behind it, and the channel is armed for exactly that many. The stepper's own FIFO of
eight words carries the motion meanwhile. Nothing here runs without a tick: the queue, the
charge pump's beats and with them ENABLE end by themselves within 60 ms.
"""

from array import array

import rp2
from machine import Pin

from pumpboard.rp2 import programs
from pumpboard.rp2.counter import EdgeCounter
from pumpcore._compat import Any
from pumpcore.tick_io import MAX_WORDS, Outputs

_STEPPER, _AUDIT, _LIMITER, _HEARTBEAT = 0, 1, 2, 3
_DREQ_PIO0_TX0 = 0
_FIFO_WORDS = 8
# 250 beats of 100 us: longer than a tick, so that ENABLE does not drop between two.
_BEAT_WORD = 249


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
        self._ctrl = self._dma.pack_ctrl(inc_write=False, treq_sel=_DREQ_PIO0_TX0 + _STEPPER)
        self._armed = array("I", [0] * MAX_WORDS)
        self._next = array("I", [0] * MAX_WORDS)
        self._armed_count = 0
        self._is_running = False

    def drive(self, outputs: Outputs) -> None:
        """Queue this tick's words and keep ENABLE alive, or stop at once if `outputs.abort`."""
        if outputs.abort or not outputs.may_enable:
            self.stop()
            return
        if not self._is_running:
            self._begin(outputs.minimum_interval_us, outputs.is_forward)
        if self._heartbeat.tx_fifo() == 0:
            self._heartbeat.put(_BEAT_WORD)
        if outputs.word_count:
            self._queue(outputs.words, outputs.word_count)

    def stop(self) -> None:
        """Drop the queue and ENABLE now; harmless when stopped."""
        if not self._is_running:
            return
        self._is_running = False
        self._dma.active(0)
        self._armed_count = 0
        _silence(self._stepper)
        _silence(self._heartbeat)
        _silence(self._limiter)

    def is_gate_open(self) -> bool:
        """Whether the limiter has not tripped; False at rest, when it is not armed."""
        return self._gate.value() == 1

    def _begin(self, minimum_interval_us: int, is_forward: bool) -> None:
        self._dir.value(1 if is_forward else 0)
        self._limiter.active(1)
        # 12.5 cycles a microsecond, two cycles a loop
        self._limiter.put(minimum_interval_us * 25 // 4)
        self._heartbeat.active(1)
        self._stepper.active(1)
        self._is_running = True

    def _queue(self, words: list[int], count: int) -> None:
        dma = self._dma
        dma.active(0)
        left = dma.count if self._armed_count else 0
        first = self._armed_count - left
        armed = self._armed
        following = self._next
        if left + count > MAX_WORDS:
            raise OverflowError("stepper queue: more words than it holds")
        for index in range(left):
            following[index] = armed[first + index]
        for index in range(count):
            following[left + index] = words[index]
        self._armed = following
        self._next = armed
        self._armed_count = left + count
        dma.config(
            read=following, write=self._stepper, count=left + count, ctrl=self._ctrl, trigger=True
        )


def _silence(machine: rp2.StateMachine) -> None:
    """Halt a state machine with its queue dropped and its pin low, ready to start again."""
    machine.active(0)
    for _ in range(_FIFO_WORDS):
        machine.exec(programs.EXEC_PULL_NOBLOCK)
    machine.exec(programs.EXEC_SET_PINS_0)
    machine.restart()
