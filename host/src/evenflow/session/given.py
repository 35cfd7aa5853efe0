"""How much the patient was given, at least and at most, when the infusion did not simply end.

What the pump counts are audited edges on the STEP pin. That is the volume given, unless something
says that fluid and steps went apart; then the bounds say how far.
"""

from dataclasses import dataclass

from evenflow.session.facts import Facts
from pumpcore import units
from pumpcore.limits import LINK_SILENCE_MS, TICK_US

# The queue never holds more than this; a pump that dies gives no more.
QUEUE_S = 0.080
# Compliance of syringe and line that the project reckons with: 1.5e-8 L/Pa (see the emulator's
# defaults; published sets range from 0.9e-8 to 2.1e-8, the largest is taken here).
_COMPLIANCE_NL_PER_PA = 21


@dataclass(frozen=True, slots=True)
class Given:
    """Bounds of the volume past the pump; `why` says what makes them differ, empty if nothing."""

    low_nl: int
    high_nl: int
    why: str

    @property
    def is_certain(self) -> bool:
        """Whether the count is all there is to say."""
        return self.low_nl == self.high_nl


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the host has to judge by, at the end of its observation."""

    counted_nl: int
    by_encoder_nl: int | None
    left_nl: int
    pressure_mmhg: float
    pressure_at_stop_mmhg: float
    is_moving: bool
    is_link_lost: bool
    has_restarted: bool
    alarms: frozenset[str]


def given(facts: Facts, evidence: Evidence) -> Given:
    """The bounds, from the counted volume outwards; every doubt widens them."""
    low = high = evidence.counted_nl
    reasons = []
    if evidence.is_link_lost and evidence.is_moving:
        high = max(high, _after_link_loss_nl(facts, evidence.counted_nl))
        reasons.append(_link_words(facts))
    if evidence.has_restarted:
        high = max(high, evidence.counted_nl + facts.flow_nl(QUEUE_S + TICK_US / units.US_PER_S))
        reasons.append(
            "the pump restarted; what its queue held at that moment may have been given"
        )
    if "motor_stall" in evidence.alarms:
        turned = 0 if evidence.by_encoder_nl is None else evidence.by_encoder_nl
        low = min(low, max(turned, 0))
        reasons.append("the plunger did not follow all of the motor's steps")
    if "over_delivery" in evidence.alarms:
        turned = high if evidence.by_encoder_nl is None else max(evidence.by_encoder_nl, 0)
        low = min(low, turned)
        high = max(high, turned)
        reasons.append("the plunger did not move as it was told to")
    if "occlusion_downstream" in evidence.alarms:
        low = max(min(low, evidence.counted_nl - _stored_nl(evidence.pressure_mmhg)), 0)
        reasons.append("the blocked line may hold some of it back")
    if evidence.alarms & {"plunger_unseated", "barrel_open"}:
        # Pressure pushes a loose plunger back, and fluid in the line returns to the syringe.
        back_nl = _stored_nl(evidence.pressure_at_stop_mmhg)
        low = max(min(low, evidence.counted_nl - back_nl), 0)
        high = max(high, evidence.counted_nl + max(evidence.left_nl, 0))
        reasons.append("with the syringe loose, fluid may have run by itself")
    return Given(low, high, "; ".join(reasons))


def _after_link_loss_nl(facts: Facts, counted_nl: int) -> int:
    most_nl = facts.volume_nl + facts.kvo_nl
    if not facts.stops_on_link_loss:
        return most_nl
    silence_s = LINK_SILENCE_MS / units.MS_PER_S
    return min(most_nl, counted_nl + facts.flow_nl(silence_s + QUEUE_S))


def _link_words(facts: Facts) -> str:
    if facts.stops_on_link_loss:
        return "the pump stops by itself within about 5 s of a lost link"
    return "the pump goes on without the host, to the end of its programme"


def _stored_nl(pressure_mmhg: float) -> int:
    pascals = max(pressure_mmhg, 0.0) * units.PA_PER_MMHG_NUM / units.PA_PER_MMHG_DEN
    return round(pascals * _COMPLIANCE_NL_PER_PA)
