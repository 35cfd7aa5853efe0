"""Stimuli of a person at the pump, and of the external contact.

Keys are contacts of the panel: pressed for 200 ms, with 300 ms between two presses.
"""

from evenflow.emulator.plant.switches import KEYS
from evenflow.scenario.stimulus import (
    CLAIM,
    NUMBER,
    SCORE,
    TEXT,
    WHOLE,
    Argument,
    Arguments,
    Stimulus,
)
from pumpcore.vital_signs import SEDATION, VitalSigns

# Of the Richmond agitation-sedation scale: from here down drowsy, rousable, unresponsive.
_RASS = ((-4, "unresponsive"), (-3, "rousable"), (-1, "drowsy"))


def vital_signs(given: Arguments) -> VitalSigns:
    """Those of an event."""
    sedation = given.values["sedation"]
    if isinstance(sedation, int):
        words = [word for score, word in _RASS if sedation <= score]
        sedation = words[0] if words else "alert"
    return VitalSigns(
        given.whole("sbp"),
        given.whole("dbp"),
        given.whole("hr"),
        given.whole("spo2"),
        SEDATION.index(str(sedation)),
    )


OPERATOR_STIMULI = (
    Stimulus(
        "operator.acknowledge",
        "the key ACKNOWLEDGE",
        act=lambda on, _: on.operator.press("acknowledge"),
    ),
    Stimulus(
        "operator.audio_pause",
        "the key AUDIO PAUSE",
        act=lambda on, _: on.operator.press("audio_pause"),
    ),
    Stimulus(
        "operator.hold_audio_pause",
        "the key AUDIO PAUSE, held",
        (Argument("s", NUMBER, "s", low=0.05, high=3600),),
        lambda on, given: on.operator.hold("audio_pause", given.number("s")),
    ),
    Stimulus("operator.stop", "the key STOP", act=lambda on, _: on.operator.stop()),
    Stimulus("operator.start", "the key START", act=lambda on, _: on.operator.start()),
    Stimulus(
        "operator.confirm",
        "the digest is confirmed at the host",
        act=lambda on, _: on.host.confirm("operator.confirm"),
    ),
    Stimulus("operator.resume", "START, twice", act=lambda on, _: on.operator.resume()),
    Stimulus(
        "operator.prime_hold",
        "PRIME, then PRIME again and held for so long",
        (Argument("s", NUMBER, "s", low=0.05, high=600),),
        lambda on, given: on.operator.prime(given.number("s")),
    ),
    Stimulus(
        "operator.purge_confirm",
        "CHECK for the purge, as soon as the pump asks for it",
        act=lambda on, _: on.operator.confirm_purge(),
    ),
    Stimulus(
        "operator.test_heard",
        "CHECK for the alarm test, after listening to it",
        act=lambda on, _: on.operator.confirm_test(),
    ),
    Stimulus(
        "operator.patient_connected",
        "the line is connected, then CHECK (and CHECK for the alarm test, if that is still open); "
        "with yes = false it is taken off",
        (Argument("yes", CLAIM, default=True),),
        lambda on, given: on.operator.connect(yes=given.claim("yes")),
    ),
    Stimulus(
        "operator.override",
        "soft limits that the order or the baseline passes are overridden at the host",
        (Argument("reason", TEXT),),
        lambda on, given: on.host.override(given.text("reason")),
    ),
    Stimulus(
        "operator.vitals",
        "vital signs are entered at the host; sedation as a word or on the RASS scale",
        (
            Argument("sbp", WHOLE, "mmHg", low=0, high=300, default=120),
            Argument("dbp", WHOLE, "mmHg", low=0, high=300, default=75),
            Argument("hr", WHOLE, "1/min", low=0, high=300, default=70),
            Argument("spo2", WHOLE, "%", low=0, high=100, default=98),
            Argument("sedation", SCORE, low=-5, high=4, choices=SEDATION[1:], default="alert"),
        ),
        lambda on, given: on.host.vitals(vital_signs(given)),
    ),
    Stimulus(
        "operator.presence",
        "CHECK, while the pump gives something: somebody is there",
        act=lambda on, _: on.operator.presence(),
    ),
    Stimulus(
        "operator.new_patient",
        "NEW PATIENT at the host: totals are read, then cleared",
        act=lambda on, _: on.host.new_patient(),
    ),
    Stimulus(
        "operator.power_cycle",
        "off, and on again two seconds later",
        act=lambda on, _: on.power.cycle(),
    ),
    Stimulus(
        "operator.press",
        "any key, its contact bouncing at first for so long",
        (
            Argument("button", TEXT, choices=KEYS),
            Argument("bounce_ms", NUMBER, "ms", low=0, high=1000, default=0),
        ),
        lambda on, given: on.operator.bounce(given.text("button"), given.number("bounce_ms")),
    ),
)

CONTACT_STIMULI = (
    Stimulus(
        "contact.open",
        "the external contact opens",
        act=lambda on, _: on.plant.contact_open(),
    ),
    Stimulus(
        "contact.close",
        "the external contact closes",
        act=lambda on, _: on.plant.contact_close(),
    ),
    Stimulus(
        "contact.cut",
        "the external contact's wire is off",
        act=lambda on, _: on.plant.contact_cut(),
    ),
)
