"""A second kernel, on CPython, that is given what the pump's was given between ticks.

What reaches a kernel beside a tick's inputs is how it was booted, and commands that were done.
Whether a command was done is in the pump's answer: what else the pump asked before it agreed, such
as its ledger of doses, need not be known here.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from evenflow.client.records import HelloReply, Staged
from evenflow.errors import CheckFailed
from evenflow.telemetry.archive import CommandLine
from pumpcore import alarms, link_guard, reset_cause
from pumpcore.kernel import Kernel
from pumpcore.library import Library
from pumpcore.programme import NO_LIBRARY, Order, Programme, Refused, derive
from pumpcore.refusal_words import REFUSALS
from pumpcore.vital_signs import VitalSigns
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_DEVICE, by_name
from pumpcore.wire.tag import QUESTIONS

# Refused before the pump looked at what was asked; telemetry does not repeat the request.
UNSEEN = ("asked_too_often", *(str(REFUSALS[code].name) for code in link_guard.REFUSED))
_LOCKED = "link_locked"
# Of the kernel alone, so that it is the kernel that refuses them.
_OF_KERNEL = ("stop", "acknowledge", "audio_pause", "presence", "confirm", "cancel")
# Without these an answer says all that there was in the command.
_WITH_FIELDS = ("confirm", "cancel")
# Of what the pump keeps beside its kernel.
_ELSEWHERE = ("new_patient", "library_part")
_ORDER_FIELDS = [str(field.name) for field in by_name("stage").fields[1:]]


class Twin:
    """A kernel, and the library and steps that its programmes are derived with."""

    def __init__(
        self, profile: Mapping[str, object], library_json: str | None, identity: HelloReply
    ) -> None:
        """Not booted; the library is used only if the pump had the same."""
        self.profile = dict(profile)
        self.kernel = Kernel(self.profile)
        # What could not be executed again and was taken from the record.
        self.taken: list[str] = []
        self._identity = identity
        self._library = _library(library_json, identity.library)
        self._rows: tuple[tuple[int, int, int], ...] = ()
        self._rows_number = 0
        self._endpoint = Endpoint(TO_DEVICE)
        self._low = 0
        self._high = 0
        self._is_restored = False

    def anew(self) -> "Twin":
        """Another kernel, to be restored; what was taken, and the steps at hand, go on."""
        twin = Twin(self.profile, None, self._identity)
        twin.taken = self.taken
        twin._library = self._library
        twin._rows = self._rows
        twin._rows_number = self._rows_number
        twin._is_restored = True
        return twin

    def go_on(self, alarms_low: int, alarms_high: int) -> None:
        """From a keyframe, with the alarms of its tick."""
        self.kernel.surroundings.has_journal_failed = bool(
            alarms_high & alarms.JOURNAL_FAULT_UPPER
        )
        self._low = alarms_low
        self._high = alarms_high

    def boot(self, alarms_high: int) -> None:
        """With what the pump said of its boot in hello, and in the alarms of its first tick."""
        identity = self._identity
        has_reset = identity.reset_cause == reset_cause.WATCHDOG
        invalid = alarms_high & alarms.LIBRARY_INVALID_UPPER
        self.kernel.boot(identity.self_test_failures, has_reset, invalid)
        if identity.self_test_failures:
            self.taken.append("findings of the self-test at boot")
        if has_reset:
            self.taken.append("a reset by the watchdog before boot")
        if invalid:
            self.taken.append("a drug library found missing, spoilt or expired at boot")
        if alarms_high & alarms.SUPPLY_DIP_UPPER:
            self.kernel.tell_cut_short()
            self.taken.append("a programme cut short before boot")

    def tell(self, tick_count: int, alarms_low: int, alarms_high: int) -> None:
        """Alarms of this tick that only the loop around the kernel can have caused."""
        kernel = self.kernel
        if alarms_low & ~self._low & alarms.SOFTWARE_FAULT:
            kernel.fail()
            self.taken.append(f"tick {tick_count}: software_fault")
        if alarms_high & ~self._high & alarms.MEMORY_FAULT_UPPER:
            kernel.fail_memory()
            self.taken.append(f"tick {tick_count}: memory_fault")
        if (alarms_high ^ self._high) & alarms.JOURNAL_FAULT_UPPER:
            kernel.surroundings.has_journal_failed = bool(alarms_high & alarms.JOURNAL_FAULT_UPPER)
            self.taken.append(f"tick {tick_count}: journal_fault")
        self._low = alarms_low
        self._high = alarms_high

    def execute(self, name: str, refusal: str, sent: CommandLine | None) -> str:
        """Do what the pump did; the name of what this kernel answers, which should be `refusal`.

        CheckFailed if the record does not have what that takes.
        """
        if refusal in (*UNSEEN, _LOCKED) or name in QUESTIONS or name in _ELSEWHERE:
            if name == "new_patient" and refusal == "none":
                self.kernel.attendance.forget()
            return refusal
        if name in _OF_KERNEL:
            values = self._values(name, sent)[1:] if name in _WITH_FIELDS else []
            return _answer(self._of_kernel(name, values))
        if refusal != "none":
            # What the pump asks beside its kernel may have refused it, and then nothing is done.
            return refusal
        values = self._values(name, sent)
        if name == "stage_step":
            self._step(values)
        elif name == "vitals":
            signs = VitalSigns(*values[1:6])
            self.kernel.attendance.take(signs, is_overridden=values[6] != 0)
        else:
            raise _cannot(f"{name}: what it changes is not in the record")
        return refusal

    def stage(self, sent: CommandLine | None) -> tuple[Staged, str]:
        """What this kernel understands of a programme that the pump took, and answers to it."""
        values = self._values("stage", sent)
        order = Order()
        for field, value in zip(_ORDER_FIELDS, values[1:], strict=True):
            setattr(order, field, value)
        if order.step_count and order.programme_number == self._rows_number:
            order.rows = self._rows
        if self._is_restored and len(order.rows) != order.step_count:
            raise _cannot("the steps of a programme are not in the record")
        if order.entry and self._library is None:
            raise _cannot("the drug library of the pump is not in the record")
        try:
            programme = derive(order, self.profile, self._library or Library())
        except Refused as refused:
            return _staged(values[0], Programme()), str(refused.name)
        answer = _answer(self.kernel.stage(programme))
        return _staged(values[0], programme), answer

    def _values(self, name: str, sent: CommandLine | None) -> list[Any]:
        """Fields of the frame that was sent."""
        if sent is not None:
            frame = sent.frame + b"\0"
            self._endpoint.feed(frame, len(frame))
            message = self._endpoint.poll()
            if message is not None and message.name == name:
                return list(self._endpoint.values)
        raise _cannot(f"{name}: the pump has taken up one that is not in the record")

    def _of_kernel(self, name: str, values: list[Any]) -> int:
        kernel = self.kernel
        functions: dict[str, Callable[..., int]] = {
            "stop": kernel.stop,
            "acknowledge": kernel.acknowledge,
            "audio_pause": kernel.audio_pause,
            "presence": kernel.attendance.renew,
            "confirm": kernel.confirm,
            "cancel": kernel.cancel,
        }
        return functions[name](*values)

    def _step(self, values: list[Any]) -> None:
        _, number, index, *row = values
        if index == 0:
            self._rows = ()
            self._rows_number = number
        if index == len(self._rows):
            self._rows += (tuple(row),)


def _library(text: str | None, digest: bytes) -> Library | None:
    """The pump's library; None if the record has another, or none."""
    if digest == NO_LIBRARY:
        return Library()
    content = {} if text is None else json.loads(text)
    if content.get("digest") != digest.hex():
        return None
    return Library(content["entries"], digest, content["valid_until_s"], content["version"])


def _answer(refusal: int) -> str:
    return str(REFUSALS[refusal].name)


def _staged(request_id: int, programme: Programme) -> Staged:
    return Staged(
        request_id,
        programme.number,
        programme.mass_ng,
        programme.volume_nl,
        programme.rate_ul_per_h,
        programme.microsteps,
        programme.femtolitres_per_microstep,
        programme.digest,
    )


def _cannot(reason: str) -> CheckFailed:
    return CheckFailed("replay_incomplete", reason, "a replay needs all that the pump was told")
