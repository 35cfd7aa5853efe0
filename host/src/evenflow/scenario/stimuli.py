"""STIMULI: every `do` of a scenario; loader, engine and documentation read this one table."""

from evenflow.scenario.controller_stimuli import CONTROLLER_STIMULI, MONITOR_STIMULI
from evenflow.scenario.link_stimuli import HOST_STIMULI, LINK_STIMULI
from evenflow.scenario.operator_stimuli import CONTACT_STIMULI, OPERATOR_STIMULI
from evenflow.scenario.plant_stimuli import PLANT_STIMULI
from evenflow.scenario.stimulus import Stimulus

STIMULI = (
    *PLANT_STIMULI,
    *CONTROLLER_STIMULI,
    *MONITOR_STIMULI,
    *OPERATOR_STIMULI,
    *CONTACT_STIMULI,
    *LINK_STIMULI,
    *HOST_STIMULI,
)

BY_NAME: dict[str, Stimulus] = {row.name: row for row in STIMULI}


def markdown() -> str:
    """The table for the documentation."""
    lines = ["| `do` | arguments | what happens |", "|---|---|---|"]
    for row in STIMULI:
        arguments = "<br>".join(_argument_words(row))
        state = "" if row.act is not None else " (not yet emulated)"
        lines.append(f"| `{row.name}` | {arguments} | {row.words}{state} |")
    return "\n".join(lines) + "\n"


def _argument_words(row: Stimulus) -> list[str]:
    words = []
    for argument in row.arguments:
        default = "" if argument.is_required else f"; default {argument.default}"
        words.append(f"`{argument.name}`: {argument.words}{default}")
    if row.is_open:
        words.append("any field of the message")
    return words
