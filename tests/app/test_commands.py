"""Every command over the wire: answered once, refused by name, harmless when repeated."""

import pytest
from app.link_host import STAGE, LinkHost
from core import ketamine

from pumpapp.commands import LINK_ACCEPTS, LINK_IS_BENCH, LINK_IS_EMULATED
from pumpcore.interlock import STATES
from pumpcore.refusal_words import REFUSALS
from pumpcore.wire import messages, tag

pytestmark = pytest.mark.requirement("DES-07")

COMMANDS = [message for message in messages.MESSAGES if message.direction == messages.TO_DEVICE]
NEEDS_KEYS = {
    "stage",
    "stage_step",
    "confirm",
    "cancel",
    "acknowledge",
    "audio_pause",
    "new_patient",
    "presence",
    "vitals",
    "library_part",
    "install_library",
}
QUESTIONS = set(tag.QUESTIONS)


@pytest.mark.requirement("PRC-06")
def test_hello_says_who_it_is_and_what_it_is_not_for() -> None:
    host = LinkHost()
    name, reply = host.ask("hello")

    assert name == "hello_reply"
    assert reply["schema"] == messages.SCHEMA
    assert reply["board"] == "pico"
    assert reply["library"] == ketamine.DIGEST
    assert reply["state"] == STATES.index("idle")
    assert reply["link_flags"] == LINK_ACCEPTS | LINK_IS_BENCH
    assert "NOT FOR USE ON PEOPLE" in reply["banner"]


def test_inspection_tells_frames_and_load() -> None:
    host = LinkHost()
    host.ask("ping")
    name, told = host.ask("inspect")

    assert name == "inspection"
    assert (told["frame_count"], told["frame_error_count"]) == (2, 0)


@pytest.mark.requirement("KET-01")
def test_stage_is_answered_with_the_pumps_own_arithmetic() -> None:
    host = LinkHost()
    name, staged = host.ask("stage", **STAGE)

    assert name == "staged"
    assert staged["mass_ng"] == 35_000_000
    assert staged["volume_nl"] == 17_500_000
    assert staged["rate_ul_per_h"] == 26_250
    assert staged["programme_number"] == 5
    assert host.ask("stage", **STAGE) == (name, staged)
    assert host.refusal("confirm", programme_number=5, digest=staged["digest"]) == "none"
    assert host.telemetry()["state"] == STATES.index("confirmed")
    assert host.ask("stage", **STAGE) == (name, staged)
    assert host.telemetry()["state"] == STATES.index("confirmed")
    assert host.refusal("cancel", programme_number=5) == "none"
    assert host.refusal("cancel", programme_number=5) == "none"
    assert host.telemetry()["state"] == STATES.index("idle")


@pytest.mark.requirement("LIB-01")
def test_a_refused_order_names_the_bound_and_changes_nothing() -> None:
    host = LinkHost()
    name, answer = host.ask("stage", **{**STAGE, "weight_ng": 20 * 10**12})

    assert name == "answer"
    assert REFUSALS[answer["refusal"]].name == "weight_hard"
    assert answer["bound"] == ketamine.ENTRY.weight_low_ng
    assert host.telemetry()["state"] == STATES.index("idle")
    assert host.telemetry()["programme_number"] == 0


def test_the_kernels_refusals_are_told_by_name() -> None:
    host = LinkHost()
    host.ask("stage", **STAGE)

    assert host.refusal("confirm", programme_number=6) == "wrong_number"
    assert host.refusal("confirm", programme_number=5) == "wrong_digest"
    host.ask("stage", **{**STAGE, "programme_number": 6})
    assert host.refusal("cancel", programme_number=5) == "wrong_number"


@pytest.mark.requirement("SEC-01", "SEC-10")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_link_without_keys_takes_questions_and_stop_alone(command: messages.Message) -> None:
    """Until the link has keys; STOP is free."""
    host = LinkHost(link__bench=False)
    if command.name in NEEDS_KEYS:
        assert host.refusal(command.name) == "link_locked"
        assert host.telemetry()["last_request_id"] != 0
    else:
        name, answer = host.ask(command.name)
        # A session needs a key, and there is none.
        expected = "link_locked" if command.name == "open_session" else "none"
        assert name != "answer" or REFUSALS[answer["refusal"]].name == expected
    assert host.telemetry()["state"] == STATES.index("idle")


def test_an_emulated_board_accepts_and_says_so() -> None:
    host = LinkHost(link__bench=False, link__emulated=True)
    _, reply = host.ask("hello")

    assert reply["link_flags"] == LINK_ACCEPTS | LINK_IS_EMULATED
    assert host.refusal("acknowledge") == "none"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_telemetry_tells_the_last_command_that_could_change_something(
    command: messages.Message,
) -> None:
    """An answer that was lost is settled by the next telemetry."""
    host = LinkHost()
    host.ask("stop", request_id=1)
    host.ask(command.name, request_id=2)
    is_question = command.name in QUESTIONS

    assert host.telemetry()["last_request_id"] == (1 if is_question else 2)


@pytest.mark.requirement("SEC-10")
def test_stop_pauses_an_infusion_in_the_tick_that_receives_it() -> None:
    host = LinkHost()
    bench = host.bench
    host.start()
    host.loop.tick(20)
    assert bench.state() == "infusing"
    assert not bench.outputs.abort
    assert host.refusal("stop") == "none"

    assert bench.state() == "paused"
    assert bench.outputs.abort
    assert host.refusal("audio_pause") == "none"
