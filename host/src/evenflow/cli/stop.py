"""`evenflow stop`: stop the plunger, whatever else is the matter."""

import asyncio
from typing import TYPE_CHECKING, Any

import click

from evenflow.cli import _output, _port
from evenflow.errors import LinkError
from pumpcore.interlock import GIVING

if TYPE_CHECKING:
    from evenflow.client.pump import Pump

# Sent until answered, twice a second of the line's time: five seconds in all.
_ATTEMPTS = 10
_STILL_WITHIN_S = 1.0


@click.command()
@_port.port_option
@_output.json_option
def command(port: str, as_json: bool) -> None:
    """Stop the pump now.

    Needs no hello and no common schema, but this host's key where the pump has one. The pump's
    own STOP key needs neither host nor key.
    """
    content = asyncio.run(_stop(port))
    if as_json:
        _output.print_json(content)
    else:
        click.echo(f"stopped: state {content['state']}, {content['stop_reason']}")


async def _stop(port: str) -> dict[str, Any]:
    from evenflow.client.pump import Pump
    from evenflow.session.opening import open_port

    opened = await open_port(port, speed=None)
    pump = Pump(opened.line)
    try:
        pump.begin()
        return await _stopped(pump, port)
    finally:
        await pump.close()


async def _stopped(pump: "Pump", port: str) -> dict[str, Any]:
    from evenflow.client.refusal import UncertainDelivery
    from evenflow.errors import Refused

    try:
        answer = await pump.stop(attempts=_ATTEMPTS)
    except Refused as refused:
        hint = f"press STOP at the pump; {refused.hint}"
        raise Refused(refused.code, f"not stopped: {refused.reason}", hint) from refused
    except UncertainDelivery as error:
        if error.was_taken_up:
            return _content(pump, None)
        raise LinkError(
            "stop_unanswered",
            f"port {port}: STOP was not answered; whether the pump stopped is unknown",
            "press STOP at the pump",
        ) from error
    try:
        await pump.wait_for(lambda now: now.state not in GIVING, _STILL_WITHIN_S)
    except TimeoutError:
        click.echo("evenflow: no telemetry shows the pump standing; look at it", err=True)
    return _content(pump, answer.tick_count)


def _content(pump: "Pump", tick_count: int | None) -> dict[str, Any]:
    latest = pump.latest
    return {
        "tick_count": tick_count,
        "state": None if latest is None else latest.state_name,
        "stop_reason": None if latest is None else latest.stop_reason_name,
    }
