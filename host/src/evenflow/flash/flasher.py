"""The whole of `evenflow flash`, from a port to a pump that has told what it is."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evenflow import device_key
from evenflow.errors import LinkError
from evenflow.flash import content, install, plan, report_back, survey
from evenflow.flash.console import Console
from evenflow.flash.controller import Controller
from evenflow.flash.install import Meter
from evenflow.flash.report_back import Firmware

_POWER_ON_WAIT_S = 60.0
_REOPEN_S = 0.05


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for. `link` is the pump's serial line, if it is known."""

    profile: Mapping[str, object]
    library_json: bytes
    controller: Controller
    port: str
    link: str | None = None
    backup: Path | None = None
    erases: bool = False
    is_rehearsal: bool = False
    # Instead of asking what runs: the person switches the pump off and on.
    at_power_on: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, or of a rehearsal would be done. `key` is fresh, kept, or foreign."""

    unique_id: str
    micropython: str
    slot: str
    uploaded: tuple[str, ...]
    uploaded_bytes: int
    copied_count: int
    file_count: int
    backed_up_count: int
    key: str
    firmware: Firmware | None


def flash(wish: Wish, meter: Meter, *, silence_s: float | None = None) -> Outcome:
    """Do it; an EvenflowError says what has not been done and why.

    `silence_s` is how long the board may say nothing, for boards that are known to be quick.
    """
    named = {} if silence_s is None else {"silence_s": silence_s}
    if wish.link is not None:
        identity = report_back.ask_state(wish.link)
        if identity is not None:
            report_back.check_state(identity, wish.link)
    with _caught(wish.port, named) if wish.at_power_on else Console(wish.port, **named) as console:
        if not console.is_at_prompt():
            console.interrupt()
        console.begin()
        return _at_prompt(wish, console, meter)


def rotate(
    port: str, kind: Controller, *, link: str | None = None, at_power_on: bool = False
) -> device_key.Stored:
    """Give the board at that prompt a new key, stored here; the firmware starts again.

    Refused while the pump at `link` has a programme. Interrupted between board and host, this host
    has no key for the board, and does it again.
    """
    if link is not None:
        identity = report_back.ask_state(link)
        if identity is not None:
            report_back.check_state(identity, link)
    with _caught(port, {}) if at_power_on else Console(port) as console:
        if not console.is_at_prompt():
            console.interrupt()
        console.begin()
        facts = survey.ask_facts(console)
        survey.check_facts(facts, port, kind)
        values = device_key.fresh()
        install.put_key(console, values)
        device_key.keep(facts.unique_id, values)
        device_key.forget_roles(facts.unique_id)
        console.restart()
    key = bytes.fromhex(values.decode("ascii"))
    return device_key.of_board(bytes.fromhex(facts.unique_id), key)


def _caught(port: str, named: dict[str, float]) -> Console:
    """The prompt of a board that has just been switched on; LinkError if none is."""
    until_s = time.monotonic() + _POWER_ON_WAIT_S
    while time.monotonic() < until_s:
        try:
            console = Console(port, **named)
        except LinkError:
            # Off, or not yet back on the bus.
            time.sleep(_REOPEN_S)
            continue
        if console.catch_start(until_s):
            return console
        console.close()
    raise LinkError(
        "no_power_on",
        f"port {port}: no board was switched on there for {_POWER_ON_WAIT_S:.0f} s",
        "run the command again, then switch the pump off and on: its USB and all of its power",
    )


def _at_prompt(wish: Wish, console: Console, meter: Meter) -> Outcome:
    facts = survey.ask_facts(console)
    survey.check_facts(facts, wish.port, wish.controller)
    wanted = content.build(
        wish.profile,
        wish.library_json,
        bytecode_version=facts.bytecode_version,
        is_emulated=facts.is_emulated,
    )
    meter.begin("look", 1)
    found = survey.look(console)
    meter.advance(1)
    backed_up_count = 0
    if wish.backup is not None and not wish.is_rehearsal:
        backed_up_count = install.back_up(console, found, wish.backup, meter)
    if wish.erases:
        if not wish.is_rehearsal:
            install.erase(console, found, meter)
        facts = survey.ask_facts(console)
        found = (
            survey.Survey({}, {}, None, None, {}) if wish.is_rehearsal else survey.look(console)
        )
    todo = plan.make(wanted, found)
    if not wish.erases:
        plan.check_room(todo, found, facts)
    firmware = None
    if not wish.is_rehearsal:
        install.carry_out(console, todo, facts.unique_id, meter)
        firmware = report_back.ask_slot(console, todo.slot)
    key_state = _key_state(todo, found, facts.unique_id)
    meter.begin("restart", 1)
    console.restart()
    if firmware is not None:
        firmware = _started(wish, console, facts.unique_id, firmware)
    meter.advance(1)
    return Outcome(
        unique_id=facts.unique_id,
        micropython=facts.version,
        slot=todo.slot.lstrip("/"),
        uploaded=todo.upload_paths,
        uploaded_bytes=todo.upload_bytes,
        copied_count=len(todo.copy),
        file_count=todo.file_count,
        backed_up_count=backed_up_count,
        key=key_state,
        firmware=firmware,
    )


def _started(wish: Wish, console: Console, unique_id: str, expected: Firmware) -> Firmware:
    if wish.link is None:
        return report_back.hear_start(console, expected)
    return report_back.ask_pump(wish.link, unique_id)


def _key_state(todo: plan.Plan, found: survey.Survey, unique_id: str) -> str:
    if todo.needs_key:
        return "fresh"
    stored = device_key.stored(unique_id)
    is_ours = stored is not None and content.sum_of(stored) == found.sums[device_key.ON_DEVICE]
    return "kept" if is_ours else "foreign"
