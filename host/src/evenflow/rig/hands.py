"""What a careful person does with a pump on a rig: order, prepare, start, stop, leave it idle.

The keys are pressed by the rig's panel, and everything is judged by the pump's telemetry, so that
the same steps run on a plant and on a bench. All waiting is on the rig's clock.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager, suppress

from evenflow.boards import mechanism
from evenflow.client.pump import Pump
from evenflow.client.records import Staged, Telemetry
from evenflow.dose import order as order_file
from evenflow.dose.plan import Plan, plan
from evenflow.errors import CheckFailed, EvenflowError, LinkError, Refused
from evenflow.rig.rig import Mounted, Rig
from evenflow.rig.witness import Witness
from evenflow.session.comparison import compare, require_agreement
from evenflow.session.opening import profile_of
from pumpcore import panel, syringe

_PRESS_S = 0.2
_PAUSE_S = 0.3
# Of a purge at 60 mL/h: 0.15 mL, and what a person sees come.
_PURGE_S = 9.0
_STILL_S = 1.0
_LONGEST_TAKE_UP_S = 20.0
# Three pulses of the alarm test, and the time it takes to hear them.
_LISTENING_S = 4.0
_ANSWER_S = 3.0
_HORIZON_S = 1.0
# A person looks up, and walks to the pump.
_REACTION_S = 5.0
_S_PER_H = 3_600.0
_MAX_PROGRAMME_NUMBER = 0xFFFF
_FULL_SCALE = 65_535
_UM3_PER_ML = 1e12
_PI_4 = 0.785398163397


async def wait(pump: Pump, span_s: float) -> None:
    """Let so much of the rig's time pass, the pump listened to."""

    def never(_: Telemetry) -> bool:
        return False

    pump.horizon_s, before_s = max(pump.horizon_s, min(_HORIZON_S, span_s)), pump.horizon_s
    try:
        with suppress(TimeoutError):
            await pump.wait_for(never, span_s)
    finally:
        pump.horizon_s = before_s


async def until_state(pump: Pump, state: str, within_s: float) -> Telemetry:
    """The first telemetry in that state; CheckFailed says which state it was instead."""
    try:
        return await pump.wait_for(lambda now: now.state_name == state, within_s)
    except TimeoutError:
        reason = f"the pump is not {state} after {within_s:g} s, but {state_of(pump)}"
        raise CheckFailed("wrong_state", reason, "see its alarms and its journal") from None


def state_of(pump: Pump) -> str:
    """Its state and active alarms, in words."""
    latest = pump.latest
    if latest is None:
        return "silent"
    return " ".join((latest.state_name, *latest.alarm_names))


def bench_order(
    rate_ml_per_h: float, volume_ml: float, mounted: Mounted, *, bore_um: int | None = None
) -> Plan:
    """A plan of rate and volume, with no drug; Refused if it cannot be.

    `bore_um` is a calibrated bore, where it differs from the syringe's nominal one.
    """
    return ordered(
        {
            "therapy": {
                "care_area": "bench",
                "rate": f"{rate_ml_per_h:g} mL/h",
                "volume": f"{volume_ml:g} mL",
            }
        },
        mounted,
        bore_um=bore_um,
    )


def ordered(tables: dict[str, object], mounted: Mounted, *, bore_um: int | None = None) -> Plan:
    """A plan of an order's tables, with what is mounted; Refused or NeedsOverride."""
    mounting = {"model": mounted.model, "fill": f"{mounted.fill_ml:g} mL"}
    if bore_um is not None:
        mounting["bore"] = f"{bore_um // 1000}.{bore_um % 1000:03} mm"
    planned = plan(
        order_file.from_table({"schema": 1, **tables, "syringe": mounting}, "the rig's order")
    )
    error = planned.error()
    if error is not None:
        raise error
    return planned


def filling(pump: Pump, model: str) -> Mounted:
    """What is in the syringe by the pump's own carriage, rounded down to 0.1 mL.

    Refused where this host has no profile of the board.
    """
    profile, row, latest = profile_of(pump.identity.board), syringe.by_model(model), pump.latest
    if profile is None or row is None or latest is None:
        reason = f"no profile of the board {pump.identity.board}, or no syringe {model}"
        raise Refused("unknown_board", reason, "name a board and a syringe that this host knows")
    rest_um = latest.raw_position * mechanism.whole(profile["position.travel_um"]) / _FULL_SCALE
    full_ml = rest_um * _PI_4 * row.bore_um**2 / _UM3_PER_ML
    return Mounted(model, int(full_ml * 10) / 10)


async def stage(pump: Pump, planned: Plan) -> Staged:
    """Offer it, compare every figure, confirm; Refused as the pump or the comparison says."""
    latest = pump.latest
    number = 1 if latest is None else latest.programme_number % _MAX_PROGRAMME_NUMBER + 1
    staged = await pump.stage(planned.stage_values(number), planned.step_values(number))
    require_agreement(compare(planned, staged, profile_of(pump.identity.board)))
    await pump.confirm(number, staged.digest)
    await until_state(pump, "confirmed", _ANSWER_S)
    return staged


def programme_of(pump: Pump) -> int:
    """Number of the programme that it holds; 0 for none."""
    return 0 if pump.latest is None else pump.latest.programme_number


async def press(rig: Rig, pump: Pump, key: str) -> None:
    """A key for 0.2 s; CheckFailed on a rig without a panel."""
    if rig.panel is None:
        raise CheckFailed("no_panel", f"rig {rig.name} presses no keys", "fit a fixture or relays")
    await rig.panel.hold(key)
    await wait(pump, _PRESS_S)
    await rig.panel.release(key)
    await wait(pump, _PAUSE_S)


async def prepare(rig: Rig, pump: Pump) -> None:
    """Purge to waste, hear the alarm test, connect the line; CheckFailed if the pump says no."""
    await press(rig, pump, "prime")
    if rig.panel is not None:
        await rig.panel.hold("prime")
        await wait(pump, _PURGE_S)
        await rig.panel.release("prime")
    await _stand(pump)
    await _confirm(rig, pump, panel.PURGED, "the purge")
    await wait(pump, _LISTENING_S)
    await _confirm(rig, pump, panel.HEARD, "the alarm test")
    await rig.collect()
    await wait(pump, _PAUSE_S)
    await _confirm(rig, pump, panel.CONNECTED, "the connected line")


async def start(rig: Rig, pump: Pump) -> Telemetry:
    """Press START; the first telemetry of the infusion."""
    await press(rig, pump, "start")
    return await until_state(pump, "infusing", _ANSWER_S)


async def begin(rig: Rig, pump: Pump, planned: Plan) -> Staged:
    """All of it, up to the first tick of the infusion."""
    staged = await stage(pump, planned)
    await prepare(rig, pump)
    await start(rig, pump)
    return staged


async def stay(rig: Rig, pump: Pump) -> None:
    """Say by CHECK that somebody is there, whenever the pump asks, until the link ends."""

    def asks(now: Telemetry) -> bool:
        return bool(now.checklist & panel.PRESENCE_ASKED)

    with suppress(LinkError):
        while True:
            with suppress(TimeoutError):
                await pump.wait_for(asks, _S_PER_H)
                await wait(pump, _REACTION_S)
                await press(rig, pump, "check")


async def leave_idle(pump: Pump) -> None:
    """Whatever it does: stop it, acknowledge, and drop the programme; CheckFailed if it stays."""
    latest = pump.latest
    if latest is None or (latest.state_name == "idle" and not latest.alarm_names):
        return
    # One that stays, as after a loss of power, would refuse the next purge.
    for command in (pump.stop, pump.acknowledge):
        # Harmless where there is nothing to stop.
        with suppress(Refused):
            await command()
    if pump.latest is not None and pump.latest.programme_number:
        with suppress(Refused):
            await pump.cancel(pump.latest.programme_number)
    await until_state(pump, "idle", _ANSWER_S)


async def _confirm(rig: Rig, pump: Pump, item: int, what: str) -> None:
    await press(rig, pump, "check")
    try:
        await pump.wait_for(lambda now: bool(now.checklist & item), _ANSWER_S)
    except TimeoutError:
        reason = f"the pump does not accept {what}; it is {state_of(pump)}"
        raise CheckFailed("not_prepared", reason, "look at plunger, line and sounder") from None


async def _stand(pump: Pump) -> None:
    """Wait until no step has come for a second."""
    began_s = pump.line.clock_s()
    while pump.line.clock_s() - began_s < _LONGEST_TAKE_UP_S:
        before = pump.latest
        await wait(pump, _STILL_S)
        after = pump.latest
        if before is not None and after is not None and before.step_count == after.step_count:
            return
    raise EvenflowError(
        "not_still", "the plunger did not come to rest after the purge", "see its alarms"
    )


@asynccontextmanager
async def connected(
    rig: Rig, notes: dict[str, str], alarms: Collection[str] = ()
) -> AsyncGenerator[Pump]:
    """The pump, tested and idle; at the end CheckFailed for frames lost, or alarms but those.

    `notes` takes who it is, for the report.
    """
    pump = await rig.connect()
    try:
        identity = await pump.ready()
        notes["firmware"] = f"{identity.firmware} on {identity.board}"
        notes["device"] = identity.unique_id.hex()
        await leave_idle(pump)
        witness = Witness(pump)
        yield pump
        # What came last is heard, too.
        await wait(pump, _PAUSE_S)
        witness.require_whole()
        witness.require_alarms(alarms)
    finally:
        await pump.close()


async def require_left_idle(rig: Rig) -> None:
    """Stop whatever goes on; CheckFailed unless the pump is then idle, sound, and stands."""
    pump = await rig.connect()
    try:
        await leave_idle(pump)
        await wait(pump, _PAUSE_S)
        before = pump.latest
        await wait(pump, _STILL_S)
        after = pump.latest
    finally:
        await pump.close()
    if after is None or after.state_name != "idle" or after.alarm_names:
        reason = f"the pump is {state_of(pump)}, and not idle without alarms"
        raise CheckFailed("not_sound", reason, "see its journal")
    if before is None or before.step_count != after.step_count:
        reason = "the pump is idle, and its STEP pin is not"
        raise CheckFailed("not_still", reason, "take its power away, and see why")
