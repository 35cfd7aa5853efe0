"""The same of a Pyboard D, whose pins have names and timers."""

from core.board.mistakes import TMC2209

MISTAKES = (
    (
        "pyboard-d",
        {"stm32f767.step_count_pin": None},
        ("stm32f767.step_count_pin: missing; STEP again, led back to a timer that counts it",),
    ),
    (
        "pyboard-d",
        {"panel.check_pin": "W70"},
        ("panel.check_pin: pin W70 is USB, of console and file system; take another",),
    ),
    (
        "pyboard-d",
        {"panel.check_pin": "X5"},
        (
            (
                "panel.check_pin: an STM32F767 has no pin X5; it has W3 to W74 of its WBUS connector "
                "but those that are supplies"
            ),
        ),
    ),
    (
        "pyboard-d",
        {"panel.buzzer_pin": "W23"},
        ("panel.buzzer_pin: pin W23 has no PWM; take a pin of a timer",),
    ),
    (
        "pyboard-d",
        {"panel.buzzer_pin": "W43"},
        (
            (
                "panel.buzzer_pin: pin W43 is of timer 3, which is already stm32f767.step_count_pin; "
                "take a pin of another"
            ),
        ),
    ),
    (
        "pyboard-d",
        {"clock.square_wave_pin": "W6"},
        (
            (
                "clock.square_wave_pin: pin W6 is of timer 2, which is already encoder.a_pin; take a "
                "pin of another"
            ),
            "clock.square_wave_pin: pin W6 is the clock of SPI 1, which drives it; take another",
        ),
    ),
    (
        "pyboard-d",
        {"stm32f767.step_count_pin": "W23"},
        (
            (
                "stm32f767.step_count_pin: pin W23 has no timer that counts; take W27, W54, W19, W6, "
                "W16, W17, W29, W10, W50, W14, W46, W15 or W11"
            ),
        ),
    ),
    (
        "pyboard-d",
        {"encoder.b_pin": "W23"},
        (
            (
                "encoder.b_pin: not of encoder.a_pin's timer; take W27 with W54, W19 with W17, W6 with "
                "W29, W16 with W29, W10 with W14 or W50 with W46"
            ),
        ),
    ),
    (
        "pyboard-d",
        {"barrel.adc_pin": "W23"},
        (
            (
                "barrel.adc_pin: pin W23 has no analogue input; take W6, W7, W10, W11, W14, W15, W17, "
                "W19, W24, W43, W47, W51, W53, W57 or W63"
            ),
        ),
    ),
    (
        "pyboard-d",
        {"plunger.step_pin": "W23"},
        ("plunger.step_pin: pin W23 cannot be SD of I2S 2; take W57 or W24",),
    ),
    ("pyboard-d", {"link.uart": 6}, ("link.uart: UART 6 is the radio's; take 1, 2, 3 or 4",)),
    (
        "pyboard-d",
        {"clock.i2c": 2},
        (
            "clock.sda_pin: pin W55 cannot be SDA of I2C bus 2; take W8",
            "clock.scl_pin: pin W59 cannot be SCL of I2C bus 2; take W12",
        ),
    ),
    (
        "pyboard-d",
        {
            **TMC2209,
            "rp2040.is_pico": None,
            "mains.present_pin": "W22",
            "tmc2209.uart": 3,
            "tmc2209.tx_pin": "W23",
            "tmc2209.rx_pin": "W71",
        },
        ("tmc2209.uart: UART 3 is already link.uart; take 1, 2 or 4",),
    ),
)
