"""Limits that no stopping, cancelling, reordering, power cut or clock can evade (LIB-15)."""

from contextlib import suppress

import pytest
from core.memory_bench import BenchMemory, PowerCut
from hypothesis import given
from hypothesis import strategies as st

from pumpcore import ledger as ledger_module
from pumpcore.checkpoint import INTERVAL_NL, Checkpoint, interval_microsteps, margin_microsteps
from pumpcore.dose_account import DoseAccount
from pumpcore.ledger import MAX_ITEMS, WINDOW_S, Ledger
from pumpcore.memory import CHECKPOINT_ADDRESS, LEDGER_ADDRESS
from pumpcore.programme import Programme
from pumpcore.refusal_words import REFUSALS

NOW_S = 200_000_000
MG = 1_000_000


def programme(microsteps: int = 50_000, entry: int = 7) -> Programme:
    """0.35 uL a step, 2 mg/mL, 26.25 mL/h."""
    programme = Programme()
    programme.number = 3
    programme.entry = entry
    programme.digest = b"digest!!"
    programme.microsteps = microsteps
    programme.rate_ul_per_h = 26_250
    programme.femtolitres_per_microstep = 350_000_000
    programme.concentration_ng_per_ml = 2 * MG
    return programme


def opened(memory: BenchMemory, now_s: int = NOW_S) -> DoseAccount:
    account = DoseAccount(memory)
    account.open(now_s, 3)
    return account


def refusal(account: DoseAccount, extra_ng: int, now_s: int = NOW_S) -> str:
    answer = account.ledger.may_give(100 * MG, account.open_ng(), extra_ng, (), now_s)
    return REFUSALS[answer].name


# ---- the account ------------------------------------------------------------------------------


@pytest.mark.requirement("TST-09", "PWR-08")
def test_a_programme_that_a_power_cut_ends_counts_once_with_its_high_end() -> None:
    """TST-09, PWR-08."""
    memory = BenchMemory()
    account = opened(memory)
    account.begin(programme(), bytes(8))
    account.checkpoint.microsteps = 10_000
    account.checkpoint.may_move = True
    account.checkpoint.store()
    again = opened(memory)
    total_ng = again.ledger.total_ng
    third = opened(memory)

    assert again.was_cut_short
    assert not third.was_cut_short
    checkpoint = third.checkpoint
    assert (checkpoint.number, checkpoint.digest) == (3, b"digest!!")
    assert checkpoint.ended_by == 1 + 3
    assert checkpoint.volume_low_nl() == 3_500_000
    assert 3_500_000 < checkpoint.volume_high_nl() <= 3_500_000 + 50_000
    assert total_ng == checkpoint.volume_high_nl() * 2
    assert third.ledger.total_ng == total_ng
    assert checkpoint.boot_count == 3


@pytest.mark.requirement("PWR-07")
def test_a_cut_at_any_byte_of_the_writes_that_end_a_programme_counts_it_once() -> None:
    given_ng = 10_000 * 350 * 2
    for cut in range(600):
        memory = BenchMemory()
        account = opened(memory)
        account.begin(programme(), bytes(8))
        account.checkpoint.microsteps = 10_000
        account.checkpoint.store()
        memory.left_bytes = cut
        with suppress(PowerCut):
            account.end(NOW_S)
            account.store_ledger()
            account.checkpoint.store()
        memory.restore_power()
        account = opened(memory)

        assert account.ledger.total_ng == given_ng, cut
        assert not account.ledger.is_lost


@pytest.mark.requirement("PWR-07")
def test_a_cut_at_any_byte_of_the_first_writes_loses_nothing() -> None:
    for cut in range(700):
        memory = BenchMemory()
        memory.left_bytes = cut
        with suppress(PowerCut):
            opened(memory)
        memory.restore_power()
        account = opened(memory)

        assert not account.ledger.is_lost, cut
        assert account.ledger.total_ng == 0


@pytest.mark.requirement("LIB-15", "LIB-18")
@pytest.mark.parametrize("address", [LEDGER_ADDRESS, CHECKPOINT_ADDRESS])
def test_totals_that_were_damaged_are_lost_until_new_patient(address: int) -> None:
    memory = BenchMemory()
    opened(memory)
    opened(memory)
    for offset in (20, 20 + 96, 20 + 224):
        if offset != 20 + 224 or address == LEDGER_ADDRESS:
            memory.content[address + offset] ^= 1
    account = opened(memory)

    assert refusal(account, 1) == "ledger_lost"
    account = opened(memory)
    assert refusal(account, 1) == "ledger_lost"
    assert account.new_patient(account.ledger.generation, NOW_S) == 0
    assert refusal(account, 100 * MG) == "none"
    assert refusal(opened(memory), 100 * MG) == "none"


@pytest.mark.requirement("LIB-15")
def test_a_memory_that_does_not_answer_leaves_nothing_known() -> None:
    memory = BenchMemory()
    memory.is_answering = False
    account = DoseAccount(memory)
    with pytest.raises(OSError, match="5"):
        account.open(NOW_S, 1)

    assert refusal(account, 1) == "ledger_lost"


@pytest.mark.requirement("LIB-15")
def test_the_programme_at_hand_counts_before_it_has_ended() -> None:
    account = opened(BenchMemory())
    account.begin(programme(), bytes(8))
    account.checkpoint.microsteps = 50_000

    assert account.open_ng() == account.total_ng() == 35 * MG
    assert refusal(account, 65 * MG) == "none"
    assert refusal(account, 65 * MG + 1) == "window_dose_hard"
    account.end(NOW_S)
    assert account.end(NOW_S) == 0
    assert account.total_ng() == 35 * MG


def test_a_programme_without_a_drug_counts_nothing() -> None:
    account = opened(BenchMemory())
    water = programme()
    water.concentration_ng_per_ml = 0
    account.begin(water, bytes(8))
    account.checkpoint.microsteps = 50_000

    assert account.end(NOW_S) == 0
    assert not account.is_ledger_due


# ---- new patient ------------------------------------------------------------------------------


@pytest.mark.requirement("LIB-13", "LIB-18")
def test_new_patient_clears_the_totals_that_were_read_and_no_others() -> None:
    """LIB-18."""
    memory = BenchMemory()
    account = opened(memory)
    account.ledger.add(7, 60 * MG, NOW_S)
    account.ledger.store()
    generation = account.ledger.generation

    assert REFUSALS[account.new_patient(generation - 1, NOW_S)].name == "wrong_generation"
    assert account.total_ng() == 60 * MG
    assert account.new_patient(generation, NOW_S) == 0
    assert account.total_ng() == 0
    assert account.new_patient(generation, NOW_S) == 0
    assert opened(memory).total_ng() == 0
    account.ledger.add(7, MG, NOW_S)
    assert REFUSALS[account.new_patient(generation, NOW_S)].name == "wrong_generation"


@pytest.mark.requirement("LIB-18")
def test_new_patient_that_cannot_be_stored_changes_nothing() -> None:
    memory = BenchMemory()
    account = opened(memory)
    account.ledger.add(7, 60 * MG, NOW_S)
    account.ledger.store()
    memory.is_answering = False
    with pytest.raises(OSError, match="5"):
        account.new_patient(account.ledger.generation, NOW_S)

    assert account.ledger.window_ng((), NOW_S) == account.total_ng() == 60 * MG


# ---- the window -------------------------------------------------------------------------------


def stored(ledger: Ledger, memory: BenchMemory) -> Ledger:
    """What another boot reads."""
    ledger.store()
    again = Ledger(memory)
    assert again.open()
    return again


@pytest.mark.requirement("LIB-15")
def test_a_dose_counts_for_24_hours_from_its_end() -> None:
    ledger = Ledger(BenchMemory())
    ledger.add(7, 60 * MG, NOW_S)

    assert ledger.window_ng((), NOW_S + WINDOW_S - 1) == 60 * MG
    assert ledger.window_ng((), NOW_S + WINDOW_S) == 0
    assert ledger.window_ng((), 0) == 60 * MG


@pytest.mark.requirement("LIB-15")
def test_a_clock_set_back_makes_the_window_longer() -> None:
    memory = BenchMemory()
    ledger = Ledger(memory)
    ledger.add(7, 60 * MG, NOW_S)
    ledger = stored(ledger, memory)
    ledger.observe(NOW_S - 5_000)
    ledger.add(7, 10 * MG, NOW_S - 5_000)

    assert ledger.window_ng((), NOW_S - 5_000 + WINDOW_S) == 70 * MG
    assert ledger.window_ng((), NOW_S + WINDOW_S) == 0


@pytest.mark.requirement("LIB-15")
def test_a_clock_that_lost_its_time_begins_the_window_anew() -> None:
    memory = BenchMemory()
    ledger = Ledger(memory)
    ledger.add(7, 60 * MG, NOW_S)
    ledger = stored(ledger, memory)
    ledger.observe(0)
    ledger = stored(ledger, memory)
    ledger.observe(NOW_S + 10 * WINDOW_S)

    assert ledger.window_ng((), NOW_S + 11 * WINDOW_S - 1) == 60 * MG
    assert ledger.window_ng((), NOW_S + 11 * WINDOW_S) == 0


@pytest.mark.requirement("LIB-15")
def test_doses_of_other_drugs_do_not_count_but_unknown_ones_do() -> None:
    ledger = Ledger(BenchMemory())
    ledger.add(7, 60 * MG, NOW_S)
    ledger.add(8, 3 * MG, NOW_S)

    assert ledger.window_ng((8,), NOW_S) == 60 * MG
    assert ledger.window_ng((7,), NOW_S) == 3 * MG


@pytest.mark.requirement("LIB-15")
@given(st.lists(st.tuples(st.integers(1, 40_000), st.integers(1, MG)), max_size=60))
def test_more_doses_than_places_only_make_the_window_longer(
    doses: list[tuple[int, int]],
) -> None:
    memory = BenchMemory()
    ledger = Ledger(memory)
    now_s = NOW_S
    given = []
    for span_s, mass_ng in doses:
        now_s += span_s
        given.append((now_s, mass_ng))
        ledger.add(7, mass_ng, now_s)
        ledger = stored(ledger, memory)
        due_ng = sum(mass for at_s, mass in given if now_s - at_s < WINDOW_S)

        assert ledger.count <= MAX_ITEMS
        assert ledger.window_ng((), now_s) >= due_ng
        assert len(given) > MAX_ITEMS or ledger.window_ng((), now_s) == due_ng
    assert ledger.total_ng == sum(mass for _, mass in given)
    assert ledger.episode_count == len(given)
    assert ledger.window_ng((), now_s + WINDOW_S) == 0


@pytest.mark.requirement("LIB-15")
def test_doses_that_became_one_count_from_the_later_of_them() -> None:
    ledger = Ledger(BenchMemory())
    for at_s in range(MAX_ITEMS + 1):
        ledger.add(7, MG, NOW_S + at_s)

    assert ledger.window_ng((), NOW_S + WINDOW_S) == (MAX_ITEMS + 1) * MG
    assert ledger.window_ng((), NOW_S + WINDOW_S + 1) == (MAX_ITEMS - 1) * MG


@pytest.mark.requirement("LIB-15")
def test_doses_that_became_one_without_a_clock_count_for_ever() -> None:
    ledger = Ledger(BenchMemory())
    for _ in range(MAX_ITEMS + 1):
        ledger.add(7, MG, 0)

    assert ledger.window_ng((), NOW_S + 100 * WINDOW_S) == (MAX_ITEMS + 1) * MG


@pytest.mark.requirement("LIB-15")
def test_doses_that_became_one_count_for_every_drug() -> None:
    ledger = Ledger(BenchMemory())
    for entry in range(1, MAX_ITEMS + 2):
        ledger.add(entry, MG, NOW_S)

    assert ledger.window_ng(tuple(range(1, 30)), NOW_S) == 2 * MG
    assert ledger_module.ANY_ENTRY == 0


# ---- the check-point --------------------------------------------------------------------------


@given(st.integers(100, 1_200_000), st.integers(1_000_000, 4_000_000_000))
def test_the_interval_is_a_second_or_a_fiftieth_of_a_millilitre(rate: int, fl: int) -> None:
    interval = interval_microsteps(rate, fl)
    second_fl = rate * 10**9 // 3_600

    assert interval == 1 or (interval - 1) * fl <= second_fl
    assert interval == 1 or interval * fl <= INTERVAL_NL * 10**6
    queued_fl = 2 * second_fl * 80 // 1_000
    assert 0 <= (margin_microsteps(rate, fl) - interval) * fl - queued_fl <= 6 * fl


@pytest.mark.requirement("TST-09")
def test_the_high_end_is_never_above_what_was_ordered() -> None:
    checkpoint = Checkpoint(BenchMemory())
    checkpoint.adopt(programme(microsteps=10_005), bytes(8))
    checkpoint.may_move = True
    checkpoint.microsteps = 10_000

    assert checkpoint.high_microsteps() == 10_005
    checkpoint.may_move = False
    assert checkpoint.high_microsteps() == 10_000


@pytest.mark.requirement("OCC-06", "LIB-15")
def test_more_drawn_back_than_given_reads_back_as_such_and_counts_as_nothing() -> None:
    memory = BenchMemory()
    account = opened(memory)
    account.begin(programme(), bytes(8))
    account.checkpoint.microsteps = -7
    account.checkpoint.store()
    read = Checkpoint(memory)
    assert read.open()

    assert read.microsteps == -7
    for checkpoint in (account.checkpoint, read):
        assert checkpoint.low_microsteps() == checkpoint.high_microsteps() == 0
        assert checkpoint.volume_low_nl() == checkpoint.volume_high_nl() == 0
        assert checkpoint.mass_high_ng() == 0
    assert account.open_ng() == 0
    read.may_move = True
    assert read.high_microsteps() == read.margin_microsteps - 7


@pytest.mark.requirement("PWR-08")
def test_a_check_point_reads_as_it_was_written() -> None:
    """ALM-20."""
    memory = BenchMemory()
    written = Checkpoint(memory)
    written.adopt(programme(), b"library!")
    for index, name in enumerate(("clock_s", "episode", "state", "stop_reason", "checklist")):
        setattr(written, name, 3 + index)
    written.alarms_low = (1 << 30) - 1
    written.alarms_high = 1 << 29
    written.microsteps = 12_345
    written.may_move = True
    written.store()
    read = Checkpoint(memory)
    assert read.open()

    plain = {name: value for name, value in vars(written).items() if name[0] != "_"}
    assert {name: getattr(read, name) for name in plain} == plain | {"microsteps_stored": 0}
