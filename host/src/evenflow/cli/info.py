"""`evenflow info`: what a pump is and how it is doing."""

import asyncio
from typing import TYPE_CHECKING, Any

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _output, _port
from evenflow.client import _names
from pumpcore import units
from pumpcore.reset_cause import RESET_CAUSES

if TYPE_CHECKING:
    from evenflow.client.pump import Pump

# Bits 0 and 1 of a ledger's flags.
_FAULTS = ("failed", "totals_lost")


@click.command()
@_port.port_option
@_port.read_only_option
@_output.json_option
def command(*, port: str, read_only: bool, as_json: bool) -> None:
    """Say what a pump is: firmware, board, self-test, alarms."""
    content = asyncio.run(_ask(port, read_only=read_only))
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


async def _ask(port: str, *, read_only: bool) -> dict[str, Any]:
    from evenflow.session.opening import connect

    async with await connect(port, speed=None, read_only=read_only) as pump:
        await pump.ready()
        return await _content(pump, port)


async def _content(pump: "Pump", port: str) -> dict[str, Any]:
    from evenflow.client.handshake import (
        LINK_ACCEPTS,
        LINK_IS_BENCH,
        LINK_IS_EMULATED,
        LINK_NEEDS_KEY,
    )
    from evenflow.session.ending import failed_tests, noted

    identity = pump.identity
    inspection = await pump.inspect()
    latest = pump.latest
    flags = identity.link_flags
    return {
        "notice": NOT_FOR_USE,
        "port": port,
        "board": identity.board,
        "unique_id": identity.unique_id.hex(),
        "firmware": identity.firmware,
        "interpreter": identity.interpreter,
        "wire_schema": identity.schema.hex(),
        "library": identity.library.hex(),
        "reset_cause": identity.reset_cause_name,
        "accepts_commands": bool(flags & LINK_ACCEPTS),
        "is_bench": bool(flags & LINK_IS_BENCH),
        "is_emulated": bool(flags & LINK_IS_EMULATED),
        "needs_key": bool(flags & LINK_NEEDS_KEY),
        "self_test_failures": failed_tests(identity.self_test_failures),
        "self_test_notes": noted(identity.self_test_notes),
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
        **await _memory(pump),
    }


async def _memory(pump: "Pump") -> dict[str, Any]:
    """Totals and the last programme; a board without a memory has neither."""
    from evenflow.errors import Refused

    try:
        ledger = await pump.ledger()
    except Refused as refused:
        if refused.code != "no_journal":
            raise
        return {"journal": "absent: this board has no memory that outlives the power"}
    faults = [name for bit, name in enumerate(_FAULTS) if ledger.flags >> bit & 1]
    return {
        "journal": f"{ledger.next_sequence} records written",
        "memory_faults": faults,
        "boots": ledger.boot_count,
        "clock_knows_the_time": ledger.clock_s > 0,
        "given_since_new_patient_mg": ledger.total_ng / units.NG_PER_MG,
        "given_in_24_hours_mg": ledger.window_ng / units.NG_PER_MG,
        "totals_generation": ledger.generation,
        "last_programme_number": ledger.programme_number,
        "last_programme_digest": ledger.digest.hex(),
        "last_programme_state": ledger.last_state_name,
        "last_programme_stop_reason": ledger.stop_reason_name,
        "last_programme_cut_short_by": (
            _names.named(RESET_CAUSES, ledger.ended_by - 1) if ledger.ended_by else None
        ),
        "last_programme_given_at_least_ml": ledger.volume_low_nl / units.NL_PER_ML,
        "last_programme_given_at_most_ml": ledger.volume_high_nl / units.NL_PER_ML,
    }


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(value) or "none"
    return "unknown" if value is None else str(value)
