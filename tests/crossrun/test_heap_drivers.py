"""What the drivers on the I2C bus take from the heap of a 32-bit MicroPython: nothing."""

from crossrun.interpreters import run_wasm

_SCRIPT = """
import gc
import micropython
from pumpboard.generic.expander import Expander
from pumpboard.generic.fram import Fram


class Bus:
    # Answers everything, port B as it was last written.
    def __init__(self):
        self.port_b = 0

    def writeto(self, address, buffer):
        if buffer[0] == 0x15:
            self.port_b = buffer[1]
        return len(buffer)

    def readfrom_mem_into(self, address, place, buffer, *, addrsize=8):
        if place == 0x12:
            buffer[1] = self.port_b


bus = Bus()
expander = Expander(bus, 0x20)
memory = Fram(bus, 0x50, 32768)
short, long = bytearray(20), bytearray(100)


def ticks(count):
    for index in range(count):
        expander.want(index >> 2 & 31)
        expander.carry()
        memory.write(index, short)
        memory.write(index, long)
        memory.read_into(index, short)
        memory.read_into(index, long)


ticks(50)
before = gc.mem_alloc()
micropython.heap_lock()
ticks(200)
micropython.heap_unlock()
print(gc.mem_alloc() - before, expander.is_alive, memory.is_alive)
"""


def test_looking_showing_reading_and_writing_take_no_heap() -> None:
    assert run_wasm(_SCRIPT).split() == ["0", "True", "True"]
