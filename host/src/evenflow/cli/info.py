"""`evenflow info`: what a pump is and how it is doing."""

import asyncio
from typing import TYPE_CHECKING, Any

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _output, _port

if TYPE_CHECKING:
    from evenflow.client.pump import Pump

_RESET_CAUSES = ("unknown", "power-on", "hard reset", "watchdog", "deep sleep", "soft reset")


@click.command()
@_port.port_option
@_output.json_option
def command(port: str, as_json: bool) -> None:
    """Say what a pump is: firmware, board, self-test, alarms."""
    content = asyncio.run(_ask(port))
    if as_json:
        _output.print_json(content)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table("", "", title=Text(f"pump on {port}"), title_justify="left", show_header=False)
    for name, value in content.items():
        table.add_row(name.replace("_", " "), Text(_words(value)))
    console = _output.console()
    console.print(table)


async def _ask(port: str) -> dict[str, Any]:
    from evenflow.session.opening import connect

    async with await connect(port, speed=None) as pump:
        await pump.ready()
        return await _content(pump, port)


async def _content(pump: "Pump", port: str) -> dict[str, Any]:
    from evenflow.client.handshake import LINK_ACCEPTS, LINK_IS_BENCH, LINK_IS_EMULATED
    from evenflow.session.ending import failed_tests

    identity = pump.identity
    inspection = await pump.inspect()
    latest = pump.latest
    flags = identity.link_flags
    cause = identity.reset_cause
    return {
        "notice": NOT_FOR_USE,
        "port": port,
        "board": identity.board,
        "unique_id": identity.unique_id.hex(),
        "firmware": identity.firmware,
        "interpreter": identity.interpreter,
        "wire_schema": identity.schema.hex(),
        "library": identity.library.hex(),
        "reset_cause": _RESET_CAUSES[cause] if cause < len(_RESET_CAUSES) else str(cause),
        "accepts_commands": bool(flags & LINK_ACCEPTS),
        "is_bench": bool(flags & LINK_IS_BENCH),
        "is_emulated": bool(flags & LINK_IS_EMULATED),
        "self_test_failures": failed_tests(identity.self_test_failures),
        "state": identity.state_name if latest is None else latest.state_name,
        "stop_reason": None if latest is None else latest.stop_reason_name,
        "alarms": [] if latest is None else list(latest.alarm_names),
        "switches": [] if latest is None else list(latest.switch_names),
        "programme_number": None if latest is None else latest.programme_number,
        "uptime_ticks": None if latest is None else latest.tick_count,
        "heap_bytes": inspection.heap_bytes,
        "heap_free_bytes": inspection.heap_free_bytes,
        "heap_lowest_free_bytes": inspection.heap_lowest_bytes,
        "longest_tick_us": inspection.longest_load_us,
        "frame_errors_at_pump": inspection.frame_error_count,
    }


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(value) or "none"
    return "unknown" if value is None else str(value)
