"""What a board file must say, and whether what it says can work.

The host compiles `board_configs/*.toml` to a flat dict `{"plunger.lead_um": 1000, ...}`; the
device checks it again at boot with the same `problems`. Every key is required: missing is never
a default in safety code.
"""

from collections import namedtuple

# A board profile by key, once `problems` found none in it; KEYS says what each key holds.
Profile = dict

Key = namedtuple("Key", ("name", "kind", "low", "high", "doc"))

SCHEMA = 1

# 2 uL in a 50 mL syringe: the most that one motion may deliver (requirement FLO-09).
MAX_MICROSTEP_UM = 3

# Kinds are int, bool, text, pin_in and pin_out; low and high bound value, length or pin.
_KEYS = (
    ("board.name", "text", 1, 32, "as in `--board`"),
    ("board.controller", "text", 1, 16, "rp2040"),
    ("plunger.step_pin", "pin_out", 0, 29, "STEP of the motor driver"),
    ("plunger.dir_pin", "pin_out", 0, 29, "DIR of the motor driver, high is forward"),
    ("plunger.enable_pin", "pin_out", 0, 29, "feeds the charge pump that holds ENABLE"),
    ("plunger.gate_pin", "pin_out", 0, 29, "of the step-rate limiter; low cuts ENABLE"),
    ("plunger.lead_um", "int", 100, 10_000, "travel a turn"),
    ("plunger.steps_per_turn", "int", 20, 1_000, "full steps a turn of the motor"),
    ("plunger.microsteps", "int", 1, 256, "microsteps a full step"),
    ("plunger.backlash_um", "int", 0, 500, "to be taken up before START"),
    ("plunger.max_step_rate_hz", "int", 10, 4_000, "what mechanism and tick can follow"),
    ("encoder.a_pin", "pin_in", 0, 29, "quadrature A"),
    ("encoder.b_pin", "pin_in", 0, 29, "quadrature B; must be a_pin + 1"),
    ("encoder.counts_per_turn", "int", 40, 40_000, "of the lead screw, all four edges counted"),
    ("force.data_pin", "pin_in", 0, 29, "DOUT of the HX711"),
    ("force.clock_pin", "pin_out", 0, 29, "SCK of the HX711"),
    ("force.zero_count", "int", -4_000_000, 4_000_000, "conversion at no force"),
    ("force.counts_per_n", "int", 2_000, 100_000, "gain"),
    ("position.adc_pin", "pin_in", 26, 29, "carriage position potentiometer"),
    ("position.travel_um", "int", 10_000, 200_000, "carriage travel over the full ADC range"),
    ("barrel.adc_pin", "pin_in", 26, 29, "potentiometer on the lever of the barrel clamp"),
    ("barrel.full_scale_um", "int", 20_000, 60_000, "diameter at the full ADC range: clamp open"),
    ("contact.adc_pin", "pin_in", 26, 29, "supervised line of the external contact"),
    ("contact.is_fitted", "bool", 0, 1, "an external contact is plugged in"),
    ("air.is_fitted", "bool", 0, 1, "an air detector is clamped on, see expander"),
    ("battery.adc_pin", "pin_in", 26, 29, "a third of the battery's voltage, against 3.3 V"),
    ("mains.present_pin", "pin_in", 0, 29, "high with mains"),
    ("clock.sda_pin", "pin_out", 0, 29, "I2C data of clock chip, expander and journal"),
    ("clock.scl_pin", "pin_out", 0, 29, "I2C clock of the same"),
    ("clock.square_wave_pin", "pin_in", 0, 29, "1024 Hz square wave of the DS3231"),
    ("expander.address", "int", 0x20, 0x27, "of the MCP23017, I2C"),
    ("journal.address", "int", 0x50, 0x57, "of the FRAM, I2C, 16-bit places"),
    ("journal.size_bytes", "int", 8_192, 65_536, "of the FRAM"),
    ("seat.plunger_pin", "pin_in", 0, 29, "closed to ground when the plunger is gripped"),
    ("seat.barrel_pin", "pin_in", 0, 29, "closed to ground when the barrel clamp is shut"),
    ("panel.start_pin", "pin_in", 0, 29, "key, closes to ground"),
    ("panel.stop_pin", "pin_in", 0, 29, "key, closes to ground"),
    ("panel.acknowledge_pin", "pin_in", 0, 29, "key, closes to ground"),
    ("panel.audio_pause_pin", "pin_in", 0, 29, "key, closes to ground"),
    ("panel.prime_pin", "pin_in", 0, 29, "key, closes to ground"),
    ("panel.check_pin", "pin_in", 0, 29, "key that answers the checklist, closes to ground"),
    ("panel.buzzer_pin", "pin_out", 0, 29, "sounder, driven by PWM"),
    (
        "panel.alive_pin",
        "pin_out",
        0,
        29,
        "toggles every tick; without it the power-loss alarm sounds",
    ),
    ("link.uart", "int", 0, 1, "UART of the link"),
    ("link.tx_pin", "pin_out", 0, 29, ""),
    ("link.rx_pin", "pin_in", 0, 29, ""),
    ("link.baud", "int", 115_200, 1_000_000, ""),
    ("link.bench", "bool", 0, 1, "accept commands although the link has no keys"),
    ("link.emulated", "bool", 0, 1, "set by the emulator only"),
    ("watchdog.timeout_ms", "int", 200, 2_000, "hardware watchdog"),
    ("memory.heap_bytes", "int", 32_000, 8_000_000, "of the controller, imitated by the emulator"),
    ("memory.stack_bytes", "int", 4_000, 100_000, "of the controller, imitated by the emulator"),
)

KEYS = tuple(Key(row[0], row[1], row[2], row[3], row[4]) for row in _KEYS)


def problems(profile: dict[str, object]) -> list[str]:
    """Everything wrong with the profile, one line each: place, value, remedy; empty if sound."""
    found = []
    known = {key.name for key in KEYS}
    for name in sorted(profile):
        if name not in known:
            found.append("%s: unknown key; remove it or correct its name" % name)
    for key in KEYS:
        if key.name not in profile:
            found.append("%s: missing; %s" % (key.name, key.doc or "required"))
        else:
            found.extend(_wrong_value(key, profile[key.name]))
    if not found:
        found.extend(_pins_used_twice(profile))
        found.extend(_contradictions(profile))
    return found


def microsteps_per_turn(profile: Profile) -> int:
    """Microsteps of one turn of motor and lead screw."""
    return profile["plunger.steps_per_turn"] * profile["plunger.microsteps"]


def _wrong_value(key: Key, value: object) -> list[str]:
    if key.kind == "text":
        if isinstance(value, str) and key.low <= len(value) <= key.high:
            return []
        return ["%s: %r is not text of %d to %d characters" % (key.name, value, key.low, key.high)]
    if key.kind == "bool":
        return [] if value is True or value is False else ["%s: must be true or false" % key.name]
    if isinstance(value, bool) or not isinstance(value, int):
        return ["%s: %r is not a whole number" % (key.name, value)]
    if not key.low <= value <= key.high:
        return ["%s: %d is outside %d to %d" % (key.name, value, key.low, key.high)]
    return []


def _pins_used_twice(profile: Profile) -> list[str]:
    found = []
    owners = {}
    for key in KEYS:
        if key.name.endswith("_pin"):
            pin = profile[key.name]
            if pin in owners:
                found.append("%s: pin %d is already %s" % (key.name, pin, owners[pin]))
            owners[pin] = key.name
    return found


def _contradictions(profile: Profile) -> list[str]:
    found = []
    if profile["encoder.b_pin"] != profile["encoder.a_pin"] + 1:
        found.append("encoder.b_pin: must be encoder.a_pin + 1; the PIO reads two pins in a row")
    if microsteps_per_turn(profile) < profile["encoder.counts_per_turn"]:
        found.append("encoder.counts_per_turn: finer than a microstep; the audit compares coarser")
    if profile["plunger.lead_um"] > MAX_MICROSTEP_UM * microsteps_per_turn(profile):
        found.append(
            "plunger.microsteps: a microstep is longer than %d um; use more of them"
            % MAX_MICROSTEP_UM
        )
    return found
