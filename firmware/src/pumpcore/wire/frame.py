"""Payloads to frames and back, in place: CRC-32, then COBS, then a zero byte that ends the frame.

A frame is the payload and its CRC-32 (polynomial of zlib and IEEE 802.3, little-endian), stuffed
so that no byte of it is zero (consistent overhead byte stuffing, Cheshire and Baker 1999), and one
zero. A receiver that lost its place finds it again at the next zero. Frames stay below the 254
bytes at which COBS would need a second code byte without a zero, so stuffing is one byte in
front and never moves the others.
"""

from array import array
from struct import pack_into

from pumpcore._compat import const, crc32

MAX_PAYLOAD = const(200)  # bytes of a message's ident and fields
MAX_FRAME = const(206)  # with the code byte of COBS, the CRC and the delimiter

BAD_LENGTH = const(-1)
BAD_COBS = const(-2)
BAD_CRC = const(-3)

_ZERO = b"\0"
_CRC_BYTES = const(4)
_SHORTEST = const(6)  # code byte, ident, CRC


def _table() -> tuple:
    """The CRC of each byte alone, then of each byte before a zero byte: low halves, high halves.

    A whole CRC does not fit the small integers of a 32-bit MicroPython; its halves do.
    """
    lows = array("H", [0] * 512)
    highs = array("H", [0] * 512)
    low = 1
    high = 0
    step = 128
    while step:
        carry = low & 1
        low = low >> 1 | (high & 1) << 15
        high >>= 1
        if carry:
            low ^= 0x8320
            high ^= 0xEDB8
        for index in range(0, 256, 2 * step):
            lows[index + step] = lows[index] ^ low
            highs[index + step] = highs[index] ^ high
        step >>= 1
    for index in range(256):
        low = lows[index]
        high = highs[index]
        lows[index + 256] = (low >> 8 | (high & 0xFF) << 8) ^ lows[low & 0xFF]
        highs[index + 256] = high >> 8 ^ highs[low & 0xFF]
    return lows, highs


_LOWS, _HIGHS = _table()


def write_crc(buffer: bytearray, start: int, end: int, offset: int) -> None:
    """Write the CRC-32 of the bytes `start` to `end` into four bytes from `offset` on."""
    lows = _LOWS
    highs = _HIGHS
    low = 0xFFFF
    high = 0xFFFF
    odd = (end - start) & 1
    for at in range(start, end - odd, 2):
        low ^= buffer[at] | buffer[at + 1] << 8
        first = low & 0xFF | 0x100
        second = low >> 8
        low = high ^ lows[first] ^ lows[second]
        high = highs[first] ^ highs[second]
    if odd:
        last = (low ^ buffer[end - 1]) & 0xFF
        low = (low >> 8 | (high & 0xFF) << 8) ^ lows[last]
        high = high >> 8 ^ highs[last]
    low ^= 0xFFFF
    high ^= 0xFFFF
    buffer[offset] = low & 0xFF
    buffer[offset + 1] = low >> 8
    buffer[offset + 2] = high & 0xFF
    buffer[offset + 3] = high >> 8


def seal(buffer: bytearray, end: int, payload: memoryview | None = None) -> int:
    """Make a frame of the payload in `buffer[1:end]`; its length, delimiter included.

    `payload` may be a view of just that, which lets some interpreters be quicker.
    """
    if crc32 is None or payload is None:
        write_crc(buffer, 1, end, end)
    else:
        pack_into("<I", buffer, end, crc32(payload))
    end += _CRC_BYTES
    # Not a zero: the loop need not ask where it is.
    buffer[end] = 1
    code_at = 0
    at = buffer.find(_ZERO, 1, end)
    while at > 0:
        buffer[code_at] = at - code_at
        code_at = at
        at += 1
        while not buffer[at]:
            # Zeros mostly come in rows.
            buffer[code_at] = 1
            code_at = at
            at += 1
        at = buffer.find(_ZERO, at, end)
    buffer[code_at] = end - code_at
    buffer[end] = 0
    return end + 1


def unseal(buffer: bytearray, end: int) -> int:
    """Recover the payload of the frame in `buffer[:end]`, its delimiter left out.

    The payload is then `buffer[1:result]`. BAD_LENGTH, BAD_COBS or BAD_CRC, all below zero, if
    there is none. The four bytes after `end` are overwritten.
    """
    if end < _SHORTEST:
        return BAD_LENGTH
    at = 0
    while at < end:
        code = buffer[at]
        if not code:
            return BAD_COBS
        buffer[at] = 0
        at += code
    if at > end:
        return BAD_COBS
    payload_end = end - _CRC_BYTES
    write_crc(buffer, 1, payload_end, end)
    for at in range(payload_end, end):
        if buffer[at] != buffer[at + _CRC_BYTES]:
            return BAD_CRC
    return payload_end
