"""What the pump says of itself, before it is interrupted and after it was started again."""

import asyncio
from dataclasses import dataclass

from evenflow import __version__
from evenflow.client.pump import Pump
from evenflow.client.records import HelloReply
from evenflow.errors import CheckFailed, EvenflowError, LinkError, Refused
from evenflow.flash.console import Console
from evenflow.link import open_line
from pumpcore.interlock import STATES, is_engaged
from pumpcore.self_test import SELF_TESTS
from pumpcore.wire.messages import SCHEMA

# No pump of this schema there: nothing to ask, and the prompt says whether something runs.
_NO_PUMP = ("not_evenflow", "hello_unanswered", "wrong_schema")
# Of the longest boot and self-test.
_START_S = 20.0
_RETRY_S = 0.2
# The last line of a boot that went well, and those of one that did not.
_STARTED = (b"The link has", b"fixture: drives no plunger")
_FAILED = (b"needs flashing", b"boot failed", b"Traceback")


@dataclass(frozen=True, slots=True)
class Firmware:
    """`self_test_failures` are names; None if nobody could be asked."""

    version: str
    schema: str
    self_test_failures: tuple[str, ...] | None = None


def ask_state(link: str) -> HelloReply | None:
    """Who is on the link; None if no pump that this host understands."""
    return asyncio.run(_hello(link))


def check_state(identity: HelloReply, link: str) -> None:
    """Refused if the pump has a programme."""
    if is_engaged(identity.state):
        raise Refused(
            "pump_engaged",
            f"port {link}: the pump is {STATES[identity.state]}; it has a programme",
            "end the programme at the pump first: a pump is not flashed while it may infuse",
        )


def ask_slot(console: Console, slot: str) -> Firmware:
    """What the modules in a slot say when the board imports them."""
    ((version, schema),) = console.ask(f"tell_firmware({slot!r})")
    if schema != SCHEMA.hex():
        raise CheckFailed(
            "wrong_schema",
            f"the board holds messages {schema}, this host (evenflow {__version__}) speaks "
            f"{SCHEMA.hex()}",
            "run the command again",
        )
    return Firmware(version, schema)


def hear_start(console: Console, expected: Firmware) -> Firmware:
    """What is printed at the prompt's port; a controller's own USB may miss all of it."""
    heard = console.hear_boot((*_STARTED, *_FAILED), _START_S)
    for mark in _FAILED:
        if mark.decode() in heard:
            line = next(line for line in heard.splitlines() if mark.decode() in line)
            raise CheckFailed(
                "not_started", f"the board says: {line.strip()}", "run the command again"
            )
    return expected


def ask_pump(link: str, unique_id: str) -> Firmware:
    """Version, schema and self-test over the link, once the pump has started."""
    identity = asyncio.run(_started(link))
    if identity.unique_id.hex() != unique_id:
        raise CheckFailed(
            "other_pump",
            f"port {link}: the pump {identity.unique_id.hex()}, not {unique_id} that was flashed",
            "give the flashed pump's link with --link; `evenflow info` asks it again",
        )
    bits = identity.self_test_failures
    failures = tuple(name for at, name in enumerate(SELF_TESTS) if bits >> at & 1)
    return Firmware(identity.firmware, identity.schema.hex(), failures)


async def _hello(link: str) -> HelloReply | None:
    try:
        async with await Pump.connect(await open_line(link)) as pump:
            return pump.identity
    except EvenflowError as error:
        if error.code in _NO_PUMP:
            return None
        raise


async def _started(link: str) -> HelloReply:
    loop = asyncio.get_running_loop()
    until_s = loop.time() + _START_S
    while True:
        try:
            async with await Pump.connect(await open_line(link)) as pump:
                return await pump.ready()
        except LinkError:
            if loop.time() > until_s:
                raise
            await asyncio.sleep(_RETRY_S)
