"""Facts of the STM32F767, as on a Pyboard D (PYBD-SF6W) with its MicroPython."""

from pumpcore.board.controller import Controller

_DEBUG = "is the debugger's and the key USR"
_CARD = "leads to the socket of the SD card"
_RADIO = "leads to the radio, too"
_USB = "is USB, of console and file system"
_CLOCK = "belongs to the 32 kHz clock of controller and radio"

# Pins are named as on the WBUS connector and as machine.Pin takes them: each pad has one such name
# (X and Y names are names of the same pads again). A letter behind (W5B) is a second pad on the
# same contact, which is left alone.
STM32F767 = Controller(
    name="stm32f767",
    title="STM32F767",
    module="Pyboard D (PYBD-SF6W)",
    source=(
        "STM32F765xx/F767xx datasheet (DS11532): alternate functions, memory; RM0410: timers; "
        "MicroPython, ports/stm32: boards/PYBD_SF2/pins.csv and mpconfigboard.h, "
        "boards/PYBD_SF6/f767.ld, boards/stm32f767_af.csv, machine_pwm.c"
    ),
    pins=tuple(
        ["W%d" % pin for pin in (3, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22)]
    )
    + tuple(["W%d" % pin for pin in (23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 34, 43, 45, 46, 47)])
    + tuple(["W%d" % pin for pin in range(49, 69)])
    + tuple(["W%d" % pin for pin in range(70, 75)]),
    pins_doc="W3 to W74 of its WBUS connector but those that are supplies",
    refused_pins=(
        ("W3", _RADIO, "", ""),
        ("W28", _RADIO, "", ""),
        ("W30", _RADIO, "", ""),
        ("W32", _RADIO, "", ""),
        ("W5", _USB, "", ""),
        ("W9", _USB, "", ""),
        ("W70", _USB, "", ""),
        ("W72", _USB, "", ""),
        ("W21", _CLOCK, "", ""),
        ("W26", _CLOCK, "", ""),
        ("W56", _DEBUG, "", ""),
        ("W67", _DEBUG, "", ""),
        ("W58", _CARD, "", ""),
        ("W60", _CARD, "", ""),
        ("W62", _CARD, "", ""),
        ("W64", _CARD, "", ""),
        ("W66", _CARD, "", ""),
        ("W68", _CARD, "", ""),
    ),
    # Of ADC1.
    adc_pins=tuple(
        ["W%d" % pin for pin in (6, 7, 10, 11, 14, 15, 17, 19, 24, 43, 47, 51, 53, 57, 63)]
    ),
    # As that board of MicroPython has them; the chip itself could do more.
    uarts=(
        (1, ("W54",), ("W52",), ""),
        (2, ("W15",), ("W11",), ""),
        (3, ("W12",), ("W8",), ""),
        (4, ("W19",), ("W17",), ""),
        (6, (), (), "the radio"),
    ),
    i2cs=((1, ("W55",), ("W59",), ""), (2, ("W8",), ("W12",), "")),
    # Of its two I2S the one whose SPI is not below: a block is one or the other.
    i2ss=((2, ("W57", "W24"), ("W49", "W12", "W18", "W54"), ("W45", "W55"), ""),),
    spis=((1, ("W14",), ("W10",), ("W6",), ""), (3, ("W46",), ("W50",), ("W29",), "")),
    # Channels 1 and 2 of one timer with an encoder mode.
    encoder_pairs=(
        ("W27", "W54"),
        ("W19", "W17"),
        ("W6", "W29"),
        ("W16", "W29"),
        ("W10", "W14"),
        ("W50", "W46"),
    ),
    # Channels 1 and 2 of the timers that count edges: one of those that a pin could have.
    timer_inputs=(
        ("W27", 1, 1),
        ("W54", 1, 2),
        ("W19", 2, 1),
        ("W6", 2, 1),
        ("W16", 2, 1),
        ("W17", 2, 2),
        ("W29", 2, 2),
        ("W10", 3, 1),
        ("W50", 3, 1),
        ("W14", 3, 2),
        ("W46", 3, 2),
        ("W15", 9, 1),
        ("W11", 9, 2),
    ),
    # The timer that machine.PWM takes of those that a pin could have.
    pwm_outputs=(
        ("W6", 2, 1),
        ("W8", 2, 4),
        ("W10", 13, 1),
        ("W11", 5, 4),
        ("W12", 2, 3),
        ("W14", 14, 1),
        ("W15", 5, 3),
        ("W16", 2, 1),
        ("W17", 5, 2),
        ("W19", 5, 1),
        ("W27", 1, 1),
        ("W29", 2, 2),
        ("W43", 3, 3),
        ("W46", 3, 2),
        ("W50", 3, 1),
        ("W52", 1, 3),
        ("W54", 1, 2),
        ("W55", 11, 1),
        ("W59", 10, 1),
        ("W61", 4, 2),
        ("W63", 3, 4),
        ("W73", 12, 1),
    ),
    resources=(
        ("timers with an encoder mode", 6),
        ("timers that count a pin's edges", 8),
        ("timers with PWM", 12),
        ("I2S transmitters", 2),
        ("SPIs beside I2S", 2),
    ),
    needs=(
        ("encoder.a_pin", "timers with an encoder mode", 1),
        ("encoder.a_pin", "timers that count a pin's edges", 1),
        ("stm32f767.step_count_pin", "timers that count a pin's edges", 1),
        ("clock.square_wave_pin", "timers that count a pin's edges", 1),
        ("panel.buzzer_pin", "timers with PWM", 1),
        ("plunger.step_pin", "I2S transmitters", 1),
        ("force.data_pin", "SPIs beside I2S", 1),
    ),
    ram_bytes=524_288,
    # Of the serial flash that holds the files; the program's own, of 2 MiB, is apart from it.
    flash_bytes=2_097_152,
)
