"""Runs one scenario on an emulated board, in virtual time, in this process and thread.

The loop steps the board up to the next moment that matters (a row, an event, the end), hands
what the device said to the observer and, through the cable, to the host, and lets everybody act.
Wall time, threads and terminals have no part in it: the same file and seed give the same bytes.
"""

import time
from collections.abc import Callable
from typing import TextIO

from evenflow.client.stream import Item, Stream
from evenflow.dose.library import compile_library, shipped
from evenflow.dose.plan import Plan
from evenflow.emulator.board import Board
from evenflow.emulator.drivable import Drivable
from evenflow.emulator.overlay import _layout as words
from evenflow.errors import CheckFailed
from evenflow.scenario.agenda import Agenda
from evenflow.scenario.alarm_log import AlarmLog
from evenflow.scenario.answers import Answers
from evenflow.scenario.authority import Authority, key_of
from evenflow.scenario.auto import Auto
from evenflow.scenario.cable import Cable
from evenflow.scenario.condition import ALARM, EVENT, STATE
from evenflow.scenario.desk import Desk
from evenflow.scenario.device_view import DeviceView
from evenflow.scenario.event import Event
from evenflow.scenario.file import Scenario
from evenflow.scenario.host import Host
from evenflow.scenario.log import Log
from evenflow.scenario.moment import US_PER_S
from evenflow.scenario.observer import Observer
from evenflow.scenario.operator import Operator
from evenflow.scenario.power import Power
from evenflow.scenario.schedule import Schedule
from evenflow.scenario.stage import Stage
from evenflow.scenario.standstill import Standstill
from evenflow.scenario.tap import Tap
from evenflow.scenario.trace import Trace

ROW_US = 100_000
_NS_PER_US = 1_000
_NO_ITEMS: list[Item] = []
_TICK_US = 20_000
_MAX_TIMELESS = 10_000
# Without an infusion nothing goes on for longer than this after `until`, whatever is planned.
_LONGEST_WAIT_US = 1_800_000_000
_HANDS_OFF_STATES = ("held", "fault")
_PRESET = "controller.preset_ticks"
_RESET_CAUSES = {
    words.PWRON_RESET: "power-on",
    words.LINE_RESET: "reset",
    words.SELF_RESET: "machine.reset",
    words.WDT_RESET: "watchdog",
    words.SOFT_RESET: "soft",
}
# What a switch shows from the stimulus on, until the other one.
_CONDITIONS = {"plant.unseat_plunger": "plunger_unseated", "plant.open_barrel": "barrel_open"}
_CONDITION_ENDS = {"plant.seat_plunger": "plunger_unseated", "plant.close_barrel": "barrel_open"}

# Told the virtual time now and the time at which the run will end, in us.
Progress = Callable[[int, int], None]


class Run:
    """One run of a scenario; afterwards everything that the result says is in its parts."""

    def __init__(
        self,
        scenario: Scenario,
        trace: TextIO,
        progress: Progress | None = None,
        board: Drivable | None = None,
    ) -> None:
        """Build everybody around a board, which is made if none is given; nothing starts yet.

        `progress` is called at every row of the trace, and may wait there.
        """
        self.scenario = scenario
        self.log = Log()
        self.wall_s = 0.0
        self.interpreter = ""
        self.interpreter_version = ""
        self.stop_latencies_ms: list[float] = []
        self._progress = progress
        self._agenda = Agenda()
        self.board = board or _board(scenario)
        plant = self.board.plant
        view = DeviceView()
        self.view = view
        self.alarms = AlarmLog(_priorities(scenario.plan))
        self._standstill = Standstill(plant)
        self.trace = Trace(trace)
        self.observer = Observer(
            self.board, view, self.trace, self.log, self.alarms, self._standstill
        )
        self._tap = Tap()
        self._stage = self._make_stage(view)
        self.observer.presses = self._stage.operator.presses
        self.observer.purposes = self._stage.host.purposes
        self.observer.steps = self._stage.host.rows
        self.observer.on_state = self._on_state
        self.observer.on_alarm = self._on_alarm
        self._heard = Stream()
        self._auto = (
            Auto(self.board, view, self._stage.operator, self.log, self._happened)
            if scenario.is_auto and scenario.plan is not None
            else None
        )
        self._answers = (
            Answers(view, self._stage.operator, self._stage.host, self._happened)
            if scenario.answers
            else None
        )
        self.schedule = Schedule(scenario.events, self._agenda, self._do)
        self._end_us = scenario.until_us
        self._agenda.add(self._end_us, _nothing)
        self._next_row_us = ROW_US
        self._reset_count = 0
        self._timeless_count = 0
        self._has_started = False

    @property
    def host(self) -> Host:
        """The host's program."""
        return self._stage.host

    @property
    def end_us(self) -> int:
        """When it ended, or will end as far as is known."""
        return self._end_us

    def run(self) -> None:
        """Power on, and go on to the end; the board is closed then."""
        began_s = time.perf_counter()
        try:
            self.interpreter = self.board.runtime_name
            self.board.power_on()
            self.schedule.notice(STATE, "boot", 0)
            self._agenda.do_due(0)
            while not self._is_over():
                self._exchange()
            self._finish()
            self.interpreter_version = self.board.interpreter_version
        finally:
            self.board.close()
        self.wall_s = time.perf_counter() - began_s

    # ---- the loop ----------------------------------------------------------------------------

    def _exchange(self) -> None:
        """One tick of the lock step, cut wherever a row or an event lies in it."""
        board = self.board
        plant = board.plant
        agenda = self._agenda
        began_us = now_us = plant.now_ns // _NS_PER_US
        count = board.exchange_count
        while True:
            limit_us = self._next_row_us
            next_us = agenda.next_us
            if next_us is not None and next_us < limit_us:
                limit_us = next_us
            board.step(max(0, limit_us - now_us))
            now_us = plant.now_ns // _NS_PER_US
            if now_us >= self._next_row_us:
                self._row(now_us)
            has_answered = board.exchange_count != count
            if has_answered and board.is_mid_tick and now_us - began_us < _TICK_US:
                # What the tick decided and what it says belong together.
                count, has_answered = board.exchange_count, False
            is_whole = has_answered or not board.is_running
            if is_whole or self._is_restarting():
                self._hear(began_us)
                self._act(now_us)
                break
            if agenda.next_us is not None and agenda.next_us <= now_us:
                agenda.do_due(now_us)
                if self._is_restarting() or self._is_over():
                    self._hear(began_us)
                    break
        self._check_time(now_us - began_us)

    def _check_time(self, span_us: int) -> None:
        """Several exchanges at one moment are usual, thousands are firmware that never sleeps."""
        self._timeless_count = 0 if span_us else self._timeless_count + 1
        if self._timeless_count > _MAX_TIMELESS:
            raise CheckFailed(
                "time_stands",
                f"{_MAX_TIMELESS} exchanges at {self.board.now_us / US_PER_S:.6f} s, without time",
                "the firmware never sleeps; see its console",
            )

    def _hear(self, began_us: int) -> None:
        chunk = self.board.read()
        items = self._tap.feed(chunk) if chunk else _NO_ITEMS
        if self._is_restarting():
            self._reset(items, began_us)
        else:
            self.observer.take(items, began_us)
        stage = self._stage
        if stage.cable.is_clear:
            if items:
                stage.host.receive(items)
        else:
            arrived = stage.cable.carry(chunk)
            if arrived:
                stage.host.receive(self._heard.feed(arrived))

    def _act(self, now_us: int) -> None:
        stage = self._stage
        stage.cable.tick(now_us)
        stage.host.tick(now_us)
        if stage.operator.is_busy:
            stage.operator.tick()
        if self._auto is not None and self._auto.is_busy:
            self._auto.tick()
        if self._answers is not None:
            self._answers.tick(now_us)
        if self._standstill.is_awaited:
            self._standstill.tick(now_us)
        if self.schedule.waits_for_volume:
            self.schedule.notice_volume(self.board.plant.patient_nl, now_us)
        if not self._has_started and self.observer.t0_us is not None:
            self._start(self.observer.t0_us)
        next_us = self._agenda.next_us
        if next_us is not None and next_us <= now_us:
            self._agenda.do_due(now_us)
            if self._is_restarting():
                self._reset(_NO_ITEMS, now_us)

    def _start(self, t0_us: int) -> None:
        self._has_started = True
        self._end_us = t0_us + self.scenario.until_us
        self.schedule.start(t0_us)
        self._agenda.add(self._end_us, _nothing)

    def _finish(self) -> None:
        self._end_us = self.board.now_us
        last = self._tap.last_row()
        if last is not None:
            self.view.take_counters(last)
        self.observer.finish(self._end_us)
        self.interpreter_version = self.board.interpreter_version

    def _row(self, now_us: int) -> None:
        self.observer.add_row()
        self._next_row_us += ROW_US
        if self._progress is not None:
            self._progress(now_us, self._end_us)

    def _reset(self, items: list[Item], began_us: int) -> None:
        power = self._stage.power
        is_supply = power.has_changed
        power.has_changed = False
        self._reset_count = self.board.reset_count
        cause = _RESET_CAUSES.get(self.board.controller.reset_cause, "unknown")
        if is_supply:
            cause = power.cause
        self.observer.take_reset(items, began_us, cause)
        self._give_up()

    def _is_restarting(self) -> bool:
        """Whether the controller was reset, or its supply switched, since anybody looked."""
        return self._stage.power.has_changed or self.board.reset_count != self._reset_count

    def _is_over(self) -> bool:
        now_us = self.board.now_us
        if now_us < self._end_us:
            return False
        if self._has_started:
            return True
        if now_us >= self._end_us + _LONGEST_WAIT_US:
            return True
        is_auto_busy = self._auto is not None and self._auto.is_busy
        is_planned = self._agenda.next_us is not None or self._stage.operator.is_busy
        return not (is_auto_busy or is_planned or self.view.is_giving)

    # ---- what happens ------------------------------------------------------------------------

    def _do(self, event: Event) -> None:
        stimulus = event.stimulus
        now_us = self.board.now_us
        self.log.event(now_us, stimulus.source, stimulus.short_name, event.arguments.words)
        if stimulus.act is None:
            raise RuntimeError(stimulus.name)
        stimulus.act(self._stage, event.arguments)
        if stimulus.name in _CONDITIONS:
            self.observer.conditions_us.setdefault(_CONDITIONS[stimulus.name], now_us)
        elif stimulus.name in _CONDITION_ENDS:
            self.observer.conditions_us.pop(_CONDITION_ENDS[stimulus.name], None)
        self.schedule.notice(EVENT, stimulus.name, now_us)

    def _happened(self, name: str) -> None:
        now_us = self.board.now_us
        source, _, short_name = name.partition(".")
        self.log.event(now_us, source, short_name, "auto")
        self.schedule.notice(EVENT, name, now_us)

    def _on_state(self, name: str, at_us: int) -> None:
        if name in _HANDS_OFF_STATES:
            self._give_up()
        self.schedule.notice(STATE, name, at_us)

    def _on_alarm(self, name: str, at_us: int) -> None:
        self._give_up()
        self.schedule.notice(ALARM, name, at_us)

    def _give_up(self) -> None:
        if self._auto is not None:
            self._auto.give_up()

    def _stopping(self) -> None:
        at_us = self.board.now_us
        if self._standstill.is_moving(at_us):
            self._standstill.wait(
                lambda last_us: self.stop_latencies_ms.append(max(0, last_us - at_us) / 1_000)
            )

    def _make_stage(self, view: DeviceView) -> Stage:
        scenario = self.scenario
        board = self.board
        baud = scenario.profile["link.baud"]
        if not isinstance(baud, int):
            raise TypeError(baud)
        cable = Cable(board.write, baud, scenario.seed, self._agenda, self.log)
        host = Host(
            cable,
            scenario.plan,
            Desk(scenario.orders, scenario.libraries, scenario.plant.clock_chip_unix_s),
            self.log,
            authority=Authority(scenario.seed),
            confirms=scenario.is_auto,
            happened=self._happened,
            stopping=self._stopping,
        )
        operator = Operator(board.plant, view, self.log, self._stopping)
        return Stage(board, Power(board, self._agenda, self.log), operator, host, cable)


def _board(scenario: Scenario) -> Board:
    board = Board(
        scenario.profile,
        library_json(scenario.plan),
        runtime=scenario.runtime,
        seed=scenario.seed,
        plant=scenario.plant,
        preset_ticks_ms_before_wrap=_preset_ms(scenario),
    )
    board.device_key = key_of(scenario.seed)
    return board


def _nothing() -> None:
    """A moment at which the loop looks up, and nothing else."""


def library_json(plan: Plan | None) -> bytes:
    """What a board for this plan has as its drug library."""
    if plan is None:
        return compile_library(shipped())
    return compile_library(plan.library)


def _preset_ms(scenario: Scenario) -> int | None:
    for event in scenario.events:
        if event.stimulus.name == _PRESET:
            return event.arguments.whole("ms_before_wrap")
    return None


def _priorities(plan: Plan | None) -> dict[str, str]:
    """Where the programme asks for more than the alarm table: a lost link that stops is high."""
    return {"link_lost": "high"} if plan is not None and plan.order.on_link_loss == "stop" else {}
