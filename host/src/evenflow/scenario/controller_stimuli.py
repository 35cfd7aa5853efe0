"""Stimuli of the controller itself, and of the monitor: hangs, resets, clocks, stuck pins."""

from dataclasses import replace

from evenflow.emulator.controller.step_pin import RunawayPin, SilentPin
from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.overlay._targets import CHECKED_TASKS, ERRORS, TASKS, VARIABLES
from evenflow.scenario.stimulus import NUMBER, TEXT, WHOLE, Argument, Stimulus

_TASK_NAMES = tuple(row[0] for row in TASKS)
_VARIABLE_NAMES = tuple(row[0] for row in VARIABLES)

CONTROLLER_STIMULI = (
    Stimulus(
        "controller.hang",
        "the firmware stops in its tracks; the hardware goes on",
        act=lambda on, _: on.board.hang(),
    ),
    Stimulus(
        "controller.kill",
        "the processor dies; the hardware goes on",
        act=lambda on, _: on.board.kill(),
    ),
    Stimulus(
        "controller.hang_task",
        "that part of the loop does not return from its next call",
        (Argument("name", TEXT, choices=_TASK_NAMES),),
        lambda on, given: on.board.controller.tell_fault(words.FAULT_HANG, given.text("name")),
    ),
    Stimulus(
        "controller.skip_task",
        "that part of the loop returns at once and does nothing",
        (Argument("name", TEXT, choices=CHECKED_TASKS),),
        lambda on, given: on.board.controller.tell_fault(words.FAULT_SKIP, given.text("name")),
    ),
    Stimulus("controller.reset", "the reset line is pulled", act=lambda on, _: on.power.reset()),
    Stimulus(
        "controller.raise",
        "an exception in the next tick",
        (Argument("error", TEXT, choices=ERRORS),),
        lambda on, given: on.board.controller.tell_fault(words.FAULT_RAISE, given.text("error")),
    ),
    Stimulus(
        "controller.clock_skew",
        "the controller's clock runs fast (or slow, below zero)",
        (Argument("percent", NUMBER, "%", low=-50, high=100),),
        lambda on, given: on.board.controller.skew(given.number("percent")),
    ),
    Stimulus(
        "controller.corrupt",
        "a bit of a variable of the kernel flips, before the next tick",
        (Argument("variable", TEXT, choices=_VARIABLE_NAMES),),
        lambda on, given: on.board.controller.tell_fault(
            words.FAULT_CORRUPT, given.text("variable")
        ),
    ),
    Stimulus(
        "controller.step_source",
        "STEP carries so many times the queued edges, and goes on with an empty queue",
        (Argument("times", NUMBER, low=0, high=1000),),
        lambda on, given: on.board.controller.break_step_pin(RunawayPin(given.number("times"))),
    ),
    Stimulus(
        "controller.step_pin_stuck",
        "STEP stays at its level",
        act=lambda on, _: on.board.controller.break_step_pin(SilentPin()),
    ),
    Stimulus(
        "controller.dir_flip",
        "DIR has the other level",
        act=lambda on, _: on.board.controller.flip_direction(),
    ),
    Stimulus(
        "controller.tick_cost",
        "each tick of the firmware takes so much of the controller's time from now on",
        (Argument("us", WHOLE, "us", low=0, high=10_000_000),),
        lambda on, given: on.board.controller.charge_tick(given.whole("us")),
    ),
    Stimulus(
        "controller.preset_ticks",
        "ticks_ms starts so many ms before its wrap at 2^30",
        (Argument("ms_before_wrap", WHOLE, "ms", low=0, high=(1 << 30) - 1),),
        # The clock is set before power-on: see `engine`.
        lambda _on, _given: None,
        only_at_power_on=True,
    ),
)

_NOT_OF_MONITOR = (
    "controller.preset_ticks",
    "controller.dir_flip",
    "controller.step_source",
    "controller.tick_cost",
)

MONITOR_STIMULI = (
    *(
        replace(row, name=f"monitor.{row.short_name}", act=None)
        for row in CONTROLLER_STIMULI
        if row.name not in _NOT_OF_MONITOR
    ),
    Stimulus("monitor.power_cut", "the monitor's power is gone"),
    Stimulus("monitor.power_restore", "the monitor's power is back"),
)
