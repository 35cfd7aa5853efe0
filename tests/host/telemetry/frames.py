"""Telemetry frames for tests of the record."""

from evenflow.client.batch import Batch
from evenflow.client.records import HelloReply
from evenflow.client.stream import Stream
from evenflow.telemetry.recorder import Opening
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import SCHEMA, TO_HOST, by_name

IDENTITY = HelloReply(
    request_id=1,
    schema=SCHEMA,
    firmware="0.1.0",
    board="pico",
    interpreter="micropython 1.29.0",
    unique_id=b"\1\2\3\4\5\6\7\x08",
    library=b"library!",
    library_version="0.3.0",
    reset_cause=1,
    link_flags=5,
    self_test_failures=0,
    self_test_notes=0,
    state=2,
    banner="NOT FOR USE ON PEOPLE",
)


def frame(name: str, **fields: int) -> bytes:
    """One whole frame; fields left out are 0."""
    message = by_name(name)
    endpoint = Endpoint(TO_HOST)
    length = endpoint.write(message, [fields.get(field.name, 0) for field in message.fields])
    return bytes(endpoint.outgoing[:length])


def batch(*ticks: int, **fields: int) -> Batch:
    """Telemetry of those ticks, 20 ms each unless told otherwise."""
    fields = {"elapsed_us": 20_000, **fields}
    chunk = b"".join(frame("telemetry", tick_count=tick, **fields) for tick in ticks)
    (found,) = Stream().feed(chunk)
    assert isinstance(found, Batch)
    return found


def opening(session_id: str) -> Opening:
    """A session of an order that says nothing."""
    return Opening(
        id=session_id,
        order_name="order.toml",
        order_text="schema = 1\n",
        plan_json='{"volume_ml": 17.5}',
        port="emulated:pico",
        started_tick_count=5,
    )
