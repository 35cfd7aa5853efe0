"""When a session is over, what it was, and the words for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from evenflow.client.records import HelloReply
from evenflow.errors import (
    CheckFailed,
    EvenflowError,
    LinkError,
    NeedsOverride,
    Refused,
    StoppedByAlarm,
)
from evenflow.session.facts import Facts
from evenflow.session.tracker import Tracker
from evenflow.telemetry.timeline import Moment
from pumpcore import alarms, units
from pumpcore.refusal_words import REFUSALS
from pumpcore.refusals import code
from pumpcore.self_test import SELF_TEST_NOTES, SELF_TESTS

# An emulated pump has nobody who would come to it: it is left after this long at a standstill.
UNATTENDED_S = 60.0
# Without an observation, fluid under pressure is given this long to reach the patient.
SETTLED_S = 10.0

# What the pump refuses START for that a person decides about.
_HARD_AT_START = ("baseline_missing", "baseline_hard")
_SOFT_AT_START = ("baseline_soft",)
_STANDING = ("paused", "held", "fault")


@dataclass(frozen=True, slots=True)
class Ending:
    """How it went; `error` is None if the programme was completed."""

    outcome: str
    error: EvenflowError | None


def is_over(tracker: Tracker, now: Moment, facts: Facts, *, is_attended: bool) -> bool:
    """Whether there is nothing left to wait for."""
    state = tracker.state_name
    if tracker.has_restarted or state == "fault":
        return True
    if tracker.started is None:
        # Cancelled before it began.
        return state == "idle"
    if tracker.is_giving:
        return False
    if state == "idle":
        return True
    if state in _STANDING and not is_attended:
        return now.t_us - tracker.state_since.t_us >= UNATTENDED_S * units.US_PER_S
    if facts.observe_s is None:
        stands_us = now.t_us - tracker.state_since.t_us
        return state == "complete" and stands_us >= SETTLED_S * units.US_PER_S
    return now.t_us - tracker.started.t_us >= facts.observe_s * units.US_PER_S


def ending(tracker: Tracker, facts: Facts) -> Ending:
    """What a session was that ended by itself."""
    state = tracker.state_name
    if state == "complete" and tracker.stop_reason == "under_delivery":
        return Ending("stopped_by_alarm", _stopped(tracker))
    if state == "complete":
        left_nl = facts.volume_nl - facts.volume_of_nl(tracker.delivered_microsteps)
        return Ending("complete", None) if left_nl <= 0 else Ending("short", _short(left_nl))
    if tracker.has_restarted:
        return Ending("restarted", _restarted(tracker))
    if state in ("held", "fault"):
        return Ending("stopped_by_alarm", _stopped(tracker))
    if state == "paused":
        error = CheckFailed(
            "stopped",
            f"stopped before the volume was given ({tracker.stop_reason})",
            "resume at the pump with START pressed twice, or cancel and order the rest anew",
        )
        return Ending("stopped", error)
    error = CheckFailed(
        "cancelled", "the programme was cancelled", "order it again if it is wanted"
    )
    return Ending("cancelled", error)


def lost(error: LinkError, tracker: Tracker, facts: Facts) -> Ending:
    """The link went: what is certain, what is not, and what to do."""
    if not tracker.is_giving:
        words = f"{error.reason}. The plunger was not infusing ({tracker.state_name})"
        return Ending("link_lost", LinkError("link_lost", words, "look at the pump"))
    policy = (
        f"{error.reason}. The pump was infusing and follows its policy: {_policy(facts)}. "
        "What it gave since is not known here"
    )
    hint = "look at the pump; stop it with its STOP key, or `evenflow stop` once the link is back"
    return Ending("link_lost", LinkError("link_lost", policy, hint))


def left(tracker: Tracker, facts: Facts, port: str, *, is_emulated: bool) -> Ending:
    """The person ended this program; nothing was sent to the pump."""
    if is_emulated:
        words = "ended at the keyboard; the emulated pump ended with this program"
        return Ending("interrupted", LinkError("interrupted", words, "run it again"))
    if tracker.is_giving:
        words = f"ended at the keyboard; the pump infuses on: {_policy(facts)}"
    else:
        words = f"ended at the keyboard; the pump stays as it is ({tracker.state_name})"
    hint = f"stop it with its STOP key, or with: evenflow stop --port {port}"
    return Ending("interrupted", LinkError("interrupted", words, hint))


def check_fit(identity: HelloReply) -> None:
    """Refused if the self-test failed; the tests are named."""
    failures = failed_tests(identity.self_test_failures)
    if failures:
        raise Refused(
            "self_test_failed",
            f"{identity.board}: self-test failed: {', '.join(failures)}",
            alarms.by_name("self_test_failed").hint,
        )


def failed_tests(bits: int) -> list[str]:
    """Names of the self-tests whose bits are set."""
    return _bit_names(bits, SELF_TESTS)


def noted(bits: int) -> list[str]:
    """Names of what a self-test has found that is no failure."""
    return _bit_names(bits, SELF_TEST_NOTES)


def _bit_names(bits: int, names: Sequence[str]) -> list[str]:
    known = dict(enumerate(names))
    places = [place for place in range(bits.bit_length()) if bits >> place & 1]
    return [known.get(place, f"unknown_{place}") for place in places]


def _policy(facts: Facts) -> str:
    if facts.stops_on_link_loss:
        return "it stops by itself about 5 s after the link is lost"
    return "it alarms, and goes on to the end of its programme"


def _stopped(tracker: Tracker) -> StoppedByAlarm:
    name = tracker.stop_reason
    for row in alarms.ALARMS:
        if row.name == name:
            return StoppedByAlarm(name, f"stopped by the alarm {name}: {row.message}", row.hint)
    active = [one.name for one in tracker.alarms if one.cleared is None]
    names = ", ".join(active) or name
    return StoppedByAlarm("stopped_by_alarm", f"stopped by alarm: {names}", "look at the pump")


def not_started(
    alarm_names: Sequence[str], reason: str, refusal_name: str = "none"
) -> EvenflowError:
    """The auto operator did not get to START: an alarm that stops tells why, or a refusal."""
    for row in alarms.ALARMS:
        if row.stops and row.name in alarm_names:
            return StoppedByAlarm(row.name, f"{reason}; alarm {row.name}: {row.message}", row.hint)
    for kind, names in ((Refused, _HARD_AT_START), (NeedsOverride, _SOFT_AT_START)):
        if refusal_name in names:
            refused = REFUSALS[code(refusal_name)]
            why = f"the pump refused START: {refused.reason}"
            return kind(refused.name, why, refused.hint)
    return CheckFailed("operator", reason, "see the events of the record")


def _short(left_nl: int) -> CheckFailed:
    """A back-off drew some of the dose back, and the flow after it ended too soon."""
    return CheckFailed(
        "short",
        f"{left_nl / units.NL_PER_ML:.3f} mL of the dose are not given: drawn back after an "
        "occlusion, and the flow that kept the vein open was ended before it made up for them",
        "note the volume given; order the rest anew if it is wanted",
    )


def _restarted(tracker: Tracker) -> EvenflowError:
    words = "the pump restarted; its programme is gone"
    hint = "note the volume given; order the rest anew"
    active = [one.name for one in tracker.alarms if one.cleared is None]
    if active:
        return StoppedByAlarm(active[0], f"{words} (alarm {', '.join(active)})", hint)
    return LinkError("restarted", words, hint)
