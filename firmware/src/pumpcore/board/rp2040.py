"""Facts of the RP2040, as on the Raspberry Pi Pico."""

from pumpcore.board import rp2_family
from pumpcore.board.controller import Controller

RP2040 = Controller(
    name="rp2040",
    title="RP2040",
    module="Raspberry Pi Pico",
    source="RP2040 datasheet: 1.4.3 pin functions, 2.5 DMA, 2.6.2 SRAM, 3 PIO, 4.5.2 PWM, 4.9 ADC",
    pins=rp2_family.PINS,
    pins_doc="0 to 29",
    refused_pins=tuple(
        [(pin, reason, "rp2040.is_pico", use) for pin, reason, use in rp2_family.PICO_PINS]
    ),
    adc_pins=rp2_family.ADC_PINS,
    uarts=rp2_family.UARTS,
    i2cs=rp2_family.I2CS,
    i2ss=(),
    spis=(),
    encoder_pairs=rp2_family.ENCODER_PAIRS,
    timer_inputs=(),
    pwm_outputs=rp2_family.PWM_OUTPUTS,
    resources=(
        ("state machines of PIO 0", 4),
        ("instructions of PIO 0", 32),
        ("state machines of PIO 1", 4),
        ("instructions of PIO 1", 32),
        ("DMA channels", 12),
        ("PWM slices", 8),
    ),
    needs=rp2_family.NEEDS,
    ram_bytes=270_336,
    flash_bytes=2_097_152,
)
