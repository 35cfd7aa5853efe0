"""A pump small enough to be explored whole: three steps of dose, time-outs of a few ticks.

The kernel is the real one. Its programme is three microsteps long, one each tick, its times are
short, and what it drives is a stepper that does one word a tick. `snapshot` and `restore` are
cheap, and `key` tells apart what may lead to other motion: all of the discrete state, motion and
account to the step, what ends a motion to the tick, other times as over or not. It leaves out what
only sounds, shines or is told, and of the alarms that stop it keeps occlusion, lock and the rest
apart, for the gate knows no more of them.
"""

from collections.abc import Callable, Iterator

from core.pico import profile

from pumpcore import (
    air,
    alarms,
    clock_check,
    conditions,
    force,
    limits,
    motion,
    panel,
    power,
    preparation,
    pressure,
    self_test,
    sounder_check,
    surroundings,
)
from pumpcore.interlock import (
    BACK_OFF,
    CONFIRMED,
    FAULT,
    INFUSE,
    INFUSING,
    KEPT_OPEN,
    KVO,
    NO_JOB,
    STAGED,
    TAKE_UP,
)
from pumpcore.kernel import Kernel
from pumpcore.panel import BARREL_CLOSED, CONNECTED, GATE_INTACT, HEARD, PLUNGER_SEATED
from pumpcore.programme import Programme
from pumpcore.tick_io import Inputs

TICK_MS = 20
# 45 * 2e8 / 36_000 is 250,000 cycles: a step a tick.
RATE_UL_PER_H = 36_000
FL_PER_STEP = 200_000_000
NL_PER_STEP = 200
DOSE_STEPS = 3
# Of programme 2, after its dose.
KVO_STEPS = 2
PURGE_STEPS = 2
# Second presses expire in the first of these, all that takes minutes in the second.
MOMENT_MS = 10_000
LONG_MS = 40_000

_SMALL = (
    (limits, "PURGE_RATE_UL_PER_H", RATE_UL_PER_H),
    (limits, "MAX_RATE_UL_PER_H", RATE_UL_PER_H),
    (limits, "MAX_PURGE_NL", PURGE_STEPS * NL_PER_STEP),
    (limits, "TAKE_UP_MS", 4 * TICK_MS),
    (limits, "SECOND_PRESS_MS", 5_000),
    (limits, "BACK_OFF_MS", 5 * TICK_MS),
    (limits, "LINK_SILENCE_MS", 30),
    (limits, "MAX_WAITING_MS", 30_000),
    (limits, "MAX_INTERRUPTION_MS", 30_000),
    (limits, "REPEAT_WINDOW_MS", 30_000),
    (limits, "MAX_BUBBLE_NL", NL_PER_STEP),
    (limits, "LEAST_BUBBLE_NL", 100 * NL_PER_STEP),
    (preparation, "_HEARABLE_TICKS", 1),
    (force, "BASELINE_TICKS", 1),
    (force, "_RAIL_MS", TICK_MS),
    (force, "_FROZEN_MS", TICK_MS),
    (conditions, "_SLOW_MS", TICK_MS),
    (surroundings, "_LOOK_MS", TICK_MS),
    (conditions, "_EMPTY_TICKS", 1),
    (clock_check, "_WINDOW_MS", TICK_MS),
    (motion, "SETTLE_TICKS", 1),
    (surroundings, "_CONTACT_MS", TICK_MS),
    (surroundings, "_BARREL_MS", TICK_MS),
    (surroundings, "_EXPANDER_MS", TICK_MS),
    (sounder_check, "_DEAF_MS", TICK_MS),
    (sounder_check, "_MENDED_MS", TICK_MS),
    (power, "_SAMPLE_MS", TICK_MS),
    (power, "_SAMPLES", 3),
    (pressure, "_NOTHING_LOOKS", 2),
    (self_test, "_TICKS", 2),
    (self_test, "_LEAST_SAMPLES", 1),
    (self_test, "_LEAST_EDGES", 1),
    (air, "_BUBBLES", 1),
)

# Force by name: a line that is open, half closed, blocked, and a plunger that nobody holds.
LOW_MN = 2_000
HALF_MN = 14_000
OVER_MN = 60_000
_NOT_STOPPING = (
    alarms.NEAR_END
    | alarms.END_OF_INFUSION
    | alarms.LINK_LOST
    | alarms.PROGRAMME_WAITING
    | alarms.PAUSE_REMINDER
    | alarms.PAUSE_TOO_LONG
    | alarms.KEY_STUCK
)
_NOT_STOPPING_UPPER = (
    alarms.PRESSURE_RISING_UPPER
    | alarms.MAINS_LOST_UPPER
    | alarms.BATTERY_LOW_UPPER
    | alarms.BATTERY_BAD_UPPER
    | alarms.SOUNDER_FAULT_UPPER
    | alarms.JOURNAL_FAULT_UPPER
)

Values = dict[str, object]


def make_small(setattr_: Callable[[object, str, object], None]) -> None:
    """Shorten times and volumes; `setattr_` undoes it later, as monkeypatch.setattr does."""
    for module, name, value in _SMALL:
        assert hasattr(module, name)
        setattr_(module, name, value)


def small_programme(number: int) -> Programme:
    """Programme 2 has another fill, stops when the host falls silent, and keeps the vein open."""
    programme = Programme()
    programme.number = number
    programme.rate_ul_per_h = RATE_UL_PER_H
    programme.femtolitres_per_microstep = FL_PER_STEP
    programme.microsteps = DOSE_STEPS
    programme.volume_nl = DOSE_STEPS * NL_PER_STEP
    programme.area_um2 = 500_000_000
    programme.nominal_bore_um = 26_720
    programme.fill_nl = 20_000_000 + number
    programme.occlusion_mmhg = 300
    programme.stop_on_link_loss = number == 2
    if number == 2:
        programme.kvo_ul_per_h = RATE_UL_PER_H
        programme.kvo_microsteps = KVO_STEPS
    programme.digest = bytes([number] * 8)
    programme.seal()
    return programme


class Plant:
    """What the kernel drives and reads, and what a person holds."""

    def __init__(self) -> None:
        """Nothing queued, nothing held."""
        self.queue: tuple[int, ...] = ()
        # Edges of STEP since the last tick, negative backwards.
        self.edges = 0
        self.switches = 0
        self.force_mn = LOW_MN
        self.raw_position = 0
        self.has_moved = False


class SmallPump:
    """Kernel and plant; `tick` is one pass of the loop."""

    def __init__(self) -> None:
        """Off."""
        self.kernel = Kernel(profile(encoder__counts_per_turn=3_200, plunger__backlash_um=0))
        self.inputs = Inputs()
        self.plant = Plant()
        self.programmes = {number: small_programme(number) for number in (0, 1, 2)}
        self.kept = [self.inputs, self.plant, *_parts_of(self.kernel)]
        area_um2 = 500_000_000
        position_um = 20_000_000 * 1_000_000 // area_um2
        plant = self.plant
        plant.raw_position = position_um * 65_535 // 120_000
        plant.switches = PLUNGER_SEATED | BARREL_CLOSED | GATE_INTACT
        plant.switches |= panel.MAINS_PRESENT | panel.EXPANDER_ALIVE | panel.SOUNDER_HEARD
        inputs = self.inputs
        inputs.raw_barrel = 29_120 * 65_535 // 40_000
        inputs.raw_contact = 11_496
        inputs.raw_temperature = 14_084
        inputs.raw_battery = 27_660
        inputs.link_frame_count = 1

    def tick(self, elapsed_ms: int = TICK_MS) -> None:
        """Let the queue run, read what is not spoilt, tick the kernel and queue its words."""
        inputs = self.inputs
        plant = self.plant
        outputs = self.kernel.outputs
        words = elapsed_ms // TICK_MS
        steps = sum(plant.queue[:words])
        plant.queue = plant.queue[words:]
        plant.edges = steps if outputs.is_forward else -steps
        inputs.elapsed_us = elapsed_ms * 1_000
        inputs.step_count = (inputs.step_count + steps) & 0xFFFF
        inputs.encoder_count = (inputs.encoder_count + plant.edges) & 0xFFFF
        inputs.force_sample_count = (inputs.force_sample_count + 2) & 0xFF
        self.kernel.tick(inputs)
        if outputs.abort:
            plant.queue = ()
        else:
            plant.queue += tuple([word & 1 for word in outputs.words[: outputs.word_count]])

    def sense(self, elapsed_ms: int) -> None:
        """Put the readings that are not spoilt into the inputs."""
        inputs = self.inputs
        inputs.switches = self.plant.switches
        if not self.kernel.outputs.may_enable:
            # The limiter's gate is shut while nothing is driven.
            inputs.switches &= ~GATE_INTACT
        inputs.raw_position = self.plant.raw_position
        inputs.reference_count = (inputs.reference_count + elapsed_ms * 1_024 // 1_000) & 0xFFFF
        # 10 counts are a millinewton; the last digit is never still.
        raw_force = self.plant.force_mn * 10
        inputs.raw_force = raw_force + 1 if inputs.raw_force == raw_force else raw_force

    def snapshot(self) -> list[Values]:
        """Everything that changes, but for the words, which each tick writes anew."""
        return [part.__dict__.copy() for part in self.kept]

    def restore(self, values: list[Values]) -> None:
        """As it was."""
        for part, kept in zip(self.kept, values, strict=True):
            part.__dict__.update(kept)

    def key(self) -> tuple[object, ...]:
        """What tells this state from others; see the module."""
        kernel = self.kernel
        if kernel.state == FAULT:
            return (FAULT, self.plant.queue)
        moves = kernel.motion
        is_dosing = kernel.state >= INFUSING
        return (
            kernel.state,
            kernel.programme.number,
            self.plant.switches,
            not _is_force_moot(kernel) and self.plant.force_mn,
            self.plant.queue,
            kernel.resume_left_ms > 0,
            kernel.force.baseline_mn >= HALF_MN,
            kernel.surroundings.power.is_depleted,
            moves.job,
            is_dosing and (moves.delivered_steps, kernel.keep_open.has_begun),
            is_dosing and moves.is_forward,
            moves.is_overrunning(),
            is_dosing and moves.is_turned_at_rest(),
            _pace(kernel) if moves.job != NO_JOB else moves._settle_ticks,
            _alarms(kernel),
            _supervision(kernel),
            _preparation(kernel),
            (kernel.back_off._is_due, moves.job == BACK_OFF and kernel.back_off._left_ms),
        )


def stopping_alarms(lower: int, upper: int, *, stops_on_silence: bool) -> tuple[int, int]:
    """Those bits that must stop the plunger, by docs/alarms.md and not by the kernel's table."""
    spared = _NOT_STOPPING & ~alarms.LINK_LOST if stops_on_silence else _NOT_STOPPING
    return lower & ~spared, upper & ~_NOT_STOPPING_UPPER


def _parts_of(kernel: Kernel) -> Iterator[object]:
    seen: list[object] = []
    waiting: list[object] = [kernel]
    while waiting:
        part = waiting.pop()
        if any(part is other for other in seen):
            continue
        seen.append(part)
        yield part
        for child in part.__dict__.values():
            is_ours = type(child).__module__.startswith("pumpcore")
            if is_ours and hasattr(child, "__dict__") and not isinstance(child, Programme):
                waiting.append(child)


def _is_force_moot(kernel: Kernel) -> bool:
    """Nothing reads it at rest before the dose, but a START that is not refused."""
    prepared = kernel.preparation
    is_at_rest = kernel.motion.job == NO_JOB and not prepared._is_take_up_due
    is_complete = prepared.checklist == panel.CHECKLIST_COMPLETE
    return kernel.state < INFUSING and is_at_rest and not is_complete


def _pace(kernel: Kernel) -> tuple[object, ...]:
    moves = kernel.motion
    pacer = moves.pacer
    return (
        moves._wait_ticks,
        pacer._cycles_to_step,
        pacer._steps_left,
        pacer._queued_cycles,
        pacer.has_starved,
        moves.moved_steps - moves._allowed_steps - pacer.issued_steps,
        moves.is_slipping(),
        moves.is_reversing(),
        moves.job in (INFUSE, KEPT_OPEN) and min(kernel.surroundings.air._bubble_steps, 2),
    )


def _alarms(kernel: Kernel) -> tuple[object, ...]:
    lower = kernel.occurrences.lower
    upper = kernel.occurrences.upper
    named = alarms.OCCLUSION_DOWNSTREAM | alarms.REPEATED_ALARM_LOCK | alarms.LINK_LOST
    others = lower.stopping & ~named
    grip = kernel.conditions.pressure
    is_judged = kernel.state >= INFUSING or kernel.motion.job != NO_JOB
    return (
        lower.stopping & named,
        lower.stopping & named & lower.acknowledged,
        others & ~lower.acknowledged != 0 or upper.stopping & ~upper.acknowledged != 0,
        others & lower.acknowledged != 0 or upper.stopping & upper.acknowledged != 0,
        is_judged and min(grip._nothing_looks, 3),
    )


def _supervision(kernel: Kernel) -> tuple[object, ...]:
    supervision = kernel._supervision
    if not INFUSING <= kernel.state <= KVO:
        return ()
    # Either of these refuses every START: what else might is no matter any more.
    if supervision._is_locked:
        return ("locked",)
    if supervision.is_interrupted_for_long():
        return ("long",)
    return (
        supervision._last_age_ms < limits.REPEAT_WINDOW_MS,
        supervision._age_before_ms < limits.REPEAT_WINDOW_MS,
    )


def _preparation(kernel: Kernel) -> tuple[object, ...]:
    prepared = kernel.preparation
    moves = kernel.motion
    if kernel.state not in (STAGED, CONFIRMED):
        return (prepared.checklist & HEARD,) if kernel.state < INFUSING else ()
    is_connected = prepared.checklist & CONNECTED != 0
    is_at_rest = moves.job == NO_JOB and not prepared._is_take_up_due
    return (
        prepared.checklist,
        prepared._armed_left_ms > 0,
        prepared._is_take_up_due,
        prepared._is_taken_up,
        prepared._test_ticks > 0,
        prepared.needs_test_sound() and kernel.surroundings.sounder.is_faulty,
        not is_connected and min(moves.purged_steps, PURGE_STEPS if is_at_rest else 9),
        moves.purged_steps > prepared._purged_before_steps,
        moves.job == TAKE_UP and (prepared._take_up_left_ms, kernel.force._learnt_ticks > 0),
    )
