"""From a message of the host to a method of the kernel, and back to an answer."""

import sys

from pumpapp import FIRMWARE_VERSION, NOT_FOR_USE
from pumpapp.dose_rules import order_of, require_dose
from pumpapp.library_install import LibraryInstall
from pumpapp.step_rows import StepRows
from pumpapp.therapy_report import TherapyReport
from pumpboard.ports import Board
from pumpcore import interlock, refusals
from pumpcore._compat import TYPE_CHECKING, mem_alloc, mem_free
from pumpcore.interlock import NO_JOB
from pumpcore.kernel import Kernel
from pumpcore.library import Library
from pumpcore.profile import Profile
from pumpcore.programme import Order, Programme, Refused, derive
from pumpcore.self_test import NO_DISPLAY
from pumpcore.vital_signs import VitalSigns, refusal_of
from pumpcore.wire import messages
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.tag import QUESTIONS, roles_of

if TYPE_CHECKING:
    from pumpapp.keyframe_report import KeyframeReport
    from pumpapp.link_keys import LinkKeys
    from pumpapp.recorder import Recorder
    from pumpapp.status_screen import StatusScreen

_ANSWER = messages.by_name("answer")
_HELLO_REPLY = messages.by_name("hello_reply")
_STAGED = messages.by_name("staged")
_INSPECTION = messages.by_name("inspection")
_JOURNAL_PAGE = messages.by_name("journal_page")
_LEDGER = messages.by_name("ledger")
_SESSION_PAGE = messages.by_name("session_page")
_SESSION = messages.by_name("session")

_REFUSED_BYTES = 256
# What checking a tag takes, and offering a session.
_TAG_BYTES = 1_536

_NOTHING_AT_HAND = (interlock.IDLE, interlock.COMPLETE, interlock.FAULT)
_WRONG_STATE = refusals.code("wrong_state")
_LINK_LOCKED = refusals.code("link_locked")

LINK_ACCEPTS = 1
LINK_IS_BENCH = 2
LINK_IS_EMULATED = 4
LINK_HAS_KEY = 8
LINK_NEEDS_KEY = 16
# Where everybody who is connected may do all: there the console stays open, too.
LINK_IS_OPEN = LINK_IS_BENCH | LINK_IS_EMULATED


class Commands:
    """Executes the commands of one endpoint; each is answered exactly once."""

    def __init__(
        self,
        kernel: Kernel,
        endpoint: Endpoint,
        board: Board,
        profile: Profile,
        library: Library,
        recorder: "Recorder | None" = None,
        notes: int = 0,
    ) -> None:
        """Without a key, only a bench or an emulated board accepts commands; see `require`."""
        self.last_request_id = 0
        # As last seen while nothing moved: a look takes 8 ms on an RP2040.
        self.heap_free_bytes = mem_free()
        self.heap_lowest_bytes = self.heap_free_bytes
        self.notes = notes
        # The tick of the last long command; while the plunger moves there is one a tick at most,
        # and none while the loop must get something done.
        self.long_at_tick = -1
        self.is_pressed = False
        self._heap_bytes = self.heap_free_bytes + mem_alloc()
        self.longest_load_us = 0
        # Of the heap, by commands, since the last collection; at most.
        self.spent_bytes = 0
        self.link_flags = 0
        self._endpoint_length = 0
        self._tick_count = 0
        if profile["link.bench"]:
            self.link_flags |= LINK_IS_BENCH
        if profile["link.emulated"]:
            self.link_flags |= LINK_IS_EMULATED
        if self.link_flags:
            self.link_flags |= LINK_ACCEPTS
        self._kernel = kernel
        self._endpoint = endpoint
        self._board = board
        self._profile = profile
        self._library = library
        self._recorder = recorder
        self.therapy = TherapyReport()
        # Set where there is a display, and where there is room.
        self.screen: StatusScreen | None = None
        self.keyframe: KeyframeReport | None = None
        self._order: Order | None = None
        self._step_rows = StepRows()
        self._install = LibraryInstall(library)
        self._keys: LinkKeys | None = None
        # name, function, heap it may take (a test measures it), whether it takes long
        self._table = (
            ("hello", self._hello, 1_280, True),
            ("ping", self._ping, 256, False),
            ("inspect", self._inspect, 256, True),
            ("read_journal", self._read_journal, 1_024, True),
            ("read_ledger", self._read_ledger, 1_024, True),
            ("stop", self._stop, 256, False),
            ("stage", self._stage, 9_216, True),
            ("stage_step", self._stage_step, 512, False),
            ("confirm", self._confirm, 256, False),
            ("cancel", self._cancel, 512, False),
            ("acknowledge", self._acknowledge, 256, False),
            ("audio_pause", self._audio_pause, 256, False),
            ("new_patient", self._new_patient, 1_024, True),
            ("presence", self._presence, 256, False),
            ("vitals", self._vitals, 512, False),
            ("read_sessions", self._read_sessions, 1_024, True),
            ("open_session", self._open_session, 6_144, True),
            ("library_part", self._library_part, 1_024, True),
            ("install_library", self._install_library, 32_768, True),
            ("read_keyframe", self._read_keyframe, 256, False),
        )

    def execute(self, message: messages.Message, tick_count: int) -> int:
        """Run one command; the length of its answer, which lies in the endpoint's `outgoing`."""
        request_id = self._endpoint.values[0]
        self._tick_count = tick_count
        for command, function, heap_bytes, is_long in self._table:
            if command == message.name:
                refusal = self._locked(command, tick_count)
                if refusal:
                    self.spent_bytes += _REFUSED_BYTES
                    name = refusals.name_of(refusal)
                    return self._answer(message, request_id, name, 0, tick_count)
                # Sessions have a bound of their own.
                if is_long and command != "open_session":
                    if self._is_too_much(tick_count):
                        self.spent_bytes += _REFUSED_BYTES
                        return self._answer(message, request_id, "asked_too_often", 0, tick_count)
                    self.long_at_tick = tick_count
                self.spent_bytes += heap_bytes
                if command not in QUESTIONS:
                    self.last_request_id = request_id
                self._order = None
                try:
                    refusal = function(request_id)
                except Refused as refused:
                    return self._answer(
                        message, request_id, refused.name, refused.bound, tick_count
                    )
                if not refusal and command not in QUESTIONS and self._recorder is not None:
                    self._recorder.note_command(message.ident, request_id, self._order)
                if refusal is None:
                    return self._endpoint_length
                name = refusals.name_of(refusal)
                return self._answer(message, request_id, name, 0, tick_count)
        return 0

    def require(self, keys: "LinkKeys") -> None:
        """The board has a key: what is done needs a tag, but on a bench, which is open."""
        self._keys = keys
        self.link_flags |= LINK_HAS_KEY | LINK_ACCEPTS
        if not self.link_flags & LINK_IS_BENCH:
            self.link_flags |= LINK_NEEDS_KEY
            self._endpoint.stop_sessions = keys.guard.numbers

    def lock(self) -> None:
        """The board's key is spoilt: nothing is done."""
        self.link_flags &= ~LINK_ACCEPTS

    def look_at_heap(self) -> None:
        """Note what is free of it; long, so that nothing may move."""
        self.heap_free_bytes = mem_free()
        self.heap_lowest_bytes = min(self.heap_lowest_bytes, self.heap_free_bytes)

    def _locked(self, command: str, tick_count: int) -> int:
        """A refusal code for a command that the link does not take, or not without a tag."""
        if command in QUESTIONS:
            return 0
        roles = roles_of(command)
        if self._keys is not None and self.link_flags & LINK_NEEDS_KEY:
            if self._endpoint.tag_at:
                self.spent_bytes += _TAG_BYTES
            return self._keys.judge(self._endpoint, tick_count, roles, is_stop=command == "stop")
        if roles and not self.link_flags & LINK_ACCEPTS:
            self.last_request_id = self._endpoint.values[0]
            return _LINK_LOCKED
        return 0

    def _is_too_much(self, tick_count: int) -> bool:
        if self._kernel.motion.job == NO_JOB:
            return False
        return self.is_pressed or self.long_at_tick == tick_count

    def _answer(
        self, message: messages.Message, request_id: int, name: str, bound: int, tick_count: int
    ) -> int:
        values = [request_id, message.ident, refusals.code(name), tick_count, bound]
        return self._endpoint.write(_ANSWER, values)

    def _hello(self, request_id: int) -> None:
        kernel = self._kernel
        display = self._board.display
        is_dark = display is not None and not display.is_alive
        version = ".".join(str(part) for part in sys.implementation.version[:3])
        values = [
            request_id,
            messages.SCHEMA,
            FIRMWARE_VERSION,
            self._profile["board.name"],
            "%s %s" % (sys.implementation.name, version),
            self._board.unique_id,
            self._library.digest,
            self._library.version,
            self._board.reset_cause,
            self.link_flags,
            kernel.self_test_failures,
            self.notes | (NO_DISPLAY if is_dark else 0),
            kernel.state,
            NOT_FOR_USE,
        ]
        self._endpoint_length = self._endpoint.write(_HELLO_REPLY, values)

    def _ping(self, request_id: int) -> int:
        return 0

    def _inspect(self, request_id: int) -> None:
        endpoint = self._endpoint
        if self._kernel.motion.job == NO_JOB:
            self.look_at_heap()
        values = [
            request_id,
            self._heap_bytes,
            self.heap_free_bytes,
            self.heap_lowest_bytes,
            self.longest_load_us,
            endpoint.frame_count,
            endpoint.error_count,
        ]
        self._endpoint_length = endpoint.write(_INSPECTION, values)

    def _stop(self, request_id: int) -> int:
        return self._kernel.stop()

    def _stage_step(self, request_id: int) -> int:
        return self._step_rows.take(self._endpoint.values)

    def _stage(self, request_id: int) -> int | None:
        order = order_of(self._endpoint.values)
        order.rows = self._step_rows.of(order.programme_number, order.step_count)
        programme = derive(order, self._profile, self._library)
        self._require_dose(order, programme)
        refusal = self._kernel.stage(programme)
        if refusal:
            return refusal
        self._order = order
        if self._kernel.programme is programme:
            # Not the same again, which changes nothing.
            entry = self._library.require(order)
            drug = entry.drug if entry else ""
            self.therapy.adopt(order, programme, drug)
            if self.screen is not None:
                self.screen.adopt(order, programme, drug)
        values = [
            request_id,
            programme.number,
            programme.mass_ng,
            programme.volume_nl,
            programme.rate_ul_per_h,
            programme.microsteps,
            programme.femtolitres_per_microstep,
            programme.digest,
        ]
        self._endpoint_length = self._endpoint.write(_STAGED, values)
        return None

    def _require_dose(self, order: Order, programme: Programme) -> None:
        """Refused if it would be too much with what was given; the kernel refuses for itself."""
        kernel = self._kernel
        held = kernel.programme
        is_repeat = programme.number == held.number and programme.digest == held.digest
        is_stageable = interlock.next_state(kernel.state, interlock.STAGE) >= 0
        if self._recorder is not None and is_stageable and not is_repeat:
            require_dose(self._recorder, self._library.require(order), programme)

    def _confirm(self, request_id: int) -> int:
        values = self._endpoint.values
        return self._kernel.confirm(values[1], values[2])

    def _cancel(self, request_id: int) -> int:
        return self._kernel.cancel(self._endpoint.values[1])

    def _acknowledge(self, request_id: int) -> int:
        return self._kernel.acknowledge()

    def _audio_pause(self, request_id: int) -> int:
        return self._kernel.audio_pause()

    def _new_patient(self, request_id: int) -> int:
        refusal = self._required_recorder().new_patient(self._endpoint.values[1])
        if not refusal:
            self._kernel.attendance.forget()
        return refusal

    def _presence(self, request_id: int) -> int:
        return self._kernel.attendance.renew()

    def _vitals(self, request_id: int) -> int:
        values = self._endpoint.values
        signs = VitalSigns(values[1], values[2], values[3], values[4], values[5])
        refusal = refusal_of(signs)
        if refusal:
            return refusal
        if not interlock.STAGED <= self._kernel.state <= interlock.COMPLETE:
            return _WRONG_STATE
        self._kernel.attendance.take(signs, is_overridden=values[6] != 0)
        if self._recorder is not None:
            self._recorder.note_vitals(signs, values[6])
        return 0

    def _library_part(self, request_id: int) -> int:
        values = self._endpoint.values
        self._require_nothing_at_hand()
        return self._install.take(values[1], values[2], values[3], values[4])

    def _install_library(self, request_id: int) -> int:
        values = self._endpoint.values
        self._require_nothing_at_hand()
        refusal = self._install.install(values[1], values[2])
        if not refusal:
            self._kernel.trust_library()
            if self._recorder is not None:
                self._recorder.note_library()
        return refusal

    def _require_nothing_at_hand(self) -> None:
        kernel = self._kernel
        is_still = kernel.motion.job == NO_JOB and kernel.motion.is_settled()
        if not is_still or kernel.state not in _NOTHING_AT_HAND:
            raise Refused("programme_at_hand")

    def _open_session(self, request_id: int) -> int | None:
        if self._keys is None:
            return _LINK_LOCKED
        refusal, values = self._keys.open_session(self._endpoint.values, self._tick_count)
        if refusal:
            return refusal
        self._endpoint_length = self._endpoint.write(_SESSION, values)
        return None

    def _read_sessions(self, request_id: int) -> None:
        values = self._required_recorder().report.session_page(request_id)
        self._endpoint_length = self._endpoint.write(_SESSION_PAGE, values)

    def _read_journal(self, request_id: int) -> None:
        report = self._required_recorder().report
        values = report.journal_page(request_id, self._endpoint.values[1])
        self._endpoint_length = self._endpoint.write(_JOURNAL_PAGE, values)

    def _read_keyframe(self, request_id: int) -> int:
        if self.keyframe is None:
            raise Refused("no_keyframes")
        return self.keyframe.ask()

    def _read_ledger(self, request_id: int) -> None:
        values = self._required_recorder().report.ledger(request_id)
        self._endpoint_length = self._endpoint.write(_LEDGER, values)

    def _required_recorder(self) -> "Recorder":
        if self._recorder is None:
            raise Refused("no_journal")
        return self._recorder
