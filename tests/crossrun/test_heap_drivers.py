"""What the drivers of chips take from the heap of a 32-bit MicroPython: nothing."""

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


_WIRE = """
import gc
import micropython
from pumpboard.generic import tmc2209
from pumpcore.board.motor_current import current_scale


class Time:
    # Here nobody waits.
    def sleep_ms(self, ms):
        pass


tmc2209.time = Time()


class Uart:
    # A driver that answers everything as it was told, DRV_STATUS as while it moves.
    def __init__(self):
        self.registers = {0x6F: b"\\x00\\x0c\\x00\\x00"}
        self.answer = bytearray(12)
        self.count = 0
        self.writes = 0
        self.sum = None

    def any(self):
        return self.count

    def readinto(self, buffer, count):
        for index in range(count):
            buffer[index] = self.answer[index]
        self.count = 0
        return count

    def write(self, buffer):
        register = buffer[2] & 0x7F
        if buffer[2] & 0x80:
            self.registers[register] = bytes(4) if register == 1 else bytes(buffer[3:7])
            self.writes += 1
            self.registers[2] = bytes((0, 0, 0, self.writes))
            return len(buffer)
        answer = self.answer
        value = self.registers.get(register, b"\\0\\0\\0\\0")
        for index in range(4):
            answer[index] = buffer[index]
            answer[7 + index] = value[index]
        answer[4] = 5
        answer[5] = 255
        answer[6] = register
        answer[11] = crc(answer)
        self.count = 12
        return 4


def crc(answer):
    total = 0
    for index in range(4, 11):
        byte = answer[index]
        for _ in range(8):
            total = (total << 1 ^ (7 if (total >> 7 ^ byte) & 1 else 0)) & 255
            byte >>= 1
    return total


uart = Uart()
driver = tmc2209.Tmc2209(uart, 0, 16, current_scale(600, 110))


def ticks(count):
    for index in range(count):
        # One reply in five does not come.
        if index % 5 == 0:
            uart.count = 3
        driver.carry()


ticks(50)
before = gc.mem_alloc()
micropython.heap_lock()
ticks(200)
micropython.heap_unlock()
print(gc.mem_alloc() - before, driver.problem or "sound", driver.has_fault)
"""


_GLASS = """
import gc
import micropython
from pumpapp.status_screen import StatusScreen
from pumpboard.generic.ssd1306 import Ssd1306
from pumpcore.tick_io import Outputs
from pumpcore.programme import Order, Programme


class Bus:
    # A display that is on, and now and then not there.
    def __init__(self):
        self.is_there = True
        self.lost = OSError(5)

    def writeto(self, address, buffer):
        if not self.is_there:
            raise self.lost
        return len(buffer)

    def readfrom_mem_into(self, address, place, buffer, *, addrsize=8):
        buffer[0] = 0


bus = Bus()
display = Ssd1306(bus, 0x3C)
screen = StatusScreen(display)
order, programme, outputs = Order(), Programme(), Outputs()
order.concentration_ng_per_ml = 2000000
programme.volume_nl = 50000000
programme.rate_ul_per_h = 26250
programme.femtolitres_per_microstep = 173611111
screen.adopt(order, programme, "ketamine")


def ticks(count):
    for index in range(count):
        outputs.programme_number = index >> 6 & 1
        outputs.state = index % 11
        outputs.delivered_microsteps = index * 40 - 20
        outputs.commanded_ul_per_h = 1200000 - index
        outputs.alarms_low = 0x3FFFFFFF if index & 32 else 1 << index % 30
        outputs.alarms_high = index >> 4
        screen.tick(outputs, index * 7)


ticks(400)
before = gc.mem_alloc()
micropython.heap_lock()
ticks(2000)
bus.is_there = False
ticks(300)
bus.is_there = True
ticks(300)
micropython.heap_unlock()
print(gc.mem_alloc() - before, display.is_alive)
"""


def test_showing_where_the_infusion_is_takes_no_heap() -> None:
    assert run_wasm(_GLASS).split() == ["0", "True"]


def test_watching_a_motor_driver_takes_no_heap() -> None:
    assert run_wasm(_WIRE).split() == ["0", "sound", "False"]


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


_TIMERS = """
import gc
import sys
import micropython


class Module:
    pass


class Timer:
    IC, ENC_AB, RISING = 8, 11, 0

    def __init__(self, number, *, prescaler, period):
        self.count = 0

    def channel(self, channel, mode, *, polarity=0):
        pass

    def counter(self):
        self.count = (self.count + 10) & 0xFFFF
        return self.count


class Pin:
    ALT, PULL_UP = 2, 1

    def __init__(self, name, *, mode, pull, alt):
        pass


class ADC:
    CORE_TEMP = 257

    def __init__(self, source):
        pass

    def read_u16(self):
        return 65_535


pyb, stm, machine = Module(), Module(), Module()
pyb.Timer = Timer
stm.TIM1, stm.TIM2, stm.TIM3, stm.TIM9, stm.TIM_SMCR = 0x10000, 0, 0x400, 0x14000, 8
stm.mem16 = {0x1FF0F44C: 1021, 0x1FF0F44E: 1269}
machine.Pin, machine.ADC = Pin, ADC
sys.modules["pyb"], sys.modules["stm"], sys.modules["machine"] = pyb, stm, machine
from pumpboard.stm32.counter import EdgeCounter, QuadratureCounter
from pumpboard.stm32.temperature import CoreTemperature

steps, encoder = EdgeCounter("W50"), QuadratureCounter("W19", "W17")
temperature = CoreTemperature()


def ticks(count):
    for index in range(count):
        steps.count()
        encoder.count()
        temperature.read_u16()


before = 0
ticks(50)
before = gc.mem_alloc()
micropython.heap_lock()
ticks(5000)
micropython.heap_unlock()
print(gc.mem_alloc() - before, steps.count(), stm.mem16[0x400 + 8], temperature.read_u16())
"""


def test_an_stm32_s_timers_and_sensor_take_no_heap() -> None:
    # Clocked by the first input of timer 3: trigger 5, mode 7.
    told = 13_918 - (4_095 - 1_021) * 2_734 // (1_269 - 1_021)

    assert run_wasm(_TIMERS).split() == ["0", str(50_510), str(0x57), str(told)]
