"""The line between host and device, and what a scenario does to it; frames are its unit.

While nothing is wrong with it bytes pass untouched. Randomness is its own, from the seed.
"""

import random
from collections.abc import Callable

from evenflow.scenario.agenda import Agenda
from evenflow.scenario.log import Log
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_HOST, by_name

_BITS_A_BYTE = 10
_US_PER_S = 1_000_000
_FLOOD_REQUEST_ID = 0xF00D


class Cable:
    """Frames to the device and bytes to the host, as the scenario lets them through."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        baud: int,
        seed: int,
        agenda: Agenda,
        log: Log,
    ) -> None:
        """`write` puts bytes on the device's receive pin; `baud` is the line's speed."""
        self.now_us = 0
        self._write = write
        self._baud = baud
        self._random = random.Random(f"cable {seed}")
        self._agenda = agenda
        self._log = log
        self._is_plugged = True
        self._corrupt_rate = 0.0
        self._drop_rate = 0.0
        self._duplicate_rate = 0.0
        self._delay_us = 0
        self._flood_left = 0
        self._flood_credit = 0
        self._flood_frame = _ping_frame()
        self._genuine: dict[str, bytes] = {}
        self._to_host = bytearray()
        self._rest = b""

    @property
    def is_clear(self) -> bool:
        """Whether what leaves the device reaches the host as it is."""
        return self._is_plugged and not self._has_faults and not self._to_host and not self._rest

    @property
    def _has_faults(self) -> bool:
        return bool(
            self._corrupt_rate or self._drop_rate or self._duplicate_rate or self._delay_us
        )

    # ---- what the scenario does --------------------------------------------------------------

    def unplug(self) -> None:
        """Nothing passes any more."""
        self._is_plugged = False
        self._rest = b""

    def replug(self) -> None:
        """The line is whole again."""
        self._is_plugged = True

    def flood(self, frames: int) -> None:
        """So many pings, in what the line has room for beside the host's own frames."""
        self._flood_left += frames

    def corrupt(self, rate: float) -> None:
        """That share of frames has one byte changed; 0 ends it."""
        self._corrupt_rate = rate

    def drop(self, rate: float) -> None:
        """That share of frames is lost; 0 ends it."""
        self._drop_rate = rate

    def duplicate(self, rate: float) -> None:
        """That share of frames comes twice; 0 ends it."""
        self._duplicate_rate = rate

    def delay(self, ms: float) -> None:
        """Every frame comes so much later; 0 ends it."""
        self._delay_us = round(ms * 1_000)

    def replay(self, command: str) -> None:
        """The last genuine frame of that command comes again."""
        frame = self._genuine.get(command)
        if frame is None:
            reason = f"the host has sent no {command} yet"
            self._log.refusal(self.now_us, "link.replay", "nothing_to_replay", reason)
            return
        self.inject(frame)

    def inject(self, raw: bytes) -> None:
        """Bytes for the device, from whoever holds the other end of the wire."""
        if self._is_plugged:
            self._write(raw)

    # ---- what passes -------------------------------------------------------------------------

    def send(self, command: str, frame: bytes) -> None:
        """A frame of the host, its zero included."""
        self._genuine[command] = frame
        for copy in self._through(frame):
            self._later(copy, self.inject)

    def carry(self, chunk: bytes) -> bytes:
        """Bytes from the device; what reaches the host now."""
        frames = (self._rest + chunk).split(b"\0")
        self._rest = frames.pop()
        if not self._is_plugged:
            self._rest = b""
            frames.clear()
        for frame in frames:
            for copy in self._through(frame + b"\0"):
                self._later(copy, self._arrive)
        arrived = bytes(self._to_host)
        self._to_host.clear()
        return arrived

    def tick(self, now_us: int) -> None:
        """Time passes: the flood fills what the line can carry."""
        span_us = now_us - self.now_us
        self.now_us = now_us
        if not self._flood_left:
            self._flood_credit = 0
            return
        self._flood_credit += span_us * self._baud
        frame_credit = len(self._flood_frame) * _BITS_A_BYTE * _US_PER_S
        count = min(self._flood_credit // frame_credit, self._flood_left)
        self._flood_credit -= count * frame_credit
        self._flood_left -= count
        self.inject(self._flood_frame * count)

    def _through(self, frame: bytes) -> tuple[bytes, ...]:
        if not self._is_plugged:
            return ()
        if not self._has_faults:
            return (frame,)
        draw = self._random.random
        if draw() < self._drop_rate:
            return ()
        if draw() < self._corrupt_rate:
            changed = bytearray(frame)
            changed[self._random.randrange(len(frame))] ^= self._random.randrange(1, 256)
            frame = bytes(changed)
        return (frame, frame) if draw() < self._duplicate_rate else (frame,)

    def _later(self, frame: bytes, deliver: Callable[[bytes], None]) -> None:
        if self._delay_us:
            self._agenda.add(self.now_us + self._delay_us, lambda: deliver(frame))
        else:
            deliver(frame)

    def _arrive(self, frame: bytes) -> None:
        if self._is_plugged:
            self._to_host += frame


def _ping_frame() -> bytes:
    endpoint = Endpoint(TO_HOST)
    length = endpoint.write(by_name("ping"), [_FLOOD_REQUEST_ID])
    return bytes(endpoint.outgoing[:length])
