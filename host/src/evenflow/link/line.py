"""What the client needs of a line; bytes out, bytes in, and the time that counts on it."""

from typing import Protocol


class Line(Protocol):
    """One open line to a pump. Failures are LinkError, worded for a person.

    Time is the line's own: on a serial line it is the host's monotonic clock, on an emulated board
    the device's virtual one, which moves only while somebody reads.
    """

    @property
    def name(self) -> str:
        """The address, as the person wrote it."""

    @property
    def device_key(self) -> bytes | None:
        """The key of a board that is emulated in this process; None of one without, or another."""

    @property
    def is_emulated(self) -> bool:
        """Whether the device behind it is emulated in this process."""

    def clock_s(self) -> float:
        """Monotonic time of the line, in seconds."""

    async def read(self, horizon_s: float) -> bytes:
        """Bytes that came; empty if none did within `horizon_s` of the line's time.

        A serial line answers as soon as there are some. An emulated board runs for the whole
        horizon, because many ticks at a time cost less.
        """

    def write(self, frame: bytes) -> None:
        """Hand a frame to the line; it is sent in order."""

    async def close(self) -> None:
        """Give the line back; harmless twice."""
