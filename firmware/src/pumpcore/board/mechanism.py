"""Whether motor, screw, encoder and memory can do what the pump asks of them."""

from pumpcore import syringe
from pumpcore.board.controller import Controller
from pumpcore.board.pins import listed
from pumpcore.limits import TICK_US
from pumpcore.profile import MAX_MICROSTEP_UM, Profile
from pumpcore.tick_io import MAX_WORDS

# A tick's words and two more lie in the queue; a word is a step, and some are idle.
_QUEUE_TICKS = 3
_IDLE_WORDS = 80
MAX_STEP_RATE_HZ = (MAX_WORDS - _IDLE_WORDS) * 1_000_000 // (_QUEUE_TICKS * TICK_US)
# What the encoder must see of a loss (requirement OVR-05 alarms at five times that).
MAX_ENCODER_NL = 10_000
_FL_PER_NL = 1_000_000

_UP_TO_16 = (1, 2, 4, 8, 16)
_UP_TO_32 = (1, 2, 4, 8, 16, 32)
_UP_TO_256 = (1, 2, 4, 8, 16, 32, 64, 128, 256)
# Chip, its microsteps, its highest peak in mA, and the current that a sense resistor gives:
# peak mA = full_scale_uv / (mOhm + own mOhm).
# DRV8825 datasheet, 7.3.2 (5 A/V, VREF to 3.3 V) and 7.3.3; A4988 datasheet, table 1 and ITripMax
# (8 times, VREF to 3.3 V here); TMC2209 datasheet, 1.2 and 8 (0.325 V, 20 mOhm of its own).
MOTOR_DRIVERS = (
    ("drv8825", _UP_TO_32, 2_500, 660_000, 0),
    ("a4988", _UP_TO_16, 2_000, 412_500, 0),
    ("tmc2209", _UP_TO_256, 2_800, 325_000, 20),
)


def problems(sound: Profile, controller: Controller | None) -> list[str]:
    """What is wrong with the rest of the sound values; what needs an unsound one is left out."""
    found = []
    for rule in (_motor, _current, _resolution, _encoder, _step_rate, _speed):
        try:
            line = rule(sound)
        except KeyError:
            continue
        if line:
            found.append(line)
    if controller is not None:
        found.extend(_memory(sound, controller))
        found.extend(shortages(controller))
    return found


def shortages(controller: Controller) -> list[str]:
    """Parts whose drivers find too little of the controller's blocks left."""
    found = []
    for resource, count in controller.resources:
        left = count
        for key, needed, amount in controller.needs:
            if needed != resource:
                continue
            if amount > left:
                found.append(
                    "%s: its driver takes %d %s, and an %s has %d left; take another controller"
                    % (key, amount, resource, controller.title, left)
                )
            else:
                left -= amount
    return found


def microsteps_of(driver: object) -> tuple[int, ...]:
    """What a motor driver can be strapped or set to."""
    return _row(driver)[1]


def _row(driver: object) -> tuple:
    for row in MOTOR_DRIVERS:
        if row[0] == driver:
            return row
    raise KeyError(driver)


def _motor(sound: Profile) -> str:
    microsteps = sound["plunger.microsteps"]
    driver = sound["motor.driver"]
    able = microsteps_of(driver)
    if microsteps in able:
        return ""
    return "plunger.microsteps: %s makes no %d; take %s" % (driver, microsteps, listed(able))


def _current(sound: Profile) -> str:
    peak_ma = sound["motor.peak_ma"]
    driver, _, most_ma, full_scale_uv, own_mohm = _row(sound["motor.driver"])
    if peak_ma > most_ma:
        return "motor.peak_ma: %d is more than %s bears; at most %d" % (peak_ma, driver, most_ma)
    by_sense_ma = full_scale_uv // (sound["motor.sense_mohm"] + own_mohm)
    if peak_ma > by_sense_ma:
        return (
            "motor.peak_ma: %d is more than %s can set over motor.sense_mohm; at most %d, or a "
            "smaller resistor" % (peak_ma, driver, by_sense_ma)
        )
    if peak_ma > sound["motor.rated_peak_ma"]:
        return "motor.peak_ma: %d is more than motor.rated_peak_ma; set less" % peak_ma
    if driver == "tmc2209":
        # Others need no heap for its names.
        from pumpcore.board.motor_current import too_little

        return too_little(peak_ma, sound["motor.sense_mohm"])
    return ""


def _per_turn(sound: Profile) -> int:
    return sound["plunger.steps_per_turn"] * sound["plunger.microsteps"]


def _resolution(sound: Profile) -> str:
    if sound["plunger.lead_um"] <= MAX_MICROSTEP_UM * _per_turn(sound):
        return ""
    return (
        "plunger.microsteps: a microstep is longer than %d um, and at the lowest rate a %s moves "
        "less than once a minute; use more of them, or a finer screw"
        % (MAX_MICROSTEP_UM, syringe.SYRINGES[-1].model)
    )


def _encoder(sound: Profile) -> str:
    counts = sound["encoder.counts_per_turn"]
    if counts > _per_turn(sound):
        return (
            "encoder.counts_per_turn: finer than a microstep; the audit compares coarser, so use "
            "more microsteps or fewer counts"
        )
    area_um2 = syringe.area_um2(syringe.SYRINGES[-1].bore_um)
    if area_um2 * sound["plunger.lead_um"] > MAX_ENCODER_NL * _FL_PER_NL * counts:
        return (
            "encoder.counts_per_turn: a count is more than %d nL of a %s; use more counts, or a "
            "finer screw" % (MAX_ENCODER_NL, syringe.SYRINGES[-1].model)
        )
    return ""


def _step_rate(sound: Profile) -> str:
    rate_hz = sound["plunger.max_step_rate_hz"]
    if rate_hz <= MAX_STEP_RATE_HZ:
        return ""
    return "plunger.max_step_rate_hz: %d is more than a tick can queue; at most %d" % (
        rate_hz,
        MAX_STEP_RATE_HZ,
    )


def _speed(sound: Profile) -> str:
    most_um_per_s = sound["plunger.max_speed_um_per_s"]
    per_turn = _per_turn(sound)
    rate_hz = sound["plunger.max_step_rate_hz"]
    if rate_hz * sound["plunger.lead_um"] <= most_um_per_s * per_turn:
        return ""
    return (
        "plunger.max_step_rate_hz: %d moves faster than plunger.max_speed_um_per_s; at most %d"
        % (rate_hz, most_um_per_s * per_turn // sound["plunger.lead_um"])
    )


def _memory(sound: Profile, controller: Controller) -> list[str]:
    try:
        wanted_bytes = sound["memory.heap_bytes"] + sound["memory.stack_bytes"]
    except KeyError:
        return []
    if wanted_bytes <= controller.ram_bytes:
        return []
    return [
        "memory.heap_bytes: with the stack %d bytes, and an %s has %d; what gc.mem_free() and "
        "gc.mem_alloc() add up to" % (wanted_bytes, controller.title, controller.ram_bytes)
    ]
