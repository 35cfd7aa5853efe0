"""Raw frames of a host that judges nothing: the pump refuses by name, and no step is made."""

import pytest
from app.hostile_host import HEALTHY, KG, MIN, ORDER, Hostile, installed, nothing

from pumpcore import limits, panel
from pumpcore.programme import MASS, MASS_RATE, MASS_RATE_PER_KG, NO_LIBRARY, VOLUME_RATE
from pumpcore.wire import messages

pytestmark = pytest.mark.requirement("LIB-01")

HOUR = {"duration_ms": 60 * MIN}
HUNDRED_KG = {"weight_ng": 100 * KG, "concentration_ng_per_ml": 5_000_000, **HOUR}
# One beyond a hard limit of the entry, or what the entry does not have.
REFUSED = [
    ("dose_hard", {"dose_value": 1_000_001, "fill_nl": 40_000_000, **HOUR}),
    ("dose_hard", {"dose_value": 99_999}),
    ("dose_hard", {"dose_form": MASS, "dose_value": 70_000_001, **HOUR}),
    ("dose_hard", {"dose_form": MASS_RATE, "dose_value": 70_000_001, **HOUR}),
    ("dose_hard", {"dose_form": MASS_RATE_PER_KG, "dose_value": 1_000_001, **HOUR}),
    ("duration_hard", {"duration_ms": 30 * MIN - 1}),
    ("duration_hard", {"duration_ms": 120 * MIN + 1}),
    ("duration_hard", {"duration_ms": 1_000}),
    ("dose_rate_hard", {"dose_value": 750_001, "duration_ms": 30 * MIN}),
    (
        "dose_rate_hard",
        {"dose_form": MASS_RATE_PER_KG, "dose_value": 1_500_001, "duration_ms": 35 * MIN},
    ),
    ("weight_hard", {"weight_ng": 35 * KG - 1}),
    ("weight_hard", {"weight_ng": 180 * KG + 1}),
    (
        "mass_hard",
        {**HUNDRED_KG, "dose_form": MASS, "dose_value": 100_000_001, "weight_ng": 101 * KG},
    ),
    ("loaded_mass_hard", {**HUNDRED_KG, "fill_nl": 24_000_001}),
    ("loaded_mass_hard", {"concentration_ng_per_ml": 5_000_000, "fill_nl": 21_000_001}),
    ("concentration", {"concentration_ng_per_ml": 3_000_000}),
    ("concentration", {"concentration_ng_per_ml": 50_000_000}),
    ("concentration", {"concentration_ng_per_ml": 100_000_000}),
    ("concentration", {"concentration_ng_per_ml": 0}),
    ("unknown_entry", {"entry": 99}),
    # Hours for pain, a session's dose: each entry has limits of its own.
    ("duration_hard", {"entry": 2}),
    ("wrong_library", {"library": bytes(range(8))}),
    ("wrong_library", {"library": NO_LIBRARY}),
    # A drug that passes for water.
    ("bench_only", {"entry": 0}),
    ("bench_only", {"entry": 0, "dose_form": VOLUME_RATE}),
    ("syringe_not_permitted", {"syringe": 1, "fill_nl": 1_000_000}),
    ("unknown_syringe", {"syringe": 200}),
    ("fill_short", {"fill_nl": 18_499_999}),
    ("fill_over", {"fill_nl": 50_000_001, "weight_ng": 100 * KG}),
    ("kvo_not_permitted", {"kvo_ul_per_h": 100}),
    ("step_missing", {"step_count": 1}),
    ("occlusion_limit", {"occlusion_mmhg": 301}),
    ("occlusion_limit", {"occlusion_mmhg": limits.MIN_OCCLUSION_MMHG - 1}),
    ("number_zero", {"programme_number": 0}),
    ("dose_form", {"dose_form": 9}),
]
THIN = {"concentration_ng_per_ml": 1_000_000, "fill_nl": 40_000_000}
# Dexmedetomidine, within the limits of its entry.
SEDATION = {
    "programme_number": 6,
    "entry": 4,
    "dose_form": MASS_RATE_PER_KG,
    "dose_value": 600,
    "concentration_ng_per_ml": 4_000,
    "duration_ms": 120 * MIN,
    "fill_nl": 30_000_000,
}
TO_DEVICE = [one for one in messages.MESSAGES if one.direction == messages.TO_DEVICE]


@pytest.mark.requirement("KET-02", "KET-03", "KET-04", "KET-05", "KET-06", "KET-07")
@pytest.mark.requirement("LIB-04", "LIB-06", "OVR-12")
@pytest.mark.parametrize(("name", "changes"), REFUSED)
@pytest.mark.parametrize("override", [0, 1])
def test_what_the_host_would_refuse_the_pump_refuses(
    name: str, changes: dict[str, object], override: int
) -> None:
    """A person's reason passes no hard limit either."""
    pump = Hostile()

    assert pump.offer(**changes, override=override) == name
    assert pump.refusal("confirm", programme_number=5) != "none"
    pump.press(panel.KEY_START)
    assert (pump.state, pump.steps) == ("idle", 0)


@pytest.mark.requirement("KET-02", "KET-03", "KET-07", "OVR-12")
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"dose_value": 1_000_000, "fill_nl": 40_000_000, **HOUR},
        {"dose_value": 100_000},
        {"dose_value": 750_000, "fill_nl": 30_000_000, "duration_ms": 30 * MIN},
        {"weight_ng": 35 * KG, "fill_nl": 20_000_000},
        {"dose_form": MASS, "dose_value": 100_000_000, "fill_nl": 24_000_000, **HUNDRED_KG},
        {"concentration_ng_per_ml": 5_000_000, "fill_nl": 21_000_000},
    ],
)
def test_each_limit_itself_is_within(changes: dict[str, object]) -> None:
    """So that what is refused above is refused for the last digit."""
    assert Hostile().offer(**changes) == "none"


@pytest.mark.requirement("LIB-04")
@pytest.mark.parametrize("late_s", [0, 86_400])
def test_after_its_last_day_the_library_takes_no_drug(late_s: int) -> None:
    pump = Hostile(now_s=installed().valid_until_s + late_s)

    assert pump.offer() == "library_expired"
    assert (pump.state, pump.steps) == ("idle", 0)


@pytest.mark.requirement("KET-05", "SEC-01")
def test_there_is_no_command_that_moves_the_plunger_or_gives_a_bolus() -> None:
    """START, PRIME and a resume are keys; what the line has is all in the table."""
    names = {str(one.name) for one in TO_DEVICE}

    assert names == {
        *("hello", "ping", "inspect", "read_journal", "read_ledger", "read_sessions"),
        "read_keyframe",
        "open_session",
        *("stage_step", "stage", "confirm", "cancel", "new_patient"),
        *("stop", "acknowledge", "audio_pause", "presence", "vitals"),
        *("library_part", "install_library"),
    }
    words = " ".join(field.name for one in TO_DEVICE for field in one.fields)
    for word in ("bolus", "start", "resume", "prime", "purge", "loading"):
        assert word not in words
        assert not any(word in name for name in names)


@pytest.mark.requirement("KET-05")
def test_a_rate_step_up_or_a_loading_step_is_refused() -> None:
    pump = Hostile()
    rows = ((60_000, 60_000, 2_000_000), (20_000, 40_000, 15_500_000))
    for index, (rate, to_rate, volume_nl) in enumerate(rows):
        taken = pump.refusal(
            "stage_step",
            programme_number=5,
            index=index,
            rate_ul_per_h=rate,
            to_rate_ul_per_h=to_rate,
            volume_nl=volume_nl,
        )
        assert taken == "none"

    steps = {"step_count": 2, "dose_form": VOLUME_RATE, "dose_value": 0, "duration_ms": 0}
    assert pump.offer(**steps) == "steps_not_permitted"
    assert (pump.state, pump.steps) == ("idle", 0)


@pytest.mark.requirement("SEC-01", "OVR-11")
@pytest.mark.parametrize("state", ["idle", "staged", "confirmed", "paused"])
def test_no_frame_makes_a_step(state: str) -> None:
    """Every command there is, with the programme's own number and digest, in each state."""
    pump = Hostile()
    digest = NO_LIBRARY
    if state != "idle":
        digest = pump.ask("stage", **ORDER)["digest"]
    if state in ("confirmed", "paused"):
        pump.ask("confirm", programme_number=5, digest=digest)
    if state == "paused":
        pump.begin()
        pump.ask("stop")
        pump.tick(10)
    assert pump.state == state
    before = pump.steps
    known = {"programme_number": 5, "digest": digest, **HEALTHY}
    for message in TO_DEVICE:
        if message.name in ("cancel", "new_patient"):
            continue
        fields = {
            field.name: known.get(field.name, nothing(field)) for field in message.fields[1:]
        }
        pump.ask(message.name, **fields)
        pump.tick(10)

    assert pump.steps == before
    assert pump.state in (state, "confirmed", "staged")


@pytest.mark.requirement("LIB-11", "LIB-12", "LIB-17", "LIB-18")
def test_while_it_infuses_nothing_is_changed() -> None:
    """Weight, drug, concentration, rate, totals, library: what runs is what was confirmed."""
    pump = Hostile()
    pump.begin()
    generation = pump.ask("read_ledger")["generation"]
    before = pump.bench.kernel.programme
    attempts = {
        "weight": ("stage", {**ORDER, "programme_number": 6, "weight_ng": 60 * KG}),
        "same number": ("stage", {**ORDER, "weight_ng": 60 * KG}),
        "drug": ("stage", {**ORDER, **SEDATION}),
        "concentration": ("stage", {**ORDER, **THIN}),
        "dose": ("stage", {**ORDER, "dose_value": 400_000}),
        "cancel": ("cancel", {"programme_number": 5}),
        "other digest": ("confirm", {"programme_number": 5, "digest": bytes(range(8))}),
        "new patient": ("new_patient", {"generation": generation}),
        "part": ("library_part", {"length": 1, "part_0": bytes(64), "part_1": bytes(64)}),
        "library": ("install_library", {"size_bytes": 1}),
    }
    told = {}
    for what, (name, fields) in attempts.items():
        # While it moves, long questions are answered one after the other.
        pump.tick(10)
        told[what] = pump.refusal(name, **fields)

    assert told == {
        "weight": "wrong_state",
        "same number": "wrong_state",
        "drug": "wrong_state",
        "concentration": "wrong_state",
        "dose": "wrong_state",
        "cancel": "wrong_state",
        "other digest": "wrong_digest",
        "new patient": "new_patient_busy",
        "part": "programme_at_hand",
        "library": "programme_at_hand",
    }
    assert pump.bench.kernel.programme is before
    assert pump.state == "infusing"


@pytest.mark.requirement("DES-07")
def test_another_digest_or_number_confirms_nothing() -> None:
    pump = Hostile()
    pump.ask("stage", **ORDER)

    assert pump.refusal("confirm", programme_number=5, digest=bytes(8)) == "wrong_digest"
    assert pump.refusal("confirm", programme_number=6) == "wrong_number"
    pump.press(panel.KEY_START)
    assert (pump.state, pump.steps) == ("staged", 0)
