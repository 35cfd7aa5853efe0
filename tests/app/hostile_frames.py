"""Frames that no pump should do: changed, sent again, late, cut, of another key, or noise.

Request ids above 0x8000 are theirs alone, so that whatever is done of them is seen.
"""

import random
import secrets

from app.keyed_rig import KeyedRig

from pumpcore.wire import messages, tag
from pumpcore.wire.codec import encode
from pumpcore.wire.frame import seal

FIRST_ID = 0x8000
COMMANDS = tuple(
    message
    for message in messages.MESSAGES
    if message.direction == messages.TO_DEVICE and message.name not in tag.QUESTIONS
)


def framed(payload: bytes) -> bytes:
    """A frame of any payload, its CRC right."""
    buffer = bytearray(1 + len(payload) + 8)
    buffer[1 : 1 + len(payload)] = payload
    length = seal(buffer, 1 + len(payload))
    return bytes(buffer[:length])


class Hostile:
    """Draws them, for one rig with a session."""

    def __init__(self, rig: KeyedRig, seed: int) -> None:
        """Genuine frames of the host are kept as they are sent, by `keep`."""
        self._rig = rig
        self._chance = random.Random(seed)
        self._request_id = FIRST_ID
        self._foreign = secrets.token_bytes(tag.KEY_BYTES)
        self._kept: list[tuple[int, bytes]] = []
        self.kinds = (
            self.untagged,
            self.forged,
            self.mutated,
            self.again,
            self.truncated,
            self.foreign,
            self.noise,
        )
        self.counts = dict.fromkeys((kind.__name__ for kind in self.kinds), 0)

    def draw(self) -> bytes:
        """One of any kind."""
        kind = self._chance.choice(self.kinds)
        self.counts[kind.__name__] += 1
        return kind()

    def keep(self, frame: bytes) -> None:
        """A genuine frame that was sent, or held back."""
        self._kept.append((self._rig.tick_count, frame))

    def untagged(self) -> bytes:
        """A command without a tag."""
        return framed(self._body())

    def forged(self) -> bytes:
        """A tag that is right in all but its code."""
        return framed(self._tagged(self._body(), secrets.token_bytes(tag.MAC_BYTES)))

    def mutated(self) -> bytes:
        """A genuine frame with some bits changed, with a right CRC or without."""
        frame = bytearray(self._chance.choice(self._kept)[1])
        for _ in range(self._chance.randrange(1, 4)):
            frame[self._chance.randrange(len(frame) - 1)] ^= 1 << self._chance.randrange(8)
        if self._chance.random() < 0.5:
            return bytes(frame)
        body = bytearray(self._body())
        body[self._chance.randrange(1, len(body))] ^= 1 << self._chance.randrange(8)
        return framed(self._tagged(bytes(body), bytes(tag.MAC_BYTES)))

    def again(self) -> bytes:
        """A genuine frame once more, or one that was held back."""
        return self._chance.choice(self._kept)[1]

    def truncated(self) -> bytes:
        """The beginning of one, ended."""
        frame = self._chance.choice(self._kept)[1]
        return frame[: self._chance.randrange(len(frame))] + b"\0"

    def foreign(self) -> bytes:
        """Of another board's key, or a message that goes the other way."""
        if self._chance.random() < 0.2:
            telemetry = messages.by_name("telemetry")
            return framed(bytes([telemetry.ident]) + bytes(telemetry.size_bytes))
        body = self._body()
        key = tag.Key(self._foreign)
        head = self._tagged(body, b"")
        return framed(head + tag.mac(key, head))

    def noise(self) -> bytes:
        """Any bytes, and their end."""
        return self._chance.randbytes(self._chance.randrange(1, 40)) + b"\0"

    def _body(self) -> bytes:
        """A command that would be done, but for its tag."""
        message = self._chance.choice(COMMANDS)
        self._request_id = FIRST_ID + (self._request_id + 1) % FIRST_ID
        values: list[object] = []
        for field in message.fields:
            kind = messages.KINDS[field.kind]
            values.append(bytes(kind.size_bytes) if kind.low is None else 1)
        values[0] = self._request_id
        buffer = bytearray(256)
        end = encode(message, values, buffer, 1)
        buffer[0] = message.ident
        return bytes(buffer[:end])

    def _tagged(self, body: bytes, code: bytes) -> bytes:
        """With this session's number, a counter to come, and a fresh tick."""
        credential = self._rig.credential
        assert credential is not None
        number, counter = credential.place
        counter += self._chance.choice((0, 1, 2, 1_000, 1 << 20))
        tick = self._rig.tick_count - self._chance.randrange(0, 240)
        return (
            body
            + bytes([number])
            + counter.to_bytes(4, "little")
            + max(0, tick).to_bytes(4, "little")
            + code
        )


def is_theirs(request_id: int) -> bool:
    """Whether a request id is one of those."""
    return request_id >= FIRST_ID
