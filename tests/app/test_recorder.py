"""Journal, check-point and totals of the real loop over a bench, and what a power cut leaves."""

import random

import pytest
from app.recorder_bench import MG, NOW_S, STAGE, WATCHDOG, WATER, Pump, ledger_of
from core import ketamine
from core.memory_bench import BenchMemory, PowerCut

from pumpapp import recorder as recorder_module
from pumpapp.record_queue import RecordQueue
from pumpcore import alarms, journal_record, panel
from pumpcore.interlock import STATES
from pumpcore.refusal_words import REFUSALS
from pumpcore.stop_reason import STOP_REASONS
from pumpcore.wire import messages

# ---- the journal ------------------------------------------------------------------------------


@pytest.mark.requirement("LOG-01", "LOG-05")
def test_a_session_is_told_in_order() -> None:
    """LOG-01, LOG-05."""
    pump = Pump(BenchMemory())
    pump.start(**STAGE)
    pump.tick(100)
    pump.press(panel.KEY_STOP)
    pump.tick(10)
    assert pump.refusal("cancel", programme_number=5) == "none"
    pump.tick(10)

    assert pump.kinds() == [
        "begun",
        "boot",
        "library",
        "state",
        "command",
        "programme",
        "state",
        "command",
        "state",
        "key",
        "state",
        "key",
        "state",
        "command",
        "state",
        "dose_counted",
    ]
    records = pump.records()
    assert [record.sequence for record in records] == list(range(len(records)))
    ticks = [record.tick_count for record in records]
    assert ticks == sorted(ticks)
    assert {record.clock_s for record in records} <= set(range(NOW_S, NOW_S + 5))
    states = [STATES[record.code] for record in pump.of_kind("state")]
    assert states == ["idle", "staged", "confirmed", "infusing", "paused", "idle"]
    assert STOP_REASONS[pump.of_kind("state")[4].bound] == "stop_key"
    commands = [(record.code, record.value) for record in pump.of_kind("command")]
    names = ("stage", "confirm", "cancel")
    assert commands == [(messages.by_name(name).ident, at + 1) for at, name in enumerate(names)]


@pytest.mark.requirement("LOG-02")
def test_an_alarm_is_told_with_value_and_limit() -> None:
    """LOG-02."""
    pump = Pump(BenchMemory())
    pump.start(**STAGE)
    pump.bench.force_mn = 40_000
    pump.tick(60)
    pump.press(panel.KEY_ACKNOWLEDGE)
    pump.bench.force_mn = 0
    pump.tick(60)
    raised = pump.of_kind("alarm_raised")[0]
    cleared = pump.of_kind("alarm_cleared")[0]

    occlusion = alarms.by_name("occlusion_downstream").ident
    assert raised.code == cleared.code == occlusion
    assert raised.bound == pump.bench.kernel.conditions.pressure.occlusion_mn
    assert raised.value >= raised.bound > cleared.value
    assert pump.of_kind("acknowledged")[0].value == 1 << occlusion
    key = pump.of_kind("key")[-1]
    assert (key.code, key.value) == (0, panel.KEY_ACKNOWLEDGE)


@pytest.mark.requirement("LOG-01")
def test_an_override_is_told() -> None:
    pump = Pump(BenchMemory())
    pump.ask("stage", **{**STAGE, "override": 1})
    pump.tick(10)

    ((entry, number),) = [(record.code, record.value) for record in pump.of_kind("override")]
    assert (entry, number) == (ketamine.IDENT, 5)


@pytest.mark.requirement("LOG-03")
def test_commands_that_change_nothing_fill_no_journal() -> None:
    pump = Pump(BenchMemory())
    pump.ask("stage", **STAGE)
    pump.tick(10)
    count = pump.ask("read_ledger")["next_sequence"]
    for name in ("stop", "acknowledge", "audio_pause", "ping", "inspect", "hello"):
        pump.ask(name)
    pump.ask("stage", **STAGE)
    pump.refusal("stage", **{**STAGE, "programme_number": 0})
    pump.tick(10)

    assert pump.ask("read_ledger")["next_sequence"] == count


@pytest.mark.requirement("FLO-15")
def test_a_tick_writes_at_most_one_record() -> None:
    memory = BenchMemory()
    pump = Pump(memory)
    pump.ask("stage", **STAGE)
    for _ in range(20):
        before = memory.write_count
        pump.tick()
        assert memory.write_count - before <= 1


@pytest.mark.requirement("LOG-01")
def test_a_full_queue_loses_the_newest_and_says_how_many() -> None:
    pump = Pump(BenchMemory())
    recorder = pump.loop.recorder
    for index in range(40):
        recorder._note(journal_record.KEY, 0, index, 0)
    pump.tick(50)

    assert [record.value for record in pump.of_kind("key")] == list(range(32))
    assert [record.value for record in pump.of_kind("records_lost")] == [8]
    assert RecordQueue().take_lost() == 0


def test_a_board_without_a_memory_says_so() -> None:
    pump = Pump(None)

    assert pump.refusal("read_ledger") == "no_journal"
    assert pump.refusal("read_journal") == "no_journal"
    assert pump.refusal("new_patient") == "no_journal"
    assert pump.ask("stage", **STAGE)["mass_ng"] == 35 * MG


# ---- resets -----------------------------------------------------------------------------------


def truth_nl(pump: Pump) -> int:
    """What really went into the patient."""
    kernel = pump.bench.kernel
    fl = kernel.programme.femtolitres_per_microstep
    steps = pump.bench.driven_step_count - kernel.motion.purged_steps
    return steps * fl // 10**6


@pytest.mark.requirement("TST-09")
@pytest.mark.parametrize("order", [STAGE, WATER], ids=["26 mL/h", "1200 mL/h"])
def test_a_reset_leaves_an_interval_that_holds_the_truth(order: dict[str, object]) -> None:
    """TST-09: cut at some tick, with the queue of 80 ms running on."""
    chance = random.Random(7)
    for _ in range(12):
        memory = BenchMemory()
        pump = Pump(memory)
        pump.start(**order)
        pump.tick(chance.randrange(120))
        pump.bench.sense(80_000)
        given_nl = truth_nl(pump)
        told = ledger_of(memory, reset_cause=WATCHDOG)

        assert told["volume_low_nl"] <= given_nl <= told["volume_high_nl"]
        width_nl = told["volume_high_nl"] - told["volume_low_nl"]
        assert width_nl <= 20_000 + order.get("rate_ul_per_h", 26_250) * 160 // 3_600 + 2_000
        assert (told["programme_number"], told["ended_by"]) == (
            order["programme_number"],
            1 + WATCHDOG,
        )
        assert STATES[told["last_state"]] == "infusing"


@pytest.mark.requirement("TST-09", "OVR-08", "LOG-04")
def test_after_a_reset_it_stands_idle_and_says_what_was_cut_short() -> None:
    memory = BenchMemory()
    pump = Pump(memory)
    pump.start(**STAGE)
    pump.tick(200)
    again = Pump(memory, reset_cause=WATCHDOG)

    assert again.bench.state() == "idle"
    (recovered,) = again.of_kind("recovered")
    assert STATES[recovered.code] == "infusing"
    assert 0 < recovered.value < recovered.bound
    assert again.of_kind("boot")[-1].code == WATCHDOG
    third = Pump(memory)
    assert len(third.of_kind("recovered")) == 1
    assert third.ask("read_ledger")["volume_high_nl"] == recovered.bound


@pytest.mark.requirement("PWR-08", "LIB-18")
def test_a_stopped_infusion_is_known_to_the_step() -> None:
    memory = BenchMemory()
    pump = Pump(memory)
    pump.start(**STAGE)
    pump.tick(200)
    pump.ask("stop")
    pump.tick(10)
    told = ledger_of(memory)

    assert told["volume_low_nl"] == truth_nl(pump)
    assert told["volume_high_nl"] - told["volume_low_nl"] <= 1
    assert STOP_REASONS[told["stop_reason"]] == "stop_link"


@pytest.mark.requirement("PWR-07", "LOG-04", "LIB-15")
def test_a_power_cut_at_any_byte_of_a_session_counts_the_dose_once() -> None:
    """PWR-07, LOG-04: no earlier record is harmed, and no total is too small."""
    for cut in range(5, 2_500, 37):
        memory = BenchMemory()
        pump = Pump(memory)
        memory.left_bytes = cut
        given_nl = 0
        try:
            pump.start(**STAGE)
            for _ in range(30):
                pump.tick(10)
                given_nl = truth_nl(pump)
            pump.ask("stop")
            pump.ask("cancel", programme_number=5)
            pump.tick(20)
        except PowerCut:
            given_nl = truth_nl(pump) if pump.bench.kernel.programme.number else given_nl
        memory.restore_power()
        again = Pump(memory)
        told = again.ask("read_ledger")

        assert not told["flags"]
        assert given_nl * 2 <= told["total_ng"] <= given_nl * 2 + 2 * 60_000
        assert again.records()


# ---- totals -----------------------------------------------------------------------------------


def given(pump: Pump, number: int) -> None:
    """35 mg, to the last microstep."""
    pump.start(**{**STAGE, "programme_number": number})
    pump.jump(1)
    pump.tick(100)
    assert pump.bench.state() == "complete"
    pump.press(panel.KEY_ACKNOWLEDGE)


@pytest.mark.requirement("LIB-15")
def test_a_third_dose_of_the_day_is_refused_whatever_was_done_in_between() -> None:
    """LIB-15: 35 mg and 35 mg leave less than 35 of the entry's 100."""
    memory = BenchMemory()
    pump = Pump(memory)
    given(pump, 1)
    given(pump, 2)
    assert pump.ask("stage", **{**STAGE, "programme_number": 2})["mass_ng"] == 35 * MG
    assert pump.refusal("stage", **{**STAGE, "programme_number": 3}) == "window_dose_hard"
    pump.refusal("cancel", programme_number=2)
    pump.tick(10)
    answer = pump.ask("stage", **{**STAGE, "programme_number": 4})
    assert REFUSALS[answer["refusal"]].name == "window_dose_hard"
    assert answer["bound"] == ketamine.ENTRY.mass_high_ng

    later = Pump(memory, now_s=NOW_S + 86_000)
    assert later.refusal("stage", **{**STAGE, "programme_number": 5}) == "window_dose_hard"
    lost = Pump(memory, now_s=0)
    assert lost.refusal("stage", **{**STAGE, "programme_number": 5}) == "window_dose_hard"
    next_day = Pump(memory, now_s=NOW_S + 86_000 + 86_500)
    assert next_day.refusal("stage", **{**STAGE, "programme_number": 5}) == "window_dose_hard"
    after = Pump(memory, now_s=NOW_S + 86_000 + 2 * 86_500)
    assert after.ask("stage", **{**STAGE, "programme_number": 5})["mass_ng"] == 35 * MG


@pytest.mark.requirement("DES-07", "LIB-15")
def test_the_same_programme_again_is_no_further_dose() -> None:
    pump = Pump(BenchMemory())
    given(pump, 1)
    pump.start(**{**STAGE, "programme_number": 2})
    pump.jump(100)

    assert pump.ask("stage", **{**STAGE, "programme_number": 2})["mass_ng"] == 35 * MG
    assert pump.refusal("stage", **{**STAGE, "programme_number": 3}) == "wrong_state"


@pytest.mark.requirement("LIB-15")
def test_what_still_moves_is_counted_before_another_programme_is_staged() -> None:
    pump = Pump(BenchMemory())
    pump.start(**STAGE)
    pump.tick(100)
    pump.ask("stop")
    pump.ask("cancel", programme_number=5)

    assert pump.refusal("stage", **{**STAGE, "programme_number": 6}) == "busy"
    pump.tick(5)
    assert pump.ask("stage", **{**STAGE, "programme_number": 6})["programme_number"] == 6
    fl = pump.bench.kernel.programme.femtolitres_per_microstep
    told = pump.ask("read_ledger")
    assert told["total_ng"] == -(-pump.bench.driven_step_count * fl * 2 // 10**6)
    assert told["episode_count"] == 2


@pytest.mark.requirement("LIB-18", "LIB-13")
def test_new_patient_takes_two_steps_and_no_programme_at_hand() -> None:
    """LIB-18."""
    memory = BenchMemory()
    pump = Pump(memory)
    given(pump, 1)
    told = pump.ask("read_ledger")
    assert 35 * MG - 1_000 < told["total_ng"] <= 35 * MG
    assert told["window_ng"] == told["total_ng"]
    pump.ask("stage", **{**STAGE, "programme_number": 2})
    generation = pump.ask("read_ledger")["generation"]
    assert pump.refusal("new_patient", generation=generation) == "new_patient_busy"
    pump.ask("cancel", programme_number=2)
    pump.tick(5)
    assert pump.refusal("new_patient", generation=generation + 1) == "wrong_generation"
    assert pump.refusal("new_patient", generation=generation) == "none"
    assert pump.refusal("new_patient", generation=generation) == "none"
    pump.tick(5)

    told = pump.ask("read_ledger")
    assert (told["total_ng"], told["window_ng"]) == (0, 0)
    assert [record.value for record in pump.of_kind("new_patient")] == [generation]
    assert ledger_of(memory)["total_ng"] == 0


# ---- a memory that fails ----------------------------------------------------------------------


@pytest.mark.requirement("LOG-01", "LIB-15")
def test_a_memory_that_fails_is_told_tried_again_and_journalled() -> None:
    memory = BenchMemory()
    pump = Pump(memory)
    pump.ask("stage", **STAGE)
    memory.is_answering = False
    pump.tick(200)
    recorder = pump.loop.recorder

    assert recorder.has_failed
    assert 1 <= recorder.failure_count <= 5
    assert pump.refusal("read_journal") == "memory_failed"
    assert pump.refusal("stage", **{**STAGE, "programme_number": 9}) == "memory_failed"
    assert pump.refusal("cancel", programme_number=5) == "none"
    generation = pump.ask("read_ledger")["generation"]
    pump.tick(5)
    assert pump.refusal("new_patient", generation=generation) == "memory_failed"
    memory.is_answering = True
    pump.tick(100)
    assert not recorder.has_failed
    (failed,) = pump.of_kind("memory_failed")
    assert failed.value == recorder.failure_count


@pytest.mark.requirement("PWR-08")
def test_a_memory_that_is_mute_at_boot_is_not_written_over() -> None:
    memory = BenchMemory()
    before = Pump(memory)
    given(before, 1)
    content = bytes(memory.content)
    memory.is_answering = False
    pump = Pump(memory)
    memory.is_answering = True
    pump.tick(200)

    assert bytes(memory.content) == content
    assert pump.loop.recorder.has_failed
    assert pump.refusal("stage", **STAGE) == "memory_failed"


def test_a_memory_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="8192"):
        Pump(BenchMemory(8_192))


def test_a_quiet_tick_only_compares() -> None:
    memory = BenchMemory()
    pump = Pump(memory)
    pump.tick(recorder_module._LOOK_TICKS)
    writes = memory.write_count
    pump.tick(1_000)

    assert memory.write_count == writes


@pytest.mark.requirement("LOG-04")
def test_a_memory_that_does_not_answer_is_an_alarm() -> None:
    """It goes with the fault, and stops nothing."""
    memory = BenchMemory()
    pump = Pump(memory)
    pump.start(**STAGE)
    memory.is_answering = False
    pump.tick(100)
    assert pump.bench.outputs.alarms_high & alarms.JOURNAL_FAULT_UPPER
    assert pump.bench.state() == "infusing"
    memory.is_answering = True
    pump.tick(200)

    assert not pump.bench.outputs.alarms_high & alarms.JOURNAL_FAULT_UPPER
