"""Temperature inside the housing, as the RP2040's own sensor on ADC channel 4 shows it.

    V = 0.706 V - 1.721 mV/K (T - 27 degrees)           (data sheet RP2040, 4.9.5)

It is the same everywhere inside, and changes at once. Exact at any moment.
"""

from functools import lru_cache

from evenflow.emulator.plant.adc import read_u16

_AT_27_V = 0.706
_V_PER_K = -0.001721
_REFERENCE_V = 3.3


def sensor_v(celsius: float) -> float:
    """Voltage of the sensor."""
    return _AT_27_V + _V_PER_K * (celsius - 27.0)


# Asked in every exchange, for what seldom changes.
@lru_cache(maxsize=64)
def raw_temperature(celsius: float, bits: int) -> int:
    """The sensor as read_u16 gives it."""
    return read_u16(sensor_v(celsius) / _REFERENCE_V, bits)
