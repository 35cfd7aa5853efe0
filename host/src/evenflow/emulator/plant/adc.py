"""The controller's converter: what `read_u16` gives for a share of the reference voltage.

    code = round(share * (2^bits - 1)),   read_u16 = code << (16 - bits) | code >> (2 bits - 16)

MicroPython's RP2 port stretches a code to 16 bits by repeating its upper bits (machine_adc.c).
"""

from functools import lru_cache

_U16_BITS = 16


# Asked in every exchange, for what seldom changes.
@lru_cache(maxsize=64)
def read_u16(share: float, bits: int) -> int:
    """The reading; a share outside 0 to 1 is that of the nearer end."""
    code = int(min(max(share, 0.0), 1.0) * ((1 << bits) - 1) + 0.5)
    return code << (_U16_BITS - bits) | code >> (2 * bits - _U16_BITS)
