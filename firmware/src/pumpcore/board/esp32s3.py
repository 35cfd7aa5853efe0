"""Facts of the ESP32-S3."""

from pumpcore.board.controller import Controller

_STRAPPING = "is read at reset to choose how it boots"
_FLASH = "leads to the module's flash"
_OCTAL = "leads to the module's octal memory"
_HAS_OCTAL = "esp32s3.has_octal_memory"
_USB = "is the USB of console and debugger"
_CONSOLE = "is the console's UART 0, which prints at boot"

# Its matrix leads any UART, I2C, PWM or pulse counter to any pin.
ESP32S3 = Controller(
    name="esp32s3",
    title="ESP32-S3",
    module="ESP32-S3-DevKitC-1",
    source=(
        "ESP32-S3 datasheet: pin overview, strapping pins, memory; technical reference manual: "
        "IO MUX and GPIO matrix, RMT, PCNT, LEDC; ESP-IDF programming guide: GPIO, ADC"
    ),
    # 22 to 25 do not exist.
    pins=tuple(range(22)) + tuple(range(26, 49)),
    pins_doc="0 to 21 and 26 to 48",
    refused_pins=(
        (0, _STRAPPING, "", ""),
        (3, _STRAPPING, "", ""),
        (45, _STRAPPING, "", ""),
        (46, _STRAPPING, "", ""),
        (19, _USB, "", ""),
        (20, _USB, "", ""),
        (26, _FLASH, "", ""),
        (27, _FLASH, "", ""),
        (28, _FLASH, "", ""),
        (29, _FLASH, "", ""),
        (30, _FLASH, "", ""),
        (31, _FLASH, "", ""),
        (32, _FLASH, "", ""),
        (33, _OCTAL, _HAS_OCTAL, ""),
        (34, _OCTAL, _HAS_OCTAL, ""),
        (35, _OCTAL, _HAS_OCTAL, ""),
        (36, _OCTAL, _HAS_OCTAL, ""),
        (37, _OCTAL, _HAS_OCTAL, ""),
        (43, _CONSOLE, "", ""),
        (44, _CONSOLE, "", ""),
    ),
    # Of ADC1; the radio takes ADC2, on 11 to 20.
    adc_pins=(1, 2, 4, 5, 6, 7, 8, 9, 10),
    uarts=((0, (), (), "the console"), (1, (), (), ""), (2, (), (), "")),
    i2cs=((0, (), (), ""), (1, (), (), "")),
    i2ss=((0, (), (), (), ""), (1, (), (), (), "")),
    spis=((1, (), (), (), ""), (2, (), (), (), "")),
    encoder_pairs=(),
    timer_inputs=(),
    pwm_outputs=(),
    resources=(
        ("RMT transmit channels", 4),
        ("PCNT units", 4),
        ("LEDC timers", 4),
    ),
    needs=(
        ("plunger.step_pin", "PCNT units", 1),
        ("encoder.a_pin", "PCNT units", 1),
        ("clock.square_wave_pin", "PCNT units", 1),
        ("panel.buzzer_pin", "LEDC timers", 1),
    ),
    # 512 KiB of its own, and the 8 MiB that a module's PSRAM has at most.
    ram_bytes=8_912_896,
    flash_bytes=8_388_608,
)
