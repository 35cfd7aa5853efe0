"""Writes the tables in docs/ that come from the code; --check only compares.

In a page, a table stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. The prose around
it is written by hand.
"""

import re
import sys
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from evenflow.scenario import stimuli
from pumpcore import (
    alarms,
    interlock,
    key_events,
    panel,
    patterns,
    programme,
    refusal_words,
    report,
    reset_cause,
    self_test,
    stop_reason,
)
from pumpcore.board import controllers, keys, mechanism
from pumpcore.wire import codec, messages, tag
from pumpcore.wire.endpoint import Endpoint

ROOT = Path(__file__).resolve().parents[1]
TICK_MS = 20
NOTICE = "<!-- from the code, by tools/generate_docs.py; do not edit -->"
BLOCK = re.compile(r"<!-- begin (\w+) -->\n.*?<!-- end \1 -->", re.DOTALL)

# What is claimed by a self-test that passes; the board has no heap for words.
CLAIMS = {
    "profile": "the board file can work",
    "library": "the drug library, or its version before, is as it was stored",
    "clock_chip": "the clock chip answers",
    "force_sensor": "the force sensor converts",
    "square_wave": "the clock chip's square wave arrives",
    "carriage_position": "the carriage's potentiometer is at neither end",
    "no_motion": "no edge at the STEP pin",
    "stuck_key": "no key is held",
    "expander": "the port expander answers",
    "memory": "the memory of the journal answers",
    "cpu": "integers, SHA-256 and CRC-32 give known answers",
    "ram": "the free heap keeps patterns, each block its own",
    "flash_image": "every file on the flash has the SHA-256 that was stored with it",
    "clock": "square wave and controller agree within 2 %",
    "battery": "there is a cell, and it holds 5 % or mains is there",
    "driver": "the motor driver shows no fault at rest; a TMC2209 answers and took its settings",
    "gate": "the step-rate limiter's gate is shut at rest",
}


Pages = tuple[tuple[str, dict[str, Callable[[], str]]], ...]


def main() -> int:
    """The pages whose tables come from the code."""
    return write_pages(PAGES, NOTICE)


def write_pages(pages: Pages, notice: str) -> int:
    """Write every page, or with --check say which is not current (exit 1)."""
    stale = []
    for name, tables in pages:
        page = ROOT / name
        before = page.read_text(encoding="utf-8")
        after = with_tables(name, before, tables, notice)
        if after == before:
            continue
        stale.append(name)
        if "--check" not in sys.argv[1:]:
            page.write_text(after, encoding="utf-8")
            print(f"{name}: written")
    if stale and "--check" in sys.argv[1:]:
        print(f"{', '.join(stale)}: not current; run `make gen`", file=sys.stderr)
        return 1
    return 0


def with_tables(
    name: str, text: str, tables: dict[str, Callable[[], str]], notice: str = NOTICE
) -> str:
    """The page with its tables replaced; ValueError unless it has each of them exactly once."""
    found = sorted(BLOCK.findall(text))
    if found != sorted(tables):
        message = f"{name}: has the tables {found}, but needs {sorted(tables)} once each"
        raise ValueError(message)
    return BLOCK.sub(lambda match: _block(match[1], tables[match[1]](), notice), text)


def _block(name: str, table: str, notice: str) -> str:
    return f"<!-- begin {name} -->\n{notice}\n\n{table}\n\n<!-- end {name} -->"


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as GitHub shows it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def schema() -> str:
    """The hash that both sides compare."""
    return f"`SCHEMA` is `{messages.SCHEMA.hex()}`."


def example() -> str:
    """One frame, step by step."""
    ping = messages.by_name("ping")
    request_id = 1
    fields = bytearray(ping.size_bytes)
    codec.encode(ping, [request_id], fields, 0)
    payload = bytes([ping.ident]) + fields
    checked = payload + zlib.crc32(payload).to_bytes(4, "little")
    endpoint = Endpoint(messages.TO_HOST)
    frame = endpoint.outgoing[: endpoint.write(ping, [request_id])]
    rows = (
        ("payload: ident, `request_id`", payload),
        ("with its CRC-32", checked),
        ("stuffed", frame[:-1]),
        ("ended", frame),
    )
    return markdown_table(
        ("step", "bytes"), ((step, f"`{octets.hex(' ')}`") for step, octets in rows)
    )


def kinds() -> str:
    """What a field can hold."""
    rows = []
    for kind in sorted(messages.KINDS.values(), key=lambda kind: (kind.low is None, kind.name)):
        holds = (
            "text, UTF-8, padded with zeros" if kind.name.startswith("t") else "bytes, as they are"
        )
        if kind.low is not None:
            holds = f"{kind.low} … {kind.high}"
        rows.append((f"`{kind.name}`", kind.size_bytes, holds))
    return markdown_table(("kind", "bytes", "holds"), rows)


def message_sections() -> str:
    """A section for each message, with its fields."""
    sections = []
    for message in messages.MESSAGES:
        sizes = [messages.KINDS[field.kind].size_bytes for field in message.fields]
        rows = [
            (sum(sizes[:index]) + 1, f"`{field.name}`", f"`{field.kind}`", field.doc)
            for index, field in enumerate(message.fields)
        ]
        sections.append(
            f"### `{message.name}` (0x{message.ident:02x}, {message.direction})\n\n{message.doc}\n"
            f"Payload: {1 + sum(sizes)} bytes with the ident.\n\n"
            + markdown_table(("offset", "field", "kind", "meaning"), rows)
        )
    return "\n\n".join(sections)


def role_table() -> str:
    """Which role may do what over the line."""
    rows = []
    for message in messages.MESSAGES:
        if message.direction == messages.TO_DEVICE:
            roles = tag.roles_of(message.name)
            may = [name for bit, name in enumerate(tag.ROLES) if roles >> bit & 1]
            whose = ", ".join(may) or ("nobody needs a key" if _asks(message) else "every role")
            rows.append((f"`{message.name}`", whose))
    return markdown_table(("command", "who may"), rows)


def _asks(message: messages.Message) -> bool:
    return message.name in tag.QUESTIONS


def refusal_table() -> str:
    """Why the device says no."""
    rows = (
        (index, f"`{row.name}`", row.reason, row.hint)
        for index, row in enumerate(refusal_words.REFUSALS)
    )
    return markdown_table(("code", "name", "reason", "what to do"), rows)


def vocabulary() -> str:
    """The tables of names that fields index, and the bits of fields that hold flags."""
    indexed = (
        ("STATES", "state", interlock.STATES),
        ("STOP_REASONS", "stop_reason", stop_reason.STOP_REASONS),
        ("EVENT_KINDS", "kind of an event", key_events.EVENT_KINDS),
        ("RESET_CAUSES", "reset_cause", reset_cause.RESET_CAUSES),
        ("DOSE_FORMS", "dose_form", programme.DOSE_FORMS),
        ("LED_PATTERNS", "led", panel.LED_PATTERNS),
        ("SOUNDER_PATTERNS", "sounder", panel.SOUNDER_PATTERNS),
    )
    flags = (
        ("SWITCHES", "switches", panel.SWITCHES),
        ("CHECKLIST_ITEMS", "checklist", panel.CHECKLIST_ITEMS),
        ("MOTION", "motion", _motion_flags()),
        ("SELF_TESTS", "self_test_failures", self_test.SELF_TESTS),
        ("SELF_TEST_NOTES", "self_test_notes", self_test.SELF_TEST_NOTES),
    )
    rows = [(f"`{table}`", f"`{field}`", _numbered(names)) for table, field, names in indexed]
    rows += [
        (f"`{table}`", f"bits of `{field}`", _numbered(names)) for table, field, names in flags
    ]
    return markdown_table(("table", "field", "values"), rows)


def _numbered(names: Iterable[str]) -> str:
    return ", ".join(f"{index} {name}" for index, name in enumerate(names))


def _motion_flags() -> list[str]:
    flags = {value: name for name, value in vars(report).items() if name.startswith("MOTION_")}
    return [flags[value].removeprefix("MOTION_").lower() for value in sorted(flags)]


def alarm_table() -> str:
    """Every alarm, in the order of idents."""
    rows = (
        (
            alarm.ident,
            f"`{alarm.name}`",
            alarms.PRIORITIES[alarm.priority],
            "yes" if alarm.stops else "no",
            "yes" if alarm.is_latching else "no",
            alarm.message,
            alarm.hint,
        )
        for alarm in alarms.ALARMS
    )
    return markdown_table(
        ("ident", "alarm", "priority", "stops", "latches", "what the screen says", "what to do"),
        rows,
    )


def self_test_table() -> str:
    """Every self-test, in the order of its bits; KeyError for one without words."""
    rows = ((bit, f"`{name}`", CLAIMS[name]) for bit, name in enumerate(self_test.SELF_TESTS))
    return markdown_table(("bit", "self-test", "passes if"), rows)


def light_patterns() -> str:
    """On and off times of the light."""
    return _patterns(panel.LED_PATTERNS, patterns.LED_TICKS)


def sound_patterns() -> str:
    """On and off times of the sounder."""
    return _patterns(panel.SOUNDER_PATTERNS, patterns.SOUNDER_TICKS)


def _patterns(names: Sequence[str], table: Sequence[Sequence[int]]) -> str:
    rows = [(f"`{name}`", _on_off(ticks)) for name, ticks in zip(names, table, strict=True)]
    return markdown_table(("pattern", "milliseconds **on** and off, repeated"), rows)


def _on_off(ticks: Sequence[int]) -> str:
    if len(ticks) == 1:
        return "steady"
    if ticks[0] == 0:
        return "dark or silent"
    times = (
        f"**{part * TICK_MS}**" if not index % 2 else str(part * TICK_MS)
        for index, part in enumerate(ticks)
    )
    return " ".join(times)


def profile_keys() -> str:
    """Every key of a board file."""
    rows = ((f"`{key.name}`", key.kind, _span(key), key.doc or "") for key in keys.KEYS)
    return markdown_table(("key", "kind", "allowed", "meaning"), rows)


def _span(key: keys.Key) -> str:
    if key.kind == "bool":
        return "true or false"
    if key.kind == "choice":
        return ", ".join(key.bounds)
    if not key.bounds:
        return "a pin of the controller's"
    span = f"{key.bounds[0]} … {key.bounds[1]}"
    return f"{span} characters" if key.kind == "text" else span


def controller_table() -> str:
    """What is known of each controller, and from where."""
    rows = [
        (
            f"`{one.name}`",
            f"{one.title}, {one.module}",
            one.pins_doc,
            ", ".join(map(str, one.adc_pins)),
            _refused_pins(one.refused_pins),
            ", ".join(f"{count} {name}" for name, count in one.resources),
            f"{one.ram_bytes // 1024} KiB, {one.flash_bytes // 1024} KiB",
            one.source,
        )
        for one in controllers.all_known()
    ]
    head = (
        "name",
        "chip and board",
        "pins",
        "analogue",
        "left alone",
        "has",
        "RAM, flash",
        "from",
    )
    return markdown_table(head, rows)


def _refused_pins(rows: Sequence[tuple[object, str, str, str]]) -> str:
    """Pins by the reason why they are left alone."""
    by_reason: dict[str, list[object]] = {}
    for pin, reason, key, _ in rows:
        by_reason.setdefault(f"{reason} (`{key}`)" if key else reason, []).append(pin)
    told = (f"{', '.join(map(str, pins))}: {reason}" for reason, pins in by_reason.items())
    return "; ".join(told) or "none"


def motor_drivers() -> str:
    """What each motor driver can do."""
    rows = (
        (f"`{name}`", ", ".join(map(str, steps)), peak_ma)
        for name, steps, peak_ma, _, _ in mechanism.MOTOR_DRIVERS
    )
    return markdown_table(("`motor.driver`", "microsteps", "most `motor.peak_ma`"), rows)


def transitions() -> str:
    """The state machine, a row for each transition but those to `fault`."""
    rows = [
        (f"`{interlock.STATES[before]}`", interlock.EVENTS[event], f"`{interlock.STATES[after]}`")
        for before, event, after in interlock.TRANSITIONS
        if event != interlock.FAILED
    ]
    return markdown_table(("in state", "event", "goes to"), rows)


PAGES: Pages = (
    (
        "docs/protocol.md",
        {
            "example": example,
            "schema": schema,
            "kinds": kinds,
            "messages": message_sections,
            "vocabulary": vocabulary,
            "refusals": refusal_table,
            "roles": role_table,
        },
    ),
    (
        "docs/alarms.md",
        {
            "alarms": alarm_table,
            "light": light_patterns,
            "sound": sound_patterns,
            "self_tests": self_test_table,
        },
    ),
    (
        "docs/board_config.md",
        {"keys": profile_keys, "controllers": controller_table, "motors": motor_drivers},
    ),
    ("docs/architecture.md", {"transitions": transitions}),
    ("docs/scenarios.md", {"stimuli": stimuli.markdown}),
)

if __name__ == "__main__":
    sys.exit(main())
