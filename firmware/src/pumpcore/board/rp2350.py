"""Facts of the RP2350A, as on the Raspberry Pi Pico 2; the RP2350B has more pins."""

from pumpcore.board import rp2_family
from pumpcore.board.controller import Controller

RP2350 = Controller(
    name="rp2350",
    title="RP2350A",
    module="Raspberry Pi Pico 2",
    source="RP2350 datasheet: 1.2.3 pin functions, 4.2 SRAM, 11 PIO, 12.4 ADC, 12.5 PWM, 12.6 DMA",
    pins=rp2_family.PINS,
    pins_doc="0 to 29",
    refused_pins=tuple(
        [(pin, reason, "rp2350.is_pico", use) for pin, reason, use in rp2_family.PICO_PINS]
    ),
    adc_pins=rp2_family.ADC_PINS,
    uarts=rp2_family.UARTS,
    i2cs=rp2_family.I2CS,
    i2ss=(),
    spis=(),
    encoder_pairs=rp2_family.ENCODER_PAIRS,
    timer_inputs=(),
    pwm_outputs=rp2_family.PWM_OUTPUTS,
    # Its third PIO block and the slices without a pin are no use to these drivers.
    resources=(
        ("state machines of PIO 0", 4),
        ("instructions of PIO 0", 32),
        ("state machines of PIO 1", 4),
        ("instructions of PIO 1", 32),
        ("DMA channels", 16),
        ("PWM slices", 8),
    ),
    needs=rp2_family.NEEDS,
    ram_bytes=532_480,
    flash_bytes=4_194_304,
)
