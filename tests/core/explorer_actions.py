"""All that can happen to the small pump: keys, hands, readings, commands, time and power."""

from collections.abc import Callable

from core.explorer_rules import GIVING, Broken, Rules
from core.small_pump import (
    HALF_MN,
    LONG_MS,
    LOW_MN,
    MOMENT_MS,
    OVER_MN,
    PURGE_STEPS,
    TICK_MS,
    SmallPump,
)

from pumpcore import panel
from pumpcore.interlock import COMPLETE, CONFIRMED, FAULT, IDLE, STAGED, STATES

NORMAL = panel.PLUNGER_SEATED | panel.BARREL_CLOSED | panel.GATE_INTACT
NORMAL |= panel.MAINS_PRESENT | panel.EXPANDER_ALIVE | panel.SOUNDER_HEARD

Act = Callable[["Explored"], None]
Action = tuple[str, Act]


class Explored(SmallPump):
    """The small pump under its rules, with the means to spoil what it reads."""

    def __init__(self) -> None:
        """Off, and nothing done."""
        super().__init__()
        self.rules = Rules()
        self.kept.append(self.rules)
        self.first = self.snapshot()

    def key(self) -> tuple[object, ...]:
        """The pump's and the rules' together."""
        state = self.kernel.state
        if state == FAULT:
            return super().key()
        rules = self.rules
        if state < STAGED:
            return (*super().key(), rules.unseen != 0)
        is_moving = self.kernel.motion.job or self.kernel.preparation._is_take_up_due
        wasted_steps = min(rules.wasted_steps, 9 if is_moving else PURGE_STEPS)
        return (*super().key(), rules.key(), state <= CONFIRMED and wasted_steps)

    def pass_ticks(self, count: int, keys: int = 0, **spoilt: int) -> None:
        """Ticks with these switches changed and these inputs spoilt, each checked."""
        kernel = self.kernel
        inputs = self.inputs
        elapsed_ms = spoilt.pop("elapsed_ms", TICK_MS)
        for _ in range(count):
            self.sense(elapsed_ms)
            inputs.switches ^= keys
            kept = {name: getattr(inputs, name) for name in spoilt}
            for name, value in spoilt.items():
                setattr(inputs, name, value)
            state = kernel.outputs.state
            is_checked = kernel.outputs.checklist == panel.CHECKLIST_COMPLETE
            kernel.events.count = 0
            self.tick(elapsed_ms)
            self.rules.listen(kernel, state, is_checked=is_checked)
            self.rules.check(self)
            for name, value in kept.items():
                setattr(inputs, name, value)

    def turn(self, counts: int) -> None:
        """Somebody turns the screw."""
        self.inputs.encoder_count = (self.inputs.encoder_count + counts) & 0xFFFF
        self.pass_ticks(1)


def _press(keys: int) -> Act:
    def act(pump: Explored) -> None:
        pump.pass_ticks(2, keys)
        if keys & panel.KEY_STOP and pump.kernel.state in GIVING:
            raise Broken(f"{STATES[pump.kernel.state]} after STOP")
        pump.pass_ticks(2)

    return act


def _hold(switches: int, force_mn: int) -> Act:
    def act(pump: Explored) -> None:
        pump.plant.switches = switches
        pump.plant.force_mn = force_mn
        pump.pass_ticks(2)

    return act


def _spoil(ticks: int, switches: int = 0, *, must_stop: bool = True, **spoilt: int) -> Act:
    def act(pump: Explored) -> None:
        was_giving = pump.kernel.outputs.may_enable and pump.kernel.state in GIVING
        pump.pass_ticks(ticks, switches, **spoilt)
        if must_stop and was_giving and pump.kernel.state in GIVING:
            raise Broken(f"{STATES[pump.kernel.state]} still")
        if switches or "raw_force" in spoilt:
            pump.pass_ticks(2)

    return act


def _empty_battery(pump: Explored) -> None:
    _spoil(5, panel.MAINS_PRESENT, raw_battery=19_900)(pump)
    _spoil(3, must_stop=False, raw_battery=27_660)(pump)


def _weaken(force_mn: int) -> Act:
    def act(pump: Explored) -> None:
        held_mn = pump.plant.force_mn
        pump.plant.force_mn = force_mn
        pump.pass_ticks(2)
        pump.plant.force_mn = held_mn
        pump.pass_ticks(2)

    return act


def _wait(elapsed_ms: int) -> Act:
    def act(pump: Explored) -> None:
        pump.pass_ticks(1, elapsed_ms=elapsed_ms)
        if elapsed_ms >= MOMENT_MS:
            pump.rules.is_armed = False
            pump.rules.is_primed = False

    return act


def _stage(number: int) -> Act:
    def act(pump: Explored) -> None:
        kernel = pump.kernel
        before = kernel.state
        held = kernel.programme.number
        answer = kernel.stage(pump.programmes[number])
        if answer == 0 and number != held:
            if before not in (IDLE, STAGED, CONFIRMED, COMPLETE):
                raise Broken(f"another programme while {STATES[before]}")
            pump.rules.staged()
            pump.rules.wasted_steps = 0
        pump.pass_ticks(1)

    return act


def _confirm(number_off: int, digest_off: int) -> Act:
    def act(pump: Explored) -> None:
        held = pump.kernel.programme
        digest = bytes([(held.digest[0] + digest_off) & 0xFF]) + held.digest[1:]
        answer = pump.kernel.confirm(held.number + number_off, digest)
        if number_off or digest_off:
            if answer == 0:
                raise Broken("confirmed what was not staged")
        elif answer == 0:
            pump.rules.is_confirmed = True
        pump.pass_ticks(1)

    return act


def _command(name: str) -> Act:
    def act(pump: Explored) -> None:
        kernel = pump.kernel
        if name == "cancel":
            kernel.cancel(kernel.programme.number)
            if kernel.state == IDLE:
                pump.rules.stop()
                pump.rules.is_confirmed = False
        elif name == "stop":
            kernel.stop()
            pump.rules.stop()
        elif name == "acknowledge":
            kernel.acknowledge()
            pump.rules.unseen = 0
        elif name == "audio pause":
            kernel.audio_pause()
        elif name == "fail":
            kernel.fail()
        elif name == "flipped bit":
            kernel.state ^= 1
        pump.pass_ticks(1)

    return act


def _boot(failures: int, *, was_watchdog_reset: bool) -> Act:
    def act(pump: Explored) -> None:
        pump.kernel.boot(failures, was_watchdog_reset)
        pump.pass_ticks(1)

    return act


def _power_cycle(pump: Explored) -> None:
    pump.restore(pump.first)


ACTIONS: tuple[Action, ...] = (
    ("tick", _wait(TICK_MS)),
    ("late tick", _wait(3 * TICK_MS)),
    ("moment", _wait(MOMENT_MS)),
    ("long", _wait(LONG_MS)),
    ("boot", _boot(0, was_watchdog_reset=False)),
    ("boot after watchdog", _boot(0, was_watchdog_reset=True)),
    ("boot with a failure", _boot(1, was_watchdog_reset=False)),
    ("power cycle", _power_cycle),
    ("stage 1", _stage(1)),
    ("stage 2", _stage(2)),
    ("confirm", _confirm(0, 0)),
    ("confirm another digest", _confirm(0, 1)),
    ("confirm another number", _confirm(1, 0)),
    ("cancel", _command("cancel")),
    ("link STOP", _command("stop")),
    ("link acknowledge", _command("acknowledge")),
    ("link audio pause", _command("audio pause")),
    ("fail", _command("fail")),
    ("flipped bit", _command("flipped bit")),
    ("START", _press(panel.KEY_START)),
    ("STOP", _press(panel.KEY_STOP)),
    ("START with STOP", _press(panel.KEY_START | panel.KEY_STOP)),
    ("ACKNOWLEDGE", _press(panel.KEY_ACKNOWLEDGE)),
    ("ACKNOWLEDGE with START", _press(panel.KEY_ACKNOWLEDGE | panel.KEY_START)),
    ("AUDIO PAUSE", _press(panel.KEY_AUDIO_PAUSE)),
    ("CHECK", _press(panel.KEY_CHECK)),
    ("hold nothing", _hold(NORMAL, LOW_MN)),
    ("hold PRIME", _hold(NORMAL | panel.KEY_PRIME, LOW_MN)),
    ("hold the plunger open", _hold(NORMAL & ~panel.PLUNGER_SEATED, LOW_MN)),
    ("hold the line half shut", _hold(NORMAL, HALF_MN)),
    ("hold the line shut", _hold(NORMAL, OVER_MN)),
    ("barrel open", _spoil(2, panel.BARREL_CLOSED)),
    ("gate broken", _spoil(2, panel.GATE_INTACT, must_stop=False)),
    ("driver fault", _spoil(2, panel.DRIVER_FAULT)),
    ("expander silent", _spoil(4, panel.EXPANDER_ALIVE)),
    ("air", _spoil(5, panel.AIR_SEEN, must_stop=False)),
    ("deaf", _spoil(2, panel.SOUNDER_HEARD, must_stop=False)),
    ("host silent", _spoil(2, link_frame_count=0, must_stop=False)),
    ("battery empty", _empty_battery),
    ("contact open", _spoil(1, raw_contact=40_000)),
    ("hot", _spoil(1, raw_temperature=12_000)),
    ("another syringe", _spoil(2, raw_barrel=20_000)),
    ("end of travel", _spoil(1, raw_position=0)),
    ("clock stopped", _spoil(1, reference_count=0)),
    ("force at its rail", _spoil(1, raw_force=0x7FFFFF)),
    ("force frozen", _spoil(3, raw_force=12_345)),
    ("nobody holds the plunger", _weaken(0)),
    ("screw turned on", lambda pump: pump.turn(400)),
    ("screw turned back", lambda pump: pump.turn(-400)),
)
