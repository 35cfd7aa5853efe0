"""One record of telemetry packed a few fields at a time, because there is one in every tick.

`codec.encode` goes from byte to byte, which for this message alone is a tenth of a controller's
tick. The table of messages stays the truth: a test holds this to it. MicroPython's struct cuts
what does not fit without a word, so the fields of a width are looked at together first.

Not all in one call: with more than eleven words for variables and stack MicroPython takes a
function's frame from the heap, and searches it for room each time.
"""

from struct import pack_into

_IDENT = 0x10


def pack(values: list, buffer: bytearray) -> bool:
    """Write ident and fields from `buffer[1]` on; False, and nothing, if a value does not fit."""
    if not _fit(values):
        return False
    # 24 bits are a part of 16 and one of 8.
    pack_into("<BIHB", buffer, 1, _IDENT, values[0], values[1] & 0xFFFF, values[1] >> 16)
    pack_into("<HHHH", buffer, 9, values[2], values[3], values[4], values[5])
    pack_into("<HBBH", buffer, 17, values[6] & 0xFFFF, values[6] >> 16 & 255, values[7], values[8])
    pack_into("<HHHH", buffer, 23, values[9], values[10], values[11], values[12])
    pack_into("<HBBB", buffer, 31, values[13], values[14], values[15], values[16])
    pack_into("<IIHB", buffer, 36, values[17], values[18], values[19] & 0xFFFF, values[19] >> 16)
    pack_into("<iHB", buffer, 47, values[20], values[21] & 0xFFFF, values[21] >> 16 & 255)
    pack_into(
        "<HBBB", buffer, 54, values[22] & 0xFFFF, values[22] >> 16 & 255, values[23], values[24]
    )
    pack_into("<BBHH", buffer, 59, values[25], values[26], values[27], values[28])
    return True


def _fit(values: list) -> bool:
    bits = values[7] | values[14] | values[15] | values[16]
    if (bits | values[23] | values[24] | values[25] | values[26]) >> 8:
        return False
    bits = values[2] | values[3] | values[4] | values[5] | values[8] | values[9] | values[10]
    if (bits | values[11] | values[12] | values[13] | values[27] | values[28]) >> 16:
        return False
    # Those with a sign are moved to where they have none.
    bits = values[6] + 0x800000 | values[21] + 0x800000 | values[22] + 0x800000
    if (bits | values[1] | values[19]) >> 24:
        return False
    if not -1 <= values[20] >> 30 <= 0:
        return False
    return not (values[0] | values[17] | values[18]) >> 30
