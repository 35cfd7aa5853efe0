"""A device for FakeLine that is the real loop over a pump bench, with a memory."""

from core import ketamine, pico
from core.loop_bench import BenchClock, LoopBench
from core.memory_bench import BenchMemory
from core.pump_bench import PumpBench

# 2026-05-04 19:33:20
NOW_S = 200_000_000


class BenchDevice:
    """Idle after its self-test."""

    def __init__(self, memory: BenchMemory | None, reset_cause: int = 1) -> None:
        """Switched on, with what the memory holds."""
        bench = PumpBench(pico.profile(link__bench=True))
        self.loop = LoopBench(bench, BenchClock(), ketamine.library(), memory, NOW_S, reset_cause)
        self._said = bytearray()
        self.loop.tick(30)
        self.loop.board.sink = self._say

    def tick(self, received: bytes) -> bytes:
        """Take what came, and say what a pump says in a tick."""
        self.loop.board.receive(bytearray(received), len(received))
        self.loop.tick()
        said = bytes(self._said)
        self._said.clear()
        return said

    def _say(self, buffer: bytearray, count: int) -> None:
        self._said += buffer[:count]
