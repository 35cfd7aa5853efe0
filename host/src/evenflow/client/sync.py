"""The same pump for programs without asyncio: each call waits until it is done."""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterator, Sequence
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from evenflow.client.conversation import Claim
from evenflow.client.exchange import Fields
from evenflow.client.pump import Pump
from evenflow.client.records import Answer, HelloReply, Inspection, Staged, Telemetry
from evenflow.link import Line

_Result = TypeVar("_Result")


class SyncPump:
    """A Pump on an event loop in a thread of its own, which keeps the link alive meanwhile.

    Use it as `with SyncPump("serial:/dev/ttyACM0") as pump:`. Errors are those of Pump.
    """

    def __init__(
        self, address: str | Line | Awaitable[Pump], *, speed: float | None = 1.0
    ) -> None:
        """Connect; arguments as for Pump.connect, or what evenflow.connect returns."""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="pump", daemon=True)
        self._thread.start()
        try:
            self.pump = self._wait(_connected(address, speed))
        except BaseException:
            self._end_loop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the line back; a pump that infuses goes on. Harmless twice."""
        if not self._loop.is_closed():
            self._wait(self.pump.close())
            self._end_loop()

    @property
    def identity(self) -> HelloReply:
        """What the pump said of itself in hello."""
        return self.pump.identity

    @property
    def latest(self) -> Telemetry | None:
        """The newest telemetry; None before the first."""
        return self.pump.latest

    def telemetry(self) -> Iterator[Telemetry]:
        """Every record from now on; see Pump.telemetry."""
        records = self.pump.telemetry()
        try:
            while True:
                try:
                    yield self._wait(records.__anext__())
                except StopAsyncIteration:
                    return
        finally:
            self._wait(records.aclose())

    def wait_for(self, claim: Claim, within_s: float) -> Telemetry:
        """See Pump.wait_for; the claim is judged in the pump's thread."""
        return self._wait(self.pump.wait_for(claim, within_s))

    def stage(self, fields: Fields, steps: Sequence[Fields] = ()) -> Staged:
        """See Pump.stage."""
        return self._wait(self.pump.stage(fields, steps))

    def confirm(self, programme_number: int, digest: bytes) -> Answer:
        """See Pump.confirm."""
        return self._wait(self.pump.confirm(programme_number, digest))

    def cancel(self, programme_number: int) -> Answer:
        """See Pump.cancel."""
        return self._wait(self.pump.cancel(programme_number))

    def stop(self) -> Answer:
        """See Pump.stop."""
        return self._wait(self.pump.stop())

    def acknowledge(self) -> Answer:
        """See Pump.acknowledge."""
        return self._wait(self.pump.acknowledge())

    def audio_pause(self) -> Answer:
        """See Pump.audio_pause."""
        return self._wait(self.pump.audio_pause())

    def ping(self) -> Answer:
        """See Pump.ping."""
        return self._wait(self.pump.ping())

    def inspect(self) -> Inspection:
        """See Pump.inspect."""
        return self._wait(self.pump.inspect())

    def _wait(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _connected(address: str | Line | Awaitable[Pump], speed: float | None) -> Pump:
    if isinstance(address, Awaitable):
        return await address
    return await Pump.connect(address, speed=speed)
