"""Watches device and plant, exchange by exchange: trace, alarms, refusals, first step.

The device's telemetry is taken at its transmit pin and belongs to the moment at which the
exchange began, when its tick decided; pins change at that moment too.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from evenflow.client.batch import Batch
from evenflow.client.records import Answer, Event, HelloReply, Staged
from evenflow.client.stream import Item, Received
from evenflow.emulator.drivable import Drivable
from evenflow.scenario.alarm_log import AlarmLog, Occurrence
from evenflow.scenario.device_view import DeviceView
from evenflow.scenario.excess import Excess
from evenflow.scenario.log import Log
from evenflow.scenario.operator import Press
from evenflow.scenario.standstill import Standstill
from evenflow.scenario.trace import Reading, Trace, led_name, read, sounder_name
from pumpcore.key_events import EVENT_KINDS
from pumpcore.panel import KEY_ACKNOWLEDGE, SWITCHES
from pumpcore.refusal_words import REFUSALS

if TYPE_CHECKING:
    from evenflow.dose.step import Row

_NS_PER_US = 1_000
_KEY_PREFIX = "key_"
_KEY_REFUSED = EVENT_KINDS.index("key_refused")
_PRESS_AGAIN = "press_again"
_OFF = "off"
# A switch that has shown its condition for longer did not raise the alarm by changing.
_FRESH_CONDITION_US = 1_000_000


class Observer:
    """Collects what the result says. Moments are us since power-on."""

    def __init__(
        self,
        board: Drivable,
        view: DeviceView,
        trace: Trace,
        log: Log,
        alarms: AlarmLog,
        standstill: Standstill,
    ) -> None:
        """Nothing seen yet; `on_state` and `on_alarm` are told of each change."""
        self.on_state: Callable[[str, int], None] = _ignore
        self.on_alarm: Callable[[str, int], None] = _ignore
        self.presses: list[Press] = []
        self.purposes: dict[int, str] = {}
        self._done: set[int] = set()
        # Since when a switch has shown the condition of an alarm.
        self.conditions_us: dict[str, int] = {}
        self.staged: Staged | None = None
        # Of the drug library, as the pump last told it.
        self.library_version = ""
        # Of each programme that the host has staged, by number.
        self.steps: dict[int, tuple[Row, ...]] = {}
        self.t0_us: int | None = None
        self.peak_pressure_pa = 0.0
        self.excess = Excess()
        self._board = board
        self._plant = board.plant
        self._view = view
        self._trace = trace
        self._log = log
        self._alarms = alarms
        self._standstill = standstill
        self._rows: list[Reading] = []
        self._before = read(self._plant)
        # State, alarms, light, sound.
        self._signals: tuple[str, tuple[str, ...], str, str] = ("boot", (), _OFF, _OFF)
        self._is_enabled = False
        self.add_row()
        self._write_rows()

    def add_row(self) -> None:
        """One of the ten rows of a second: the plant now."""
        now = read(self._plant)
        self._rows.append(now)
        self.peak_pressure_pa = max(self.peak_pressure_pa, now.pressure_pa)
        if self.t0_us is not None:
            self.excess.measure(now.patient_nl, now.at_ns // _NS_PER_US)

    def take(self, items: list[Item], began_us: int) -> None:
        """An exchange has ended that began then; what the device said in it."""
        if items:
            self._take_items(items, began_us)
        now = read(self._plant)
        self._watch(now, began_us)
        self._before = now

    def finish(self, now_us: int) -> None:
        """The run is over."""
        self._write_rows()
        if self.t0_us is not None:
            self.excess.measure(self._plant.patient_nl, now_us)
        self._standstill.finish()

    def take_reset(self, items: list[Item], began_us: int, cause: str) -> None:
        """An exchange ended with a reset of the controller, or a cut of its power, just now."""
        if items:
            self._take_items(items, began_us)
        self._write_rows()
        now = read(self._plant)
        self._view.forget()
        self._log.event(now.at_ns // _NS_PER_US, "device", "reset", cause)
        self._watch(now, now.at_ns // _NS_PER_US)
        self._before = now

    # ---- what the device says ----------------------------------------------------------------

    def _take_items(self, items: list[Item], at_us: int) -> None:
        # An acknowledgement and the end of the alarm that it ends come in one exchange.
        for item in items:
            if isinstance(item, Received):
                self._take_record(item.record, at_us)
        for item in items:
            if isinstance(item, Batch):
                for row in item.rows:
                    if self._view.take(row):
                        self._standstill.adopt_rate(self._view.commanded_ul_per_h)

    def _take_record(self, record: object, at_us: int) -> None:
        if isinstance(record, Staged):
            self.staged = record
            self._done.add(record.request_id)
        elif isinstance(record, HelloReply):
            self.library_version = record.library_version
        elif isinstance(record, Answer):
            self._take_answer(record, at_us)
        elif isinstance(record, Event):
            self._take_key(record, at_us)

    def _take_answer(self, record: Answer, at_us: int) -> None:
        if record.refusal:
            # What was done already came again by itself: of the line, not of the host.
            is_again = record.request_id in self._done
            what = "link" if is_again else self.purposes.get(record.request_id, "link")
            reason = REFUSALS[record.refusal].reason
            self._log.refusal(at_us, what, record.refusal_name, reason)
        else:
            self._done.add(record.request_id)
            if record.command_name == "acknowledge":
                self._alarms.acknowledge(at_us)

    def _take_key(self, record: Event, at_us: int) -> None:
        key = SWITCHES[record.value.bit_length() - 1].removeprefix(_KEY_PREFIX)
        press = self._press_of(key, at_us)
        if record.kind != _KEY_REFUSED:
            self._log.event(at_us, "device", "key", key)
            if record.value == KEY_ACKNOWLEDGE:
                self._alarms.acknowledge(at_us)
            return
        refusal = REFUSALS[record.code]
        if press is not None:
            if refusal.name == _PRESS_AGAIN and press.is_first:
                return
            if self._is_answered(press, refusal.name):
                return
        what = f"panel.{key}" if press is None else press.what
        self._log.refusal(at_us, what, refusal.name, refusal.reason)

    def _press_of(self, key: str, at_us: int) -> Press | None:
        for press in reversed(self.presses):
            if press.key == key and press.at_us <= at_us:
                return press
        return None

    def _is_answered(self, press: Press, refusal: str) -> bool:
        """Whether the same was already said of the press before, of the same two."""
        at = self.presses.index(press)
        before = self.presses[at - 1] if at else None
        if before is None or not before.is_first or before.what != press.what:
            return False
        last = self._log.refusals[-1] if self._log.refusals else {}
        return (last.get("what"), last.get("code")) == (press.what, refusal)

    # ---- what changes ------------------------------------------------------------------------

    def _watch(self, now: Reading, began_us: int) -> None:
        plant = self._plant
        view = self._view
        led = led_name(plant.led, view.led)
        sounder = sounder_name(plant.sounder, view.sounder)
        signals = (view.state, view.alarms, led, sounder)
        is_enabled = plant.motor_enabled
        before = self._signals
        was_enabled = self._is_enabled
        if signals == before and is_enabled == was_enabled:
            if self._rows:
                self._write_rows()
            if plant.records_steps:
                self._look_for_first_step()
            return
        self._signals = signals
        self._is_enabled = is_enabled
        self._write_edges(now, began_us, was_enabled=was_enabled, has_signal=signals != before)
        if view.alarms != before[1]:
            self._change_alarms(began_us)
        if sounder not in (before[3], _OFF):
            self._alarms.sounded(began_us)
        if view.state != before[0]:
            self._change_state(began_us)
        if plant.records_steps:
            self._look_for_first_step()

    def _change_state(self, at_us: int) -> None:
        state = self._view.state
        self._log.event(at_us, "device", "state", state)
        self.excess.stop(at_us)
        if self._view.is_giving:
            if self.t0_us is None:
                self._plant.records_steps = True
            elif self.staged is not None:
                # After the dose it goes on with the flow that follows it.
                self._adopt(self.staged)
                self.excess.run(at_us)
        self.on_state(state, at_us)

    def _adopt(self, staged: Staged) -> None:
        self.excess.adopt(staged, self.steps.get(staged.programme_number, ()))

    def _change_alarms(self, at_us: int) -> None:
        fresh_us = {
            name: since_us
            for name, since_us in self.conditions_us.items()
            if at_us - since_us <= _FRESH_CONDITION_US
        }
        for occurrence in self._alarms.update(self._view.alarms, at_us, fresh_us):
            if self._standstill.is_moving(at_us):
                self._standstill.wait(_noting_last_step(occurrence))
            self.on_alarm(occurrence.name, at_us)

    def _look_for_first_step(self) -> None:
        plant = self._plant
        for at_ns, direction, was_enabled in plant.step_times:
            if direction > 0 and was_enabled:
                self.t0_us = at_ns // _NS_PER_US
                plant.records_steps = False
                if self.staged is not None:
                    self._adopt(self.staged)
                    self.excess.run(self.t0_us)
                break
        plant.step_times.clear()

    # ---- the trace ---------------------------------------------------------------------------

    def _write_rows(self) -> None:
        for reading in self._rows:
            self._write(reading, enabled=self._is_enabled)
        self._rows.clear()

    def _write_edges(
        self, now: Reading, began_us: int, *, was_enabled: bool, has_signal: bool
    ) -> None:
        began_ns = began_us * _NS_PER_US
        off_ns = self._off_ns(now, began_ns) if was_enabled and not self._is_enabled else None
        enabled_at_first = self._is_enabled or (off_ns is not None and off_ns > began_ns)
        marked: list[tuple[int, Reading, bool]] = []
        if has_signal or off_ns is None or off_ns <= began_ns:
            at_began = now if began_ns == now.at_ns else self._before._replace(at_ns=began_ns)
            marked.append((began_ns, at_began, enabled_at_first))
        if off_ns is not None and off_ns > began_ns:
            marked.append((off_ns, now.between(off_ns, self._before), False))
        for row in self._rows:
            is_before_off = off_ns is not None and row.at_ns < off_ns
            marked.append((row.at_ns, row, self._is_enabled or is_before_off))
        self._rows.clear()
        for _, reading, enabled in sorted(marked, key=lambda one: one[0]):
            self._write(reading, enabled=enabled)

    def _off_ns(self, now: Reading, began_ns: int) -> int:
        """When ENABLE dropped: by itself within the span, else by the tick that began it."""
        until_ns = self._plant.enable.enabled_until_ns()
        return until_ns if began_ns < until_ns < now.at_ns else began_ns

    def _write(self, reading: Reading, *, enabled: bool) -> None:
        led, sounder = self._signals[2], self._signals[3]
        self._trace.write(reading, self._view, enabled=enabled, led=led, sounder=sounder)


def _noting_last_step(occurrence: Occurrence) -> Callable[[int], None]:
    def note(last_step_us: int) -> None:
        occurrence.last_step_us = last_step_us

    return note


def _ignore(name: str, at_us: int) -> None:
    del name, at_us
