"""A firmware of nothing but drivers: it does what a letter on its line says, and tells readings.

f, b    step forward or back, 500 a second
s       stop
e       end the queue: drive on without new words
q       fall silent: no driver is called any more, and the watchdog not fed
r       machine.reset()
"""

import json

import machine

from pumpboard.build import build
from pumpcore.tick_io import Inputs, Outputs

TICK_US = 20_000
PERIOD_CYCLES = 25_000
WORDS_A_TICK = 10
LEAD_TICKS = 2
OVERHEAD_CYCLES = 29
STEP_WORD = PERIOD_CYCLES - OVERHEAD_CYCLES << 1 | 1

with open("board.json") as file:
    board = build(json.load(file))

inputs, outputs = Inputs(), Outputs()
received = bytearray(16)
clock = board.clock
board.watchdog.start()
due_us = clock.now_us()


def tell(values: object) -> None:
    text = (json.dumps(values) + "\n").encode()
    board.line.write(bytearray(text), len(text))


def queue(ticks: int) -> None:
    outputs.word_count = WORDS_A_TICK * ticks
    for place in range(outputs.word_count):
        outputs.words[place] = STEP_WORD


def obey(letter: str) -> None:
    if letter == "r":
        machine.reset()
    if letter == "q":
        while True:
            clock.sleep_until(clock.later_us(clock.now_us(), TICK_US))
    outputs.abort = letter == "s"
    outputs.may_enable = letter in "fbe"
    outputs.is_forward = letter != "b"
    outputs.minimum_interval_us = 320
    if letter in "fb":
        queue(1 + LEAD_TICKS)


tell(
    {
        "reset_cause": board.reset_cause,
        "unique_id": list(board.unique_id),
        "failures": board.failures,
    }
)
moving = ""
while True:
    done = board.sensors.read_into(inputs)
    outputs.word_count = 0
    if moving and moving in "fb":
        queue(1)
    for place in range(board.line.read_into(received)):
        moving = chr(received[place])
        obey(moving)
    done |= board.plunger.drive(outputs)
    outputs.tone_on = moving == "f"
    outputs.red_on = moving == "b"
    done |= board.panel.show(outputs)
    done |= board.slow_signals.carry()
    board.watchdog.feed()
    tell(
        (
            inputs.step_count,
            inputs.encoder_count,
            inputs.reference_count,
            inputs.switches,
            inputs.raw_force,
            inputs.force_sample_count,
            inputs.raw_position,
            inputs.raw_temperature,
            done,
        )
    )
    due_us = clock.later_us(due_us, TICK_US)
    clock.sleep_until(due_us)
