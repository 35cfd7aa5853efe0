"""The host's program in a scenario: stages and confirms, pings once a second, says what it hears.

No I/O and no clock of its own: frames go to the cable, messages and virtual time come in.
"""

from collections import deque
from collections.abc import Callable, Mapping

from evenflow.client.batch import Batch
from evenflow.client.layout import LAYOUTS, TELEMETRY_IDENT
from evenflow.client.records import Answer, HelloReply, Ledger, Staged
from evenflow.client.stream import Item, Received
from evenflow.dose.order import HOLD
from evenflow.dose.plan import Plan
from evenflow.dose.step import Row
from evenflow.errors import EvenflowError
from evenflow.scenario import request_fields
from evenflow.scenario.authority import Authority
from evenflow.scenario.cable import Cable
from evenflow.scenario.desk import Desk
from evenflow.scenario.device_view import DeviceView
from evenflow.scenario.log import Log
from evenflow.scenario.post import ATTEMPTS, Pending, Post, Values
from evenflow.scenario.shipment import Shipment
from pumpcore.programme import kvo_most_nl
from pumpcore.units import US_PER_MS
from pumpcore.vital_signs import VitalSigns
from pumpcore.wire.messages import KINDS, SCHEMA, by_name

_PING_US = 1_000_000
_HELLO_US = 200_000
# A person reads what the pump has understood before agreeing to it.
_READ_US = 2_000_000
_NO_DIGEST = bytes(8)
_TICK = LAYOUTS[TELEMETRY_IDENT].columns["tick_count"]
_INSTALL = "host.install_library"
_UNSIGNED = "UNSIGNED: a scenario asks for no signature"


class Host:
    """One host. `view` is what it has heard, through the cable."""

    def __init__(
        self,
        cable: Cable,
        plan: Plan | None,
        desk: Desk,
        log: Log,
        *,
        authority: Authority,
        confirms: bool,
        happened: Callable[[str], None],
        stopping: Callable[[], None],
    ) -> None:
        """Who has the pump's key with `authority`, and hears what there is through the cable.

        `confirms`: the operator at the host agrees to what was staged, after reading it, and
        `happened` is told. `stopping` is called when a STOP is given.
        """
        self.now_us = 0
        self.view = DeviceView()
        self.staged: Staged | None = None
        self._desk = desk
        self._log = log
        self._confirms = confirms
        self._happened = happened
        self._post = Post(cable, authority, stopping, self._give_up)
        # What each request was for, by its id.
        self.purposes = self._post.purposes
        self._wanted = plan
        self._purpose = "host.stage"
        self._plan: Plan | None = None
        self._is_alive = True
        self._is_greeted = False
        self._to_stage: list[dict[str, int | bytes]] = []
        # Of each programme that was staged, by number.
        self.rows: dict[int, tuple[Row, ...]] = {}
        self._programme_number = 0
        # When signs were entered last, and when a programme was staged; of none, before power-on.
        self.signs_at_us = -1
        self.staged_at_us = -1
        self._signs: VitalSigns | None = None
        self._is_overridden = False
        self._ping_due_us = 0
        self._confirm_due_us: int | None = None
        self._confirm_purpose = ""
        self._waits_for_override = plan is not None and bool(plan.needs_override)
        # Libraries on their way; nothing is staged meanwhile.
        self._shipments: deque[Shipment] = deque()

    @property
    def signs_interval_us(self) -> int | None:
        """How often the programme at hand holds the pump to vital signs; None if it does not."""
        plan = self._plan
        if plan is None or plan.order.vitals != HOLD or plan.entry is None:
            return None
        interval = plan.entry.vital_signs.infusing_interval
        return None if interval is None else int(interval.value * US_PER_MS)

    # ---- what the scenario does --------------------------------------------------------------

    def confirm(self, purpose: str) -> None:
        """The person agrees to the staged programme, now or as soon as there is one."""
        if not self._is_alive:
            self._refuse(purpose, "no_host", "the host's program is not running")
            return
        self._confirm_due_us = self.now_us
        self._confirm_purpose = purpose
        self._try_confirm()

    def override(self, reason: str) -> None:
        """The person passes soft limits, with a reason: of the order, and of signs at its start.

        It may be staged, and what was entered last is entered again with the override.
        """
        del reason  # it is in the event's detail; the pump is told that there was one
        self._waits_for_override = False
        self._is_overridden = True
        if self._signs is not None:
            self.vitals(self._signs, "operator.override")

    def submit(self, name: str) -> None:
        """Stage another order, whatever the pump is doing; `name` is its text in the file."""
        if not self._is_alive:
            self._refuse("host.submit", "no_host", "the host's program is not running")
            return
        self._wanted = self._desk.orders[name]
        self._purpose = "host.submit"
        self._waits_for_override = False
        self._is_overridden = False

    def request(self, command: str, given: Mapping[str, object]) -> None:
        """Send any command; fields that are not given are those of the programme at hand."""
        message = by_name(command)
        defaults: dict[str, int | bytes | str] = {
            **{field.name: _nothing(field.kind) for field in message.fields},
            "schema": SCHEMA,
            "programme_number": self._programme_number,
            "digest": self.staged.digest if self.staged else _NO_DIGEST,
        }
        if command == "stage" and self._plan is not None:
            defaults.update(self._plan.stage_values(self._programme_number))
        fields = request_fields.values(message, dict(given))
        if not self._is_alive:
            self._refuse("host.request", "no_host", "the host's program is not running")
            return
        self._send(command, {**defaults, **fields}, "host.request")

    def new_patient(self) -> None:
        """The person reads the totals, and clears those."""
        purpose = "operator.new_patient"
        if not self._is_alive:
            self._refuse(purpose, "no_host", "the host's program is not running")
            return
        self._send("read_ledger", {}, purpose)

    def vitals(self, signs: VitalSigns, purpose: str = "operator.vitals") -> None:
        """Vital signs are entered; what was not measured is 0."""
        self.signs_at_us = self.now_us
        if not self._is_alive:
            self._refuse(purpose, "no_host", "the host's program is not running")
            return
        self._signs = signs
        fields = {
            "systolic_mmhg": signs.systolic,
            "diastolic_mmhg": signs.diastolic,
            "heart_rate_per_min": signs.heart_rate,
            "oxygen_percent": signs.oxygen,
            "sedation": signs.sedation,
            "override": int(self._is_overridden),
        }
        self._send("vitals", fields, purpose)

    def set_clock(self, offset_s: float) -> None:
        """The host's clock is that far ahead of the true time; the pump is told no time."""
        self._desk.offset_s = offset_s

    def install_library(self, name: str) -> None:
        """Send a library to the pump, as soon as that is awake, and plan with it from then on.

        Refused here if it is unsound, too large or past its last day; `name` is its text in the
        file.
        """
        if not self._is_alive:
            self._refuse(_INSTALL, "no_host", "the host's program is not running")
            return
        try:
            shipment = Shipment(self._desk.file(name, self.now_us).library)
        except EvenflowError as refused:
            self._refuse(_INSTALL, refused.code, refused.reason)
            return
        self._log.event(self.now_us, "host", "library", f"{shipment.words}; {_UNSIGNED}")
        self._shipments.append(shipment)

    def kill(self) -> None:
        """The program dies; nothing is sent any more."""
        self._is_alive = False
        self._post.clear()
        self._shipments.clear()
        self._wanted = None
        self._confirm_due_us = None

    def restart(self) -> None:
        """The program starts again, knowing nothing."""
        self._is_alive = True
        self._is_greeted = False
        self._ping_due_us = self.now_us

    # ---- time and messages -------------------------------------------------------------------

    def receive(self, items: list[Item]) -> None:
        """What came from the device."""
        if not self._is_alive:
            return
        for item in items:
            if isinstance(item, Batch):
                self.view.take(item.rows[-1])
                if self._post.follow(item.rows[-1][_TICK]):
                    # It was restarted, and is asked anew who it is.
                    self._is_greeted = False
                    self._ping_due_us = self.now_us
            elif isinstance(item, Received):
                self._take(item.record)

    def tick(self, now_us: int) -> None:
        """Send what is due."""
        self.now_us = self._post.now_us = now_us
        if not self._is_alive:
            return
        if now_us >= self._ping_due_us:
            span_us = _PING_US if self._is_greeted else _HELLO_US
            self._ping_due_us = now_us - now_us % span_us + span_us
            self._send("ping" if self._is_greeted else "hello", {"schema": SCHEMA}, "host")
        if self._shipments:
            self._ship()
        if self._wanted is not None and self._may_stage():
            self._stage(self._wanted)
        if self._confirm_due_us is not None and now_us >= self._confirm_due_us:
            self._try_confirm()
        self._post.tick(now_us)

    def _is_pump_awake(self) -> bool:
        return self._is_greeted and self.view.state not in ("boot", "self_test")

    def _may_stage(self) -> bool:
        is_free = not self._waits_for_override and not self._shipments
        return is_free and self._is_pump_awake()

    def _ship(self) -> None:
        message = self._shipments[0].next() if self._is_pump_awake() else None
        if message is not None:
            self._send(*message, _INSTALL)

    def _take_shipped(self, answer: Answer) -> None:
        shipment = self._shipments[0]
        shipment.answered()
        if answer.refusal:
            self._shipments.popleft()
        elif shipment.is_over:
            self._shipments.popleft()
            self._desk.library = shipment.library
            self._log.event(self.now_us, "host", "library_installed", shipment.words)
            # The pump says what it has.
            self._send("hello", {"schema": SCHEMA}, _INSTALL)

    def _stage(self, wanted: Plan) -> None:
        self._wanted = None
        try:
            plan = self._desk.planned(wanted, self.now_us)
        except EvenflowError as refused:
            self._refuse(self._purpose, refused.code, refused.reason)
            return
        self._plan = plan
        self.staged = None
        self._programme_number += 1
        if self._confirms:
            self._confirm_purpose = "operator.confirm"
        self.rows[self._programme_number] = _rows_of(plan)
        self._to_stage = plan.step_values(self._programme_number)
        self._send_next()

    def _send_next(self) -> None:
        """A step, once the one before it was taken; then the programme itself."""
        if self._to_stage:
            self._send("stage_step", self._to_stage.pop(0), self._purpose)
        elif self._plan is not None:
            self._send("stage", self._plan.stage_values(self._programme_number), self._purpose)

    def _take(self, record: object) -> None:
        request_id = getattr(record, "request_id", None)
        pending = self._post.answered(request_id, record)
        if isinstance(record, HelloReply):
            self._is_greeted = True
        elif isinstance(record, Staged) and pending is not None:
            if self.purposes[record.request_id] != "host.request":
                self._take_staged(record)
        elif isinstance(record, Ledger) and pending is not None:
            purpose = self.purposes[record.request_id]
            if purpose == "operator.new_patient":
                self._send("new_patient", {"generation": record.generation}, purpose)
        elif isinstance(record, Answer) and pending is not None:
            if self.purposes[record.request_id] == _INSTALL:
                self._take_shipped(record)
            if pending.command == "confirm":
                self._confirm_due_us = None
            is_ours = self.purposes[record.request_id] != "host.request"
            if pending.command == "stage_step" and is_ours and not record.refusal:
                self._send_next()

    def _take_staged(self, record: Staged) -> None:
        if self._plan is None or record.digest != self._plan.digest:
            reason = f"the pump understood {record.digest.hex()}, which is not what was ordered"
            self._refuse(self._purpose, "digest_differs", reason)
            return
        self.staged = record
        self.staged_at_us = self.now_us
        if self._confirm_due_us is not None:
            self._try_confirm()
        elif self._confirms:
            self._confirm_due_us = self.now_us + _READ_US

    def _try_confirm(self) -> None:
        if self.staged is None:
            return
        self._confirm_due_us = None
        if self._confirms:
            self._happened("operator.confirm")
        fields: dict[str, int | bytes | str] = {
            "programme_number": self._programme_number,
            "digest": self.staged.digest,
        }
        self._send("confirm", fields, self._confirm_purpose)

    def _send(self, command: str, fields: Values, purpose: str) -> None:
        self._post.send(command, fields, purpose)

    def _give_up(self, request_id: int, pending: Pending) -> None:
        reason = f"no answer to {pending.command} in {ATTEMPTS} attempts"
        self._refuse(self.purposes[request_id], "no_answer", reason)
        if self.purposes[request_id] == _INSTALL:
            self._shipments.popleft()

    def _refuse(self, what: str, code: str, reason: str) -> None:
        self._log.refusal(self.now_us, what, code, reason)


def _rows_of(plan: Plan) -> tuple[Row, ...]:
    """What the programme gives, in its order, with the flow after the end."""
    figures = plan.figures
    rate = figures.pumped_rate_ul_per_h
    rows = figures.rows or ((rate, rate, figures.pumped_volume_nl),)
    if plan.order.kvo is None:
        return rows
    kvo_ul_per_h = plan.order.kvo.whole
    return (*rows, (kvo_ul_per_h, kvo_ul_per_h, kvo_most_nl(kvo_ul_per_h)))


def _nothing(kind_name: str) -> int | bytes | str:
    kind = KINDS[kind_name]
    if kind.low is not None:
        return 0
    return "" if kind_name.startswith("t") else bytes(kind.size_bytes)
