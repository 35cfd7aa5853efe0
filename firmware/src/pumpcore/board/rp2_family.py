"""What RP2040 and RP2350A have in common: 30 pins, and what the drivers in pumpboard.rp2 take."""

PINS = tuple(range(30))
# What a Pico keeps, and the one use that it leaves (Pico and Pico 2 datasheets, 2.1).
PICO_PINS = (
    (23, "sets a Pico's regulator, and is not led out", ""),
    (24, "sees a Pico's USB supply, and is not led out", "mains.present_pin"),
    (25, "is a Pico's light, and is not led out", ""),
    (29, "measures a Pico's supply, and is not led out", "battery.adc_pin"),
)
# Input 4 of the converter is the temperature sensor.
ADC_PINS = (26, 27, 28, 29)
# As MicroPython's rp2 port accepts them: function F2 of the pin, and F3 for I2C.
UARTS = (
    (0, (0, 12, 16, 28), (1, 13, 17, 29), ""),
    (1, (4, 8, 20, 24), (5, 9, 21, 25), ""),
)
I2CS = (
    (0, (0, 4, 8, 12, 16, 20, 24, 28), (1, 5, 9, 13, 17, 21, 25, 29), ""),
    (1, (2, 6, 10, 14, 18, 22, 26), (3, 7, 11, 15, 19, 23, 27), ""),
)
ENCODER_PAIRS = tuple([(pin, pin + 1) for pin in range(29)])
# Eight slices with two channels; pins 16 apart share both.
PWM_OUTPUTS = tuple([(pin, pin >> 1 & 7, pin & 1) for pin in range(30)])

# Block 0 steps, block 1 counts; programs are counted once in a block.
NEEDS = (
    ("plunger.step_pin", "state machines of PIO 0", 2),
    ("plunger.gate_pin", "state machines of PIO 0", 1),
    ("plunger.enable_pin", "state machines of PIO 0", 1),
    ("plunger.step_pin", "instructions of PIO 0", 8),
    ("plunger.gate_pin", "instructions of PIO 0", 9),
    ("plunger.enable_pin", "instructions of PIO 0", 5),
    ("plunger.step_pin", "DMA channels", 1),
    ("encoder.a_pin", "state machines of PIO 1", 2),
    ("clock.square_wave_pin", "state machines of PIO 1", 1),
    ("force.data_pin", "state machines of PIO 1", 1),
    ("encoder.a_pin", "instructions of PIO 1", 14),
    ("clock.square_wave_pin", "instructions of PIO 1", 3),
    ("force.data_pin", "instructions of PIO 1", 7),
    ("panel.buzzer_pin", "PWM slices", 1),
)
