"""What a board file must say: every key, its kind and its bounds.

Every key is required: missing is never a default in safety code. A section of CHOSEN is required
if its choice is made, and refused if not.
"""

from collections import namedtuple

# `bounds` are (lowest, highest) of an int, or of a text's length; the words of a choice.
Key = namedtuple("Key", ("name", "kind", "bounds", "doc"))

SCHEMA = 1

CONTROLLERS = ("rp2040", "rp2350", "esp32s3", "stm32f767")
MOTOR_DRIVERS = ("drv8825", "a4988", "tmc2209")

# Without a PIO: STEP is an I2S transmitter's data line, and an SPI clocks the HX711.
_STREAMING = ("esp32s3", "stm32f767")

# Section, and which key has which of these values where it is needed.
CHOSEN = (
    ("tmc2209", "motor.driver", ("tmc2209",)),
    ("rp2040", "board.controller", ("rp2040",)),
    ("rp2350", "board.controller", ("rp2350",)),
    ("esp32s3", "board.controller", ("esp32s3",)),
    ("stm32f767", "board.controller", ("stm32f767",)),
    ("stream", "board.controller", _STREAMING),
    ("force_bus", "board.controller", _STREAMING),
)

# Kinds: int, bool, text, choice; pin_in, pin_out, pin_adc and pin_idle, which a block takes and
# nothing is wired to, are pins as the controller names them, a number or a text such as W27.
_KEYS = (
    ("board.name", "text", (1, 32), "as in `--board`"),
    ("board.controller", "choice", CONTROLLERS, "chip; what it can do is in docs/board_config.md"),
    ("rp2040.is_pico", "bool", (), "on a Pico, which keeps 23 to 25 and 29 for itself"),
    ("rp2350.is_pico", "bool", (), "on a Pico 2, which keeps 23 to 25 and 29 for itself"),
    ("esp32s3.has_octal_memory", "bool", (), "its flash or PSRAM has eight data lines"),
    ("stm32f767.step_count_pin", "pin_in", (), "STEP again, led back to a timer that counts it"),
    ("plunger.step_pin", "pin_out", (), "STEP of the motor driver"),
    ("plunger.dir_pin", "pin_out", (), "DIR of the motor driver, high is forward"),
    ("plunger.enable_pin", "pin_out", (), "feeds the charge pump that holds ENABLE"),
    ("plunger.gate_pin", "pin_out", (), "low cuts ENABLE; a limiter's, on a board with PIO"),
    ("stream.i2s", "int", (0, 3), "I2S transmitter whose data line is STEP"),
    ("stream.clock_pin", "pin_idle", (), "its bit clock, led nowhere"),
    ("stream.select_pin", "pin_idle", (), "its word select, led nowhere"),
    (
        "stream.enable_hold_ms",
        "int",
        (40, 60),
        "how long ENABLE's charge pump holds after an edge, at least",
    ),
    ("plunger.lead_um", "int", (100, 10_000), "travel a turn"),
    ("plunger.steps_per_turn", "int", (20, 1_000), "full steps a turn of the motor"),
    ("plunger.microsteps", "int", (1, 256), "microsteps a full step"),
    ("plunger.backlash_um", "int", (0, 500), "to be taken up before START"),
    ("plunger.max_step_rate_hz", "int", (10, 100_000), "what mechanism and tick can follow"),
    ("plunger.max_speed_um_per_s", "int", (10, 20_000), "what motor and screw can follow"),
    ("motor.driver", "choice", MOTOR_DRIVERS, "chip between STEP and motor"),
    ("motor.peak_ma", "int", (50, 3_000), "peak of a phase's current, as set"),
    (
        "motor.rated_peak_ma",
        "int",
        (50, 5_000),
        "peak of a phase's current, as the motor bears it",
    ),
    ("motor.sense_mohm", "int", (20, 1_000), "sense resistor of the motor driver"),
    ("tmc2209.uart", "int", (0, 8), "UART of the motor driver"),
    ("tmc2209.tx_pin", "pin_out", (), "to PDN_UART, through 1 kOhm"),
    ("tmc2209.rx_pin", "pin_in", (), "to PDN_UART"),
    ("tmc2209.address", "int", (0, 3), "as MS1 and MS2 are strapped"),
    ("encoder.a_pin", "pin_in", (), "quadrature A"),
    ("encoder.b_pin", "pin_in", (), "quadrature B"),
    ("encoder.counts_per_turn", "int", (40, 40_000), "of the lead screw, all four edges counted"),
    ("force.data_pin", "pin_in", (), "DOUT of the HX711"),
    ("force.clock_pin", "pin_out", (), "SCK of the HX711"),
    ("force_bus.spi", "int", (0, 8), "SPI that clocks the HX711 by MOSI and reads it by MISO"),
    ("force.zero_count", "int", (-4_000_000, 4_000_000), "conversion at no force"),
    ("force.counts_per_n", "int", (2_000, 100_000), "gain"),
    ("position.adc_pin", "pin_adc", (), "carriage position potentiometer"),
    ("position.travel_um", "int", (10_000, 200_000), "carriage travel over the full ADC range"),
    ("barrel.adc_pin", "pin_adc", (), "potentiometer on the lever of the barrel clamp"),
    (
        "barrel.full_scale_um",
        "int",
        (20_000, 60_000),
        "diameter at the full ADC range: clamp open",
    ),
    ("contact.adc_pin", "pin_adc", (), "supervised line of the external contact"),
    ("contact.is_fitted", "bool", (), "an external contact is plugged in"),
    ("air.is_fitted", "bool", (), "an air detector is clamped on, see expander"),
    ("battery.adc_pin", "pin_adc", (), "a third of the battery's voltage, against 3.3 V"),
    ("mains.present_pin", "pin_in", (), "high with mains"),
    ("clock.i2c", "int", (0, 3), "bus of clock chip, expander and journal"),
    ("clock.sda_pin", "pin_out", (), "data of that bus"),
    ("clock.scl_pin", "pin_out", (), "clock of that bus"),
    ("clock.square_wave_pin", "pin_in", (), "1024 Hz square wave of the DS3231"),
    ("expander.address", "int", (0x20, 0x27), "of the MCP23017, I2C"),
    ("journal.address", "int", (0x50, 0x57), "of the FRAM, I2C, 16-bit places"),
    ("journal.size_bytes", "int", (8_192, 65_536), "of the FRAM"),
    ("display.is_fitted", "bool", (), "an SSD1306 of 128 by 64 dots is on that bus"),
    ("display.address", "int", (0x3C, 0x3D), "of the SSD1306, I2C"),
    ("seat.plunger_pin", "pin_in", (), "closed to ground when the plunger is gripped"),
    ("seat.barrel_pin", "pin_in", (), "closed to ground when the barrel clamp is shut"),
    ("panel.start_pin", "pin_in", (), "key, closes to ground"),
    ("panel.stop_pin", "pin_in", (), "key, closes to ground"),
    ("panel.acknowledge_pin", "pin_in", (), "key, closes to ground"),
    ("panel.audio_pause_pin", "pin_in", (), "key, closes to ground"),
    ("panel.prime_pin", "pin_in", (), "key, closes to ground"),
    ("panel.check_pin", "pin_in", (), "key that answers the checklist, closes to ground"),
    ("panel.buzzer_pin", "pin_out", (), "sounder, driven by PWM"),
    ("panel.alive_pin", "pin_out", (), "toggles every tick, or the power-loss alarm sounds"),
    ("link.uart", "int", (0, 8), "UART of the link"),
    ("link.tx_pin", "pin_out", (), "to the host's RX"),
    ("link.rx_pin", "pin_in", (), "to the host's TX"),
    ("link.baud", "int", (115_200, 1_000_000), "of the link"),
    ("link.bench", "bool", (), "accept commands from whoever is connected, without a key"),
    ("link.emulated", "bool", (), "set by the emulator only"),
    ("watchdog.timeout_ms", "int", (200, 2_000), "hardware watchdog"),
    (
        "memory.heap_bytes",
        "int",
        (32_000, 8_000_000),
        "of the interpreter, imitated by the emulator",
    ),
    (
        "memory.stack_bytes",
        "int",
        (4_000, 100_000),
        "of the interpreter, imitated by the emulator",
    ),
)

KEYS = tuple(Key(row[0], row[1], row[2], row[3]) for row in _KEYS)


def choice_of(name: str) -> tuple[str, str, tuple[str, ...]] | None:
    """The row of CHOSEN that a key's section stands in, or None."""
    for row in CHOSEN:
        if name.startswith(row[0] + "."):
            return row
    return None


def bounds_of(name: str) -> tuple:
    """The bounds of a key of the table."""
    return next(key.bounds for key in KEYS if key.name == name)
