"""Facts of the STM32F446RE, as on the NUCLEO-F446RE with MicroPython's board of that name."""

from pumpcore.board.controller import Controller

_DEBUG = "is the debugger's"
_CONSOLE = "is the console, through the debugger's serial port"
_CRYSTAL = "has a crystal or its clock"

STM32F446 = Controller(
    name="stm32f446",
    title="STM32F446RE",
    module="NUCLEO-F446RE",
    source=(
        "STM32F446xC/E datasheet: LQFP64 pinout, alternate functions, memory; UM1724: solder "
        "bridges and connectors of the Nucleo-64; MicroPython, ports/stm32/boards/NUCLEO_F446RE"
    ),
    # Of 64 legs; there is no PB11.
    pins=tuple(["PA%d" % pin for pin in range(16)])
    + tuple(["PB%d" % pin for pin in range(11)])
    + tuple(["PB%d" % pin for pin in range(12, 16)])
    + tuple(["PC%d" % pin for pin in range(16)])
    + ("PD2", "PH0", "PH1"),
    pins_doc="PA0 to PA15, PB0 to PB15 without PB11, PC0 to PC15, PD2, PH0 and PH1",
    refused_pins=(
        ("PA2", _CONSOLE, "", ""),
        ("PA3", _CONSOLE, "", ""),
        ("PA13", _DEBUG, "", ""),
        ("PA14", _DEBUG, "", ""),
        ("PB2", "is read at reset to choose how it boots", "", ""),
        ("PC14", _CRYSTAL, "", ""),
        ("PC15", _CRYSTAL, "", ""),
        ("PH0", _CRYSTAL, "", ""),
        ("PH1", _CRYSTAL, "", ""),
    ),
    adc_pins=tuple(["PA%d" % pin for pin in (0, 1, 4, 5, 6, 7)])
    + ("PB0", "PB1")
    + tuple(["PC%d" % pin for pin in range(6)]),
    # As that board file of MicroPython has them; the chip itself could do more.
    uarts=((2, ("PA2",), ("PA3",), "the console"), (6, ("PC6",), ("PC7",), "")),
    i2cs=(
        (1, ("PB7",), ("PB6",), ""),
        (2, ("PB3",), ("PB10",), ""),
        (3, ("PC9",), ("PA8",), ""),
    ),
    # SPI2 as an I2S; its MicroPython has none until it is built with one.
    i2ss=((2, ("PB15",), ("PB13", "PB10"), ("PB12", "PB9"), ""),),
    spis=(
        (1, ("PA7",), ("PA6",), ("PA5",), ""),
        (3, ("PB5",), ("PB4",), ("PB3",), ""),
    ),
    # Channels 1 and 2 of one timer with an encoder mode.
    encoder_pairs=(
        ("PA8", "PA9"),
        ("PA0", "PA1"),
        ("PA5", "PB3"),
        ("PA15", "PB3"),
        ("PB8", "PB9"),
        ("PA6", "PA7"),
        ("PB4", "PB5"),
        ("PC6", "PC7"),
        ("PB6", "PB7"),
    ),
    # One timer of those that a pin could have.
    pwm_outputs=(
        ("PA0", 5, 1),
        ("PA1", 5, 2),
        ("PA5", 2, 1),
        ("PA6", 13, 1),
        ("PA7", 14, 1),
        ("PA8", 1, 1),
        ("PA9", 1, 2),
        ("PA10", 1, 3),
        ("PA11", 1, 4),
        ("PA15", 2, 1),
        ("PB0", 3, 3),
        ("PB1", 3, 4),
        ("PB3", 2, 2),
        ("PB4", 3, 1),
        ("PB5", 3, 2),
        ("PB6", 4, 1),
        ("PB7", 4, 2),
        ("PB8", 10, 1),
        ("PB9", 11, 1),
        ("PB10", 2, 3),
        ("PB14", 12, 1),
        ("PB15", 12, 2),
        ("PC6", 8, 1),
        ("PC7", 8, 2),
        ("PC8", 8, 3),
        ("PC9", 8, 4),
    ),
    resources=(("timers with an encoder mode", 6),),
    needs=(),
    ram_bytes=131_072,
    flash_bytes=524_288,
)
