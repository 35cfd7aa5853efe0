"""Mistakes that people make in a board file, and every line that names one.

(board, what is changed; None takes a key out, the lines of pumpcore.board.check).
"""

# A Pico has no two pins left for it.
TMC2209 = {
    "rp2040.is_pico": False,
    "motor.driver": "tmc2209",
    "motor.sense_mohm": 110,
    "plunger.microsteps": 64,
    "plunger.max_step_rate_hz": 4_000,
    "tmc2209.uart": 1,
    "tmc2209.tx_pin": 24,
    "tmc2209.rx_pin": 25,
    "tmc2209.address": 0,
    "mains.present_pin": 23,
}

_ONE_A_MINUTE = (
    "plunger.microsteps: a microstep is longer than 3 um, and at the lowest rate a bd-plastipak-50 "
    "moves less than once a minute; use more of them, or a finer screw"
)

MISTAKES = (
    # keys
    ("pico", {"plunger.lead_um": None}, ("plunger.lead_um: missing; travel a turn",)),
    (
        "pico",
        {"plunger.led_um": 1000},
        ("plunger.led_um: unknown key; remove it or correct its name",),
    ),
    (
        "pico2",
        {"board.controller": "rp2040"},
        (
            "rp2040.is_pico: missing; on a Pico, which keeps 23 to 25 and 29 for itself",
            "rp2350.is_pico: belongs to rp2350, and board.controller is rp2040; remove it",
            "memory.heap_bytes: with the stack 491264 bytes, and an RP2040 has 270336; what gc.mem_free() and gc.mem_alloc() add up to",
        ),
    ),
    ("pico", {"plunger.lead_um": 99}, ("plunger.lead_um: 99 is outside 100 to 10000",)),
    ("pico", {"plunger.lead_um": 1000.0}, ("plunger.lead_um: 1000.0 is not a whole number",)),
    ("pico", {"plunger.lead_um": "1 mm"}, ("plunger.lead_um: '1 mm' is not a whole number",)),
    ("pico", {"link.bench": 1}, ("link.bench: must be true or false",)),
    ("pico", {"board.name": ""}, ("board.name: '' is not text of 1 to 32 characters",)),
    (
        "pico",
        {"board.controller": "rp2041"},
        ("board.controller: 'rp2041' is not known; take rp2040, rp2350, esp32s3 or stm32f767",),
    ),
    (
        "pico",
        {"motor.driver": "l298n"},
        ("motor.driver: 'l298n' is not known; take drv8825, a4988 or tmc2209",),
    ),
    (
        "pico",
        {"tmc2209.address": 0},
        ("tmc2209.address: belongs to tmc2209, and motor.driver is drv8825; remove it",),
    ),
    (
        "pico",
        {**TMC2209, "tmc2209.address": None},
        ("tmc2209.address: missing; as MS1 and MS2 are strapped",),
    ),
    (
        "esp32s3",
        {"esp32s3.has_octal_memory": None},
        (
            "esp32s3.has_octal_memory: missing; its flash or PSRAM has eight data lines",
            "stream.clock_pin: pin 33 leads to the module's octal memory; take another",
            "stream.select_pin: pin 34 leads to the module's octal memory; take another",
            "seat.plunger_pin: pin 35 leads to the module's octal memory; take another",
            "seat.barrel_pin: pin 36 leads to the module's octal memory; take another",
            "link.tx_pin: pin 37 leads to the module's octal memory; take another",
        ),
    ),
    # pins
    (
        "pico",
        {"panel.alive_pin": 2},
        ("panel.alive_pin: pin 2 is already plunger.step_pin; take another",),
    ),
    (
        "pico",
        {"panel.check_pin": 25},
        ("panel.check_pin: pin 25 is a Pico's light, and is not led out; take another",),
    ),
    (
        "pico2",
        {"mains.present_pin": 17, "panel.check_pin": 24, "seat.barrel_pin": 23},
        (
            "seat.barrel_pin: pin 23 sets a Pico's regulator, and is not led out; take another",
            "panel.check_pin: pin 24 sees a Pico's USB supply, and is not led out; take another",
        ),
    ),
    (
        "pico",
        {"position.adc_pin": 29, "battery.adc_pin": 26},
        ("position.adc_pin: pin 29 measures a Pico's supply, and is not led out; take another",),
    ),
    (
        "pico",
        {"rp2040.is_pico": None},
        ("rp2040.is_pico: missing; on a Pico, which keeps 23 to 25 and 29 for itself",),
    ),
    (
        "pico",
        {"panel.check_pin": 30},
        ("panel.check_pin: an RP2040 has no pin 30; it has 0 to 29",),
    ),
    (
        "pico",
        {"panel.check_pin": "PA1"},
        ("panel.check_pin: an RP2040 has no pin PA1; it has 0 to 29",),
    ),
    ("pico", {"panel.check_pin": True}, ("panel.check_pin: True is not a pin",)),
    (
        "pico",
        {"rp2040.is_pico": False, "position.adc_pin": 25},
        ("position.adc_pin: pin 25 has no analogue input; take 26, 27, 28 or 29",),
    ),
    (
        "pico",
        {"rp2040.is_pico": False, "encoder.b_pin": 23},
        ("encoder.b_pin: must be encoder.a_pin + 1; its counter reads two pins in a row",),
    ),
    (
        "esp32s3",
        {"panel.check_pin": 0},
        ("panel.check_pin: pin 0 is read at reset to choose how it boots; take another",),
    ),
    (
        "esp32s3",
        {"panel.check_pin": 30},
        ("panel.check_pin: pin 30 leads to the module's flash; take another",),
    ),
    (
        "esp32s3",
        {"panel.check_pin": 19},
        ("panel.check_pin: pin 19 is the USB of console and debugger; take another",),
    ),
    (
        "esp32s3",
        {"panel.check_pin": 24},
        ("panel.check_pin: an ESP32-S3 has no pin 24; it has 0 to 21 and 26 to 48",),
    ),
    (
        "esp32s3",
        {"esp32s3.has_octal_memory": True, "link.tx_pin": 43, "seat.barrel_pin": 3},
        (
            "stream.clock_pin: pin 33 leads to the module's octal memory; take another",
            "stream.select_pin: pin 34 leads to the module's octal memory; take another",
            "seat.plunger_pin: pin 35 leads to the module's octal memory; take another",
            "seat.barrel_pin: pin 3 is read at reset to choose how it boots; take another",
            "link.tx_pin: pin 43 is the console's UART 0, which prints at boot; take another",
        ),
    ),
    (
        "esp32s3",
        {"position.adc_pin": 38, "link.rx_pin": 1},
        ("position.adc_pin: pin 38 has no analogue input; take 1, 2, 4, 5, 6, 7, 8, 9 or 10",),
    ),
    # buses
    (
        "pico",
        {"rp2040.is_pico": False, "link.tx_pin": 23},
        ("link.tx_pin: pin 23 cannot be TX of UART 0; take 0, 12, 16 or 28",),
    ),
    (
        "pico",
        {"link.tx_pin": 1, "link.rx_pin": 0},
        (
            "link.tx_pin: pin 1 cannot be TX of UART 0; take 0, 12, 16 or 28",
            "link.rx_pin: pin 0 cannot be RX of UART 0; take 1, 13, 17 or 29",
        ),
    ),
    ("pico", {"link.uart": 2}, ("link.uart: an RP2040 has no UART 2 here; take 0 or 1",)),
    ("esp32s3", {"stream.i2s": 2}, ("stream.i2s: an ESP32-S3 has no I2S 2 here; take 0 or 1",)),
    (
        "esp32s3",
        {"force_bus.spi": 0},
        ("force_bus.spi: an ESP32-S3 has no SPI 0 here; take 1 or 2",),
    ),
    (
        "esp32s3",
        {"stream.enable_hold_ms": 30},
        ("stream.enable_hold_ms: 30 is outside 40 to 60",),
    ),
    ("esp32s3", {"link.uart": 0}, ("link.uart: UART 0 is the console's; take 1 or 2",)),
    (
        "pico",
        {**TMC2209, "tmc2209.uart": 0},
        ("tmc2209.uart: UART 0 is already link.uart; take 1",),
    ),
    (
        "pico",
        {"clock.i2c": 1},
        (
            "clock.sda_pin: pin 20 cannot be SDA of I2C bus 1; take 2, 6, 10, 14, 18, 22 or 26",
            "clock.scl_pin: pin 21 cannot be SCL of I2C bus 1; take 3, 7, 11, 15, 19, 23 or 27",
        ),
    ),
    ("pico", {"clock.i2c": 3}, ("clock.i2c: an RP2040 has no I2C bus 3 here; take 0 or 1",)),
    (
        "pico",
        {"journal.address": 0x20},
        (
            "journal.address: 32 is outside 80 to 87",
            (
                "journal.address: address 32 on the bus is already expander.address; strap the part to "
                "another"
            ),
        ),
    ),
    (
        "pico",
        {"expander.address": 0x68},
        (
            "expander.address: 104 is outside 32 to 39",
            (
                "expander.address: address 104 on the bus is already the clock chip's; strap the part "
                "to another"
            ),
        ),
    ),
    # mechanism
    (
        "pico",
        {"motor.driver": "a4988", "plunger.microsteps": 32},
        ("plunger.microsteps: a4988 makes no 32; take 1, 2, 4, 8 or 16",),
    ),
    (
        "pico",
        {"plunger.microsteps": 64},
        ("plunger.microsteps: drv8825 makes no 64; take 1, 2, 4, 8, 16 or 32",),
    ),
    (
        "pico",
        {**TMC2209, "plunger.microsteps": 100},
        ("plunger.microsteps: tmc2209 makes no 100; take 1, 2, 4, 8, 16, 32, 64, 128 or 256",),
    ),
    (
        "pico",
        {"motor.driver": "a4988", "motor.peak_ma": 2_001, "motor.rated_peak_ma": 3_000},
        ("motor.peak_ma: 2001 is more than a4988 bears; at most 2000",),
    ),
    (
        "pico",
        {**TMC2209, "motor.peak_ma": 2_501, "motor.rated_peak_ma": 3_000},
        (
            (
                "motor.peak_ma: 2501 is more than tmc2209 can set over motor.sense_mohm; at most "
                "2500, or a smaller resistor"
            ),
        ),
    ),
    (
        "pico",
        {**TMC2209, "motor.peak_ma": 86, "motor.sense_mohm": 45},
        (
            (
                "motor.peak_ma: 86 is less than tmc2209 can set over motor.sense_mohm; at least 87, "
                "or a larger resistor"
            ),
        ),
    ),
    (
        "pico",
        {"motor.peak_ma": 900},
        ("motor.peak_ma: 900 is more than motor.rated_peak_ma; set less",),
    ),
    (
        "pico",
        {
            "plunger.lead_um": 9_601,
            "plunger.max_speed_um_per_s": 20_000,
            "encoder.counts_per_turn": 800,
        },
        (_ONE_A_MINUTE,),
    ),
    (
        "pico",
        {"encoder.counts_per_turn": 3_201},
        (
            (
                "encoder.counts_per_turn: finer than a microstep; the audit compares coarser, so use "
                "more microsteps or fewer counts"
            ),
        ),
    ),
    (
        "pico",
        {"encoder.counts_per_turn": 40, "plunger.lead_um": 800},
        (
            (
                "encoder.counts_per_turn: a count is more than 10000 nL of a bd-plastipak-50; use more "
                "counts, or a finer screw"
            ),
        ),
    ),
    (
        "pico",
        {"plunger.max_step_rate_hz": 4_001, "plunger.max_speed_um_per_s": 2_000},
        ("plunger.max_step_rate_hz: 4001 is more than a tick can queue; at most 4000",),
    ),
    (
        "pico",
        {"plunger.max_step_rate_hz": 2_561},
        (
            (
                "plunger.max_step_rate_hz: 2561 moves faster than plunger.max_speed_um_per_s; at most "
                "2560"
            ),
        ),
    ),
    (
        "pico",
        {"memory.heap_bytes": 262_401},
        (
            (
                "memory.heap_bytes: with the stack 270337 bytes, and an RP2040 has 270336; what "
                "gc.mem_free() and gc.mem_alloc() add up to"
            ),
        ),
    ),
)
