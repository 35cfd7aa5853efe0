"""A toy firmware with a real one's traffic: it moves the plunger and reports all it reads.

It steps at a fixed period, keeps the charge pump fed, and sends a line of counters a tick.
"""

import gc
import json
import struct
import time
from array import array

import machine
import rp2
from rp2 import PIO

OVERHEAD_CYCLES = 29
MAX_IDLE_CYCLES = 250_000


@rp2.asm_pio(sideset_init=PIO.OUT_LOW, fifo_join=PIO.JOIN_TX)
def stepper():
    raise AssertionError("the overlay must not run a program's body")


@rp2.asm_pio()
def edge_count():
    raise AssertionError


@rp2.asm_pio()
def quadrature_half():
    raise AssertionError


@rp2.asm_pio(set_init=PIO.OUT_LOW, fifo_join=PIO.JOIN_RX)
def hx711():
    raise AssertionError


@rp2.asm_pio(set_init=PIO.OUT_LOW, fifo_join=PIO.JOIN_TX)
def heartbeat():
    raise AssertionError


@rp2.asm_pio(set_init=PIO.OUT_LOW)
def limiter():
    raise AssertionError


with open("board.json") as file:
    BOARD = json.load(file)
# The library of a toy holds its settings.
with open("library.json") as file:
    SETTINGS = json.load(file)


class Mover:
    """All drivers of a pump in their simplest form."""

    def __init__(self):
        pin = machine.Pin
        step = pin(BOARD["plunger.step_pin"])
        self.direction = pin(BOARD["plunger.dir_pin"], pin.OUT, value=1)
        self.stepper = rp2.StateMachine(0, stepper, freq=12_500_000, sideset_base=step)
        self.audit = rp2.StateMachine(1, edge_count, in_base=step)
        self.heart = rp2.StateMachine(
            2, heartbeat, freq=200_000, set_base=pin(BOARD["plunger.enable_pin"])
        )
        self.limiter = rp2.StateMachine(
            3, limiter, freq=12_500_000, in_base=step, set_base=pin(BOARD["plunger.gate_pin"])
        )
        a_pin = pin(BOARD["encoder.a_pin"])
        b_pin = pin(BOARD["encoder.b_pin"])
        self.encoder = rp2.StateMachine(4, quadrature_half, in_base=a_pin, jmp_pin=b_pin)
        self.encoder_b = rp2.StateMachine(7, quadrature_half, in_base=b_pin, jmp_pin=a_pin)
        self.force = rp2.StateMachine(
            5,
            hx711,
            freq=10_000_000,
            in_base=pin(BOARD["force.data_pin"]),
            set_base=pin(BOARD["force.clock_pin"]),
        )
        self.seconds = rp2.StateMachine(6, edge_count, in_base=pin(BOARD["clock.square_wave_pin"]))
        self.i2c = machine.I2C(
            0, sda=pin(BOARD["clock.sda_pin"]), scl=pin(BOARD["clock.scl_pin"]), freq=400_000
        )
        self.i2c.writeto_mem(0x68, 0x0E, bytes([0x08]))
        for sm in (
            self.stepper,
            self.audit,
            self.heart,
            self.limiter,
            self.encoder,
            self.encoder_b,
            self.force,
            self.seconds,
        ):
            sm.active(1)
        for sm in (self.audit, self.encoder, self.seconds):
            sm.exec("mov(x, invert(null))")
        self.limiter.put(SETTINGS["limiter_loops"])
        self.dma = rp2.DMA()
        self.ctrl = self.dma.pack_ctrl(inc_write=False, treq_sel=0)
        self.words = array("I", [0] * 256)
        self.seat = pin(BOARD["seat.plunger_pin"], pin.IN, pull=pin.PULL_UP)
        self.key = pin(BOARD["panel.start_pin"], pin.IN, pull=pin.PULL_UP)
        self.position = machine.ADC(pin(BOARD["position.adc_pin"]))
        self.uart = machine.UART(0, 460_800, tx=pin(0), rx=pin(1), rxbuf=512, txbuf=512)
        self.wdt = machine.WDT(timeout=BOARD["watchdog.timeout_ms"])
        self.count = array("H", [0])
        self.report = array("i", [0] * 10)
        self.push = rp2.asm_pio_encode("push(noblock)", 0)
        self.copy = rp2.asm_pio_encode("mov(isr, x)", 0)
        self.copy_not = rp2.asm_pio_encode("mov(isr, invert(x))", 0)
        self.to_issue = 0
        self.raw_force = 0
        self.line = bytearray(40)

    def counted(self, sm, copy):
        sm.exec(copy)
        sm.exec(self.push)
        sm.get(self.count)
        return self.count[0]

    def tick(self):
        report = self.report
        report[0] += 1
        report[1] = self.counted(self.audit, self.copy_not)
        report[2] = self.counted(self.encoder, self.copy_not) + self.counted(
            self.encoder_b, self.copy
        )
        report[3] = self.counted(self.seconds, self.copy_not)
        while self.force.rx_fifo():
            self.raw_force = self.force.get()
        report[4] = self.raw_force
        report[5] = self.position.read_u16()
        report[6] = self.seat.value()
        report[7] = self.key.value()
        left = self.dma.count
        report[8] = left + self.stepper.tx_fifo()
        report[9] = time.ticks_us()
        if SETTINGS["tops_up"]:
            if left:
                self.dma.active(0)
            self.queue_periods()
        elif report[8] == 0:
            self.queue_periods()
        if self.heart.tx_fifo() < 2:
            self.heart.put(199)
        self.send()
        self.wdt.feed()

    def send(self):
        line = self.line
        index = 0
        while index < 10:
            struct.pack_into("<i", line, index << 2, self.report[index])
            index += 1
        self.uart.write(line, 40)

    def queue_periods(self):
        """The words of one period of the step, as many as the settings say, in one transfer."""
        words = self.words
        count = 0
        for _ in range(SETTINGS["periods"]):
            left = SETTINGS["period_cycles"]
            is_step = 1
            while left:
                cycles = left % MAX_IDLE_CYCLES or MAX_IDLE_CYCLES
                words[count] = (cycles - OVERHEAD_CYCLES) << 1 | is_step
                is_step = 0
                left -= cycles
                count += 1
        self.dma.config(read=words, write=self.stepper, count=count, ctrl=self.ctrl, trigger=True)


def main():
    mover = Mover()
    gc.collect()
    gc.disable()
    measured = hasattr(gc, "mem_alloc")
    start = gc.mem_alloc() if measured else 0
    while True:
        time.sleep_us(20_000)
        mover.tick()
        if mover.report[0] == 10_000 and measured:
            print("heap growth", gc.mem_alloc() - start)
            gc.enable()


main()
