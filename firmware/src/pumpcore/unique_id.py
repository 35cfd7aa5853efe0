"""A controller's own number in the eight bytes that the link has for it.

Ports tell six to twelve: an esp32 the address of its radio, an stm32 the place of its chip on a
wafer.
"""

_BYTES = 8


def eight_bytes(unique_id: bytes) -> bytes:
    """With zeros behind a shorter one; what is beyond the eighth is laid over the first."""
    folded = bytearray(_BYTES)
    for index in range(len(unique_id)):
        folded[index % _BYTES] ^= unique_id[index]
    return bytes(folded)
