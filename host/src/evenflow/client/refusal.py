"""The device's refusals and lost answers, worded for the person who has to act."""

from evenflow.client._names import message_name
from evenflow.client.records import Answer
from evenflow.errors import LinkError, Refused
from pumpcore import units
from pumpcore.refusal_words import REFUSALS

# What a refusal's bound counts, as a person reads it: divisor of the wire's unit, unit.
_BOUND_UNITS = {
    "bore_calibration": (1, "um from the nominal bore"),
    "weight_hard": (units.NG_PER_KG, "kg"),
    "dose_hard": (units.NG_PER_MG, "mg/kg"),
    "duration_hard": (units.MS_PER_MIN, "min"),
    "dose_rate_hard": (units.NG_PER_MG, "mg/kg/h"),
    "mass_hard": (units.NG_PER_MG, "mg"),
    "window_dose_hard": (units.NG_PER_MG, "mg"),
    "loaded_mass_hard": (units.NG_PER_MG, "mg, or mg/kg"),
    "fill_short": (units.NL_PER_ML, "mL"),
    "fill_over": (units.NL_PER_ML, "mL"),
    "rate_range": (units.UL_PER_ML, "mL/h"),
    "step_rate": (units.UL_PER_ML, "mL/h"),
    "volume_range": (units.NL_PER_ML, "mL"),
}


class UncertainDelivery(LinkError):
    """A command that was not answered.

    `was_taken_up` is what telemetry tells: True, the pump executed or refused it and only the
    answer was lost; False, it had not when the host gave up; None, nothing was heard since.
    """

    def __init__(self, command: str, request_id: int, *, was_taken_up: bool | None) -> None:
        """`request_id` is what telemetry repeats as `last_request_id`."""
        reason, hint = _UNCERTAIN[was_taken_up]
        super().__init__("uncertain_delivery", f"{command}: {reason}", hint)
        self.command = command
        self.request_id = request_id
        self.was_taken_up = was_taken_up


_UNCERTAIN: dict[bool | None, tuple[str, str]] = {
    True: (
        "the pump took the command up, but its answer was lost",
        "see the pump's state in `evenflow info`",
    ),
    False: (
        "not answered, and the pump had not taken it up",
        "check the cable, then give the command again",
    ),
    None: (
        "not answered, and nothing was heard since; whether the pump took it up is unknown",
        "look at the pump: its display and its keys do not need the link",
    ),
}


def refused(answer: Answer) -> Refused:
    """The refusal as an error: what, why, the bound that was passed, and what to do."""
    command = message_name(answer.command)
    if answer.refusal >= len(REFUSALS):
        return Refused(
            answer.refusal_name,
            f"the pump refused {command} for a reason that this host does not know",
            "update the host: pip install --upgrade evenflow",
        )
    row = REFUSALS[answer.refusal]
    bound = ""
    if answer.bound:
        divisor, unit = _BOUND_UNITS.get(row.name, (1, ""))
        bound = f"; the bound is {answer.bound / divisor:.6g} {unit}".rstrip()
    return Refused(row.name, f"the pump refused {command}: {row.reason}{bound}", row.hint)
