"""The patient, and one session after the other: what no frame of a host gets past."""

import pytest
from app.hostile_host import HEALTHY, KG, MIN, ORDER, Hostile, installed, nothing
from app.recorder_bench import NOW_S
from core.memory_bench import BenchMemory

from pumpcore import panel
from pumpcore.vital_signs import SEDATION
from pumpcore.wire import messages
from pumpcore.wire.endpoint import Endpoint

pytestmark = pytest.mark.requirement("LIB-01")


@pytest.mark.requirement("KET-11")
@pytest.mark.parametrize(
    ("signs", "override", "refusal"),
    [
        ({"systolic_mmhg": 141}, 0, "baseline_soft"),
        ({"diastolic_mmhg": 91}, 0, "baseline_soft"),
        ({"systolic_mmhg": 161}, 1, "baseline_hard"),
        ({"diastolic_mmhg": 101}, 1, "baseline_hard"),
        ({"systolic_mmhg": 160, "diastolic_mmhg": 100}, 1, "none"),
    ],
)
def test_a_high_baseline_bars_start(signs: dict[str, int], override: int, refusal: str) -> None:
    """Soft without a person's override, hard with one too."""
    pump = Hostile()
    pump.prepare(**ORDER)
    assert pump.refusal("vitals", **{**HEALTHY, **signs, "override": override}) == "none"
    pump.press(panel.KEY_START)
    pump.tick(50)

    assert (pump.key_refusals[-1:] or ["none"]) == [refusal]
    assert (pump.steps > 0) == (refusal == "none")
    assert pump.state == ("infusing" if refusal == "none" else "confirmed")


@pytest.mark.requirement("KET-09", "KET-11")
def test_an_order_held_to_vital_signs_does_not_start_without_any() -> None:
    pump = Hostile()
    pump.prepare(**{**ORDER, "vitals_hold": 1})
    pump.press(panel.KEY_START)
    pump.tick(50)

    assert pump.key_refusals == ["baseline_missing"]
    assert (pump.state, pump.steps) == ("confirmed", 0)


@pytest.mark.requirement("KET-10")
@pytest.mark.parametrize(
    "signs",
    [
        {"systolic_mmhg": 181},
        {"diastolic_mmhg": 111},
        {"heart_rate_per_min": 131},
        {"heart_rate_per_min": 44},
        {"oxygen_percent": 89},
        {"sedation": SEDATION.index("unresponsive")},
    ],
)
def test_signs_beyond_their_limits_hold_and_no_frame_resumes(signs: dict[str, int]) -> None:
    pump = Hostile()
    pump.begin()
    assert pump.refusal("vitals", **{**HEALTHY, **signs}) == "none"
    pump.tick(10)
    assert pump.state == "held"
    before = pump.steps
    for name in ("acknowledge", "presence", "confirm", "stage", "audio_pause"):
        pump.ask(name, **(ORDER if name == "stage" else {}))
    for _ in range(2):
        pump.press(panel.KEY_START)
    pump.tick(50)

    assert "alarm_active" in pump.key_refusals
    assert (pump.state, pump.steps) == ("held", before)


@pytest.mark.requirement("KET-10")
@pytest.mark.parametrize(
    "signs",
    [
        {"systolic_mmhg": 60},
        {"systolic_mmhg": 301},
        {"diastolic_mmhg": 0},
        {"oxygen_percent": 101},
    ],
)
def test_signs_that_nobody_has_count_for_nothing(signs: dict[str, int]) -> None:
    pump = Hostile()
    pump.begin()

    assert pump.refusal("vitals", **{**HEALTHY, **signs}) == "vitals_range"
    assert pump.state == "infusing"


def test_whoever_never_says_that_they_are_there_is_stopped() -> None:
    """The lease of the shipped entry is 15 min; here one of three, so that it ends sooner."""
    assert installed().entries[0].presence_ms == 15 * MIN
    pump = Hostile(presence_ms=3 * MIN)
    pump.begin()
    pump.tick(3 * 60 * 50)
    assert pump.state == "held"
    before = pump.steps
    for name in ("presence", "acknowledge", "confirm"):
        pump.ask(name)
    pump.tick(50)

    assert (pump.state, pump.steps) == ("held", before)


def after_a_session(memory: BenchMemory, **changes: object) -> Hostile:
    """A pump that has given a whole dose."""
    pump = Hostile(memory)
    pump.begin(**changes)
    pump.finish()
    pump.tick(200)
    return pump


@pytest.mark.requirement("KET-08", "LIB-13")
@pytest.mark.parametrize("later_s", [0, 14_401, 86_399 - 60])
def test_a_second_session_is_too_early_whatever_the_host_does(later_s: int) -> None:
    """Cancelled, switched off and on, NEW PATIENT: the same hash is the same patient."""
    memory = BenchMemory()
    pump = after_a_session(memory)
    steps = pump.steps
    anew = {"programme_number": 6}
    assert pump.offer(**anew) == "spacing"
    assert pump.offer(**anew, entry=1, dose_value=100_000, override=1) == "spacing"
    assert pump.steps == steps
    pump = Hostile(memory, NOW_S + 60 + later_s)

    assert pump.offer(**anew) == "spacing"
    assert pump.offer(**anew, patient=b"somebody") == "spacing"
    generation = pump.ask("read_ledger")["generation"]
    assert pump.refusal("new_patient", generation=generation + 1) == "wrong_generation"
    assert pump.refusal("new_patient", generation=generation) == "none"
    assert pump.offer(**anew) == "spacing"
    assert (pump.state, pump.steps) == ("idle", 0)
    assert pump.offer(**anew, patient=b"somebody") == "none"


@pytest.mark.requirement("KET-08")
def test_a_pump_without_the_time_begins_no_session() -> None:
    pump = Hostile(now_s=0)

    assert pump.offer() == "spacing_unknown"
    assert (pump.state, pump.steps) == ("idle", 0)


@pytest.mark.requirement("KET-14", "LIB-15")
def test_no_more_than_the_rest_of_a_session_is_taken() -> None:
    pump = Hostile()
    pump.begin()
    pump.jump(5_000)
    pump.ask("stop")
    pump.tick(50)
    assert pump.refusal("cancel", programme_number=5) == "none"
    pump.tick(200)
    before = pump.steps

    assert pump.offer(programme_number=6, fill_nl=20_000_000) == "remaining_dose"
    assert pump.steps == before
    rest = {"dose_value": 142_000, "fill_nl": 7_000_000}
    assert pump.offer(programme_number=7, **rest) == "none"


@pytest.mark.requirement("LIB-15")
def test_a_day_s_mass_is_not_passed_where_nothing_spaces_the_sessions() -> None:
    """60 mg, and 60 mg again: 100 mg are the most of the entry."""
    sixty = {"weight_ng": 120 * KG, "fill_nl": 32_000_000}
    pump = Hostile(BenchMemory(), spacing_s=0)
    pump.begin(**sixty)
    pump.finish()
    pump.tick(200)
    before = pump.steps

    assert pump.offer(programme_number=6, **sixty) == "window_dose_hard"
    assert (pump.state, pump.steps) == ("complete", before)


@pytest.mark.requirement("KET-10", "KET-11")
def test_a_reboot_forgets_no_sign_and_new_patient_does() -> None:
    memory = BenchMemory()
    pump = Hostile(memory)
    pump.begin()
    beyond = {**HEALTHY, "systolic_mmhg": 190, "diastolic_mmhg": 115}
    assert pump.refusal("vitals", **beyond) == "none"
    pump.tick(50)
    assert pump.state == "held"

    again = Hostile(memory, now_s=NOW_S + 600)
    again.prepare(**{**ORDER, "programme_number": 9, "dose_value": 400_000})
    again.press(panel.KEY_START)
    again.tick(50)
    assert again.key_refusals[-1] in ("alarm_active", "baseline_hard")
    assert (again.state, again.steps) == ("confirmed", 0)


@pytest.mark.requirement("KET-14")
def test_cancel_and_stage_in_one_tick_get_no_more_than_the_rest() -> None:
    pump = Hostile()
    pump.begin()
    pump.jump(5_000)
    pump.ask("stop")
    pump.tick(200)
    host = Endpoint(messages.TO_DEVICE)
    cancel = messages.by_name("cancel")
    length = host.write(cancel, [900, 5])
    both = bytes(host.outgoing[:length])
    stage = messages.by_name("stage")
    fields = {**{field.name: nothing(field) for field in stage.fields}, **ORDER}
    fields.update(request_id=901, programme_number=6)
    length = host.write(stage, [fields[field.name] for field in stage.fields])
    both += bytes(host.outgoing[:length])
    pump.loop.board.receive(bytearray(both), len(both))
    pump.tick(5)

    assert pump.state == "idle"
    assert pump.steps > 0
