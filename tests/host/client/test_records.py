"""Records follow the message table, and names come from the core's tables."""

from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from subprocess import run
from sys import executable

import pytest

from evenflow.client.records import RECORDS, Answer, Event, Telemetry
from pumpcore import alarms, interlock, panel, refusals, stop_reason
from pumpcore.wire.messages import MESSAGES, TO_HOST, Message, by_name

ROOT = Path(__file__).parents[3]
HEARD = [message for message in MESSAGES if message.direction == TO_HOST]


def _telemetry(**changed: int) -> Telemetry:
    names = [field.name for field in by_name("telemetry").fields]
    return Telemetry(**{name: changed.get(name, 0) for name in names})


@pytest.mark.parametrize("message", HEARD, ids=lambda message: message.name)
def test_every_message_of_the_pump_has_a_record_with_its_fields_in_order(message: Message) -> None:
    record = RECORDS[message.name]

    assert len(RECORDS) == len(HEARD)
    assert [field.name for field in fields(record)] == [field.name for field in message.fields]


def test_the_generated_file_is_current() -> None:
    check = [executable, str(ROOT / "tools" / "generate_records.py"), "--check"]

    assert run(check, check=False).returncode == 0


def test_records_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        _telemetry().state = 3


def test_names_come_from_the_cores_tables() -> None:
    record = _telemetry(
        state=interlock.HELD,
        stop_reason=stop_reason.FIRST_ALARM_REASON + 6,
        alarms_low=alarms.MOTOR_STALL | alarms.LINK_LOST,
        alarms_high=1 << 2,
        checklist=panel.HEARD,
        switches=panel.KEY_STOP,
        led=1,
    )

    assert record.state_name == "held"
    assert record.stop_reason_name == "motor_stall"
    assert record.alarm_names == ("motor_stall", "link_lost", "mains_lost")
    assert record.checklist_names == ("heard",)
    assert record.switch_names == ("key_stop",)
    assert record.led_name == "red_flash"


def test_a_code_from_a_later_firmware_is_named_unknown_not_an_error() -> None:
    assert _telemetry(state=200).state_name == "unknown_200"
    assert _telemetry(stop_reason=15).stop_reason_name == "unknown_15"
    assert _telemetry(stop_reason=250).stop_reason_name == "unknown_250"


def test_answers_and_events_say_which_command_and_which_refusal() -> None:
    answer = Answer(1, by_name("confirm").ident, refusals.code("wrong_digest"), 5, 0)
    event = Event(5, 0, refusals.code("checklist"), panel.KEY_START)

    assert (answer.command_name, answer.refusal_name) == ("confirm", "wrong_digest")
    assert (event.kind_name, event.refusal_name) == ("key_refused", "checklist")
    assert event.key_names == ("key_start",)
