"""What the drivers on the I2C bus take from the heap of a 32-bit MicroPython: nothing."""

from crossrun.interpreters import run_wasm

_SCRIPT = """
import gc
import sys
import micropython


class Machine:
    I2C = Pin = object


sys.modules["machine"] = Machine
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


_COUNTERS = """
import gc
import sys
import micropython


class Module:
    pass


class PCNT:
    # Ten counts at every look, round the limit.
    IGNORE, INCREMENT, DECREMENT, REVERSE = 0, 1, 2, 1

    def __init__(self, unit, **settings):
        self.count = 0

    def init(self, **settings):
        pass

    def start(self):
        pass

    def value(self):
        self.count = (self.count + 10) % 32000
        return self.count


class Pin:
    IN, PULL_UP = 0, 1

    def __init__(self, number, *settings):
        self.number = number

    def value(self):
        return self.number & 1


class ADC:
    def __init__(self, pin):
        pass

    def read_uv(self):
        return 3_100_000


esp32, machine = Module(), Module()
esp32.PCNT = PCNT
esp32.mcu_temperature = lambda: 80
machine.Pin, machine.ADC, machine.I2C = Pin, ADC, object
sys.modules["esp32"], sys.modules["machine"] = esp32, machine
from pumpboard.esp32.counter import EdgeCounter, QuadratureCounter
from pumpboard.esp32.sensors import Converter, Temperature
from pumpboard.generic.pads import Pads

steps, encoder = EdgeCounter(0, Pin(11), 80), QuadratureCounter(1, Pin(16), Pin(17))
converter, temperature, pads = Converter(1), Temperature(), Pads()
for number in range(10):
    pads.add(number)


def ticks(count):
    for index in range(count):
        steps.count()
        encoder.count()
        converter.read_u16()
        temperature.read_u16()
        pads.levels()


# A place of its own, before it is counted.
before = 0
ticks(50)
before = gc.mem_alloc()
micropython.heap_lock()
ticks(5000)
micropython.heap_unlock()
print(gc.mem_alloc() - before, steps.count(), pads.levels())
"""


def test_an_esp32_s_counters_converter_and_pads_take_no_heap() -> None:
    assert run_wasm(_COUNTERS).split() == ["0", str(5_051 * 10), str(0b1010101010)]
