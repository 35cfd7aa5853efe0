"""The device's transmit pin: every message, but telemetry only when it tells something.

360,000 times in a session telemetry repeats itself, its counters apart. A frame whose watched
fields are those of the one before costs an unstuffing, a CRC and two comparisons here.
"""

from zlib import crc32

from evenflow.client.batch import Batch
from evenflow.client.layout import LAYOUTS, TELEMETRY_IDENT
from evenflow.client.stream import Item, Stream
from pumpcore.wire.messages import KINDS, by_name

# The CRC of anything followed by its own CRC-32, little-endian, is this constant.
_CRC_RESIDUE = 0x2144DF1C
_TELEMETRY = LAYOUTS[TELEMETRY_IDENT]
# Code byte in front, delimiter behind.
_FRAME_BYTES = _TELEMETRY.struct.size + 2
_NOTHING: list[Item] = []


def _offsets() -> dict[str, int]:
    """Where each field of telemetry begins, behind the ident."""
    offsets = {}
    at = 1
    for field in by_name("telemetry").fields:
        offsets[field.name] = at
        at += KINDS[field.kind].size_bytes
    return offsets


_AT = _offsets()
# Two runs of fields that change seldom; between and before them lie counters and readings.
_DECIDED = slice(_AT["state"], _AT["delivered_microsteps"])
_SIGNALLED = slice(_AT["motion"], _AT["last_request_id"])


class Tap:
    """Takes the bytes of one exchange at a time."""

    def __init__(self) -> None:
        """Nothing heard."""
        self.stream = Stream()
        self._last = b""
        self._decided = b""
        self._signalled = b""
        self._is_between_frames = True

    def feed(self, chunk: bytes) -> list[Item]:
        """What is new in them; empty if telemetry only repeats itself."""
        if (
            len(chunk) == _FRAME_BYTES
            and self._is_between_frames
            and chunk.find(0) == _FRAME_BYTES - 1
        ):
            payload = _payload(chunk)
            if (
                payload[_DECIDED] == self._decided
                and payload[_SIGNALLED] == self._signalled
                and payload[0] == TELEMETRY_IDENT
                and crc32(payload) == _CRC_RESIDUE
            ):
                self._last = payload
                return _NOTHING
        items = self.stream.feed(chunk)
        self._is_between_frames = chunk.endswith(b"\0")
        for item in items:
            if isinstance(item, Batch):
                payload = _payload(item.frames[-1] + b"\0")
                self._last = payload
                self._decided = payload[_DECIDED]
                self._signalled = payload[_SIGNALLED]
        return items

    def last_row(self) -> tuple[int, ...] | None:
        """The last telemetry, counters included; None if there was none."""
        return _TELEMETRY.struct.unpack(self._last) if self._last else None


def _payload(frame: bytes) -> bytes:
    """A frame with its delimiter, unstuffed; nonsense in gives nonsense out."""
    stuffed = bytearray(frame)
    index = 0
    end = len(frame) - 1
    while index < end:
        code = stuffed[index]
        stuffed[index] = 0
        index += code or end
    return bytes(stuffed[1:-1])
