"""Stimuli of the line to the host, and of the host itself."""

from evenflow.scenario.stimulus import HEX, NUMBER, TEXT, WHOLE, Argument, Stimulus
from pumpcore.wire.messages import MESSAGES, TO_DEVICE

_COMMANDS = tuple(str(row.name) for row in MESSAGES if row.direction == TO_DEVICE)
_RATE = Argument("rate", NUMBER, "of all frames", low=0, high=1)

LINK_STIMULI = (
    Stimulus(
        "link.unplug", "the plug is out: nothing passes", act=lambda on, _: on.cable.unplug()
    ),
    Stimulus("link.replug", "the plug is in again", act=lambda on, _: on.cable.replug()),
    Stimulus(
        "link.flood",
        "so many valid frames at line rate, between those of the host",
        (Argument("frames", WHOLE, low=1, high=10_000_000),),
        lambda on, given: on.cable.flood(given.whole("frames")),
    ),
    Stimulus(
        "link.corrupt",
        "that share of frames, both ways, has one byte changed",
        (_RATE,),
        lambda on, given: on.cable.corrupt(given.number("rate")),
    ),
    Stimulus(
        "link.delay",
        "every frame, both ways, comes so much later",
        (Argument("ms", NUMBER, "ms", low=0, high=600_000),),
        lambda on, given: on.cable.delay(given.number("ms")),
    ),
    Stimulus(
        "link.drop",
        "that share of frames, both ways, is lost",
        (_RATE,),
        lambda on, given: on.cable.drop(given.number("rate")),
    ),
    Stimulus(
        "link.duplicate",
        "that share of frames, both ways, comes twice",
        (_RATE,),
        lambda on, given: on.cable.duplicate(given.number("rate")),
    ),
    Stimulus(
        "link.replay",
        "the last genuine frame of that command comes again",
        (Argument("what", TEXT, choices=_COMMANDS),),
        lambda on, given: on.cable.replay(given.text("what")),
    ),
    Stimulus(
        "link.send",
        "these bytes reach the pump, as they are",
        (Argument("hex", HEX),),
        lambda on, given: on.cable.inject(bytes.fromhex(given.text("hex"))),
    ),
    Stimulus("link.kill_host", "the host's program dies", act=lambda on, _: on.host.kill()),
    Stimulus(
        "link.restart_host",
        "the host's program starts again; it stages nothing",
        act=lambda on, _: on.host.restart(),
    ),
)

HOST_STIMULI = (
    Stimulus(
        "host.submit",
        "another order is staged, and confirmed if the operator is automatic",
        (Argument("order", TEXT, "path from the scenario's folder"),),
        lambda on, given: on.host.submit(given.text("order")),
    ),
    Stimulus(
        "host.set_clock",
        "the host's clock is set, so far ahead of the true time; the pump's stays",
        (Argument("offset_s", NUMBER, "s", low=-1e9, high=1e9),),
        lambda on, given: on.host.set_clock(given.number("offset_s")),
    ),
    Stimulus(
        "host.install_library",
        "a drug library is checked, sent to the pump, and planned with once it is there",
        (Argument("file", TEXT, "path from the scenario's folder"),),
        lambda on, given: on.host.install_library(given.text("file")),
    ),
    Stimulus(
        "host.request",
        "any command; further arguments are fields of its message, by name",
        (Argument("command", TEXT, choices=_COMMANDS),),
        lambda on, given: on.host.request(given.text("command"), given.values),
        is_open=True,
    ),
)
