"""The pump's own ledger of sessions: none too soon, whatever the host, its clock and its names."""

from itertools import pairwise

import pytest
from core.memory_bench import BenchMemory
from core.pico import named
from hypothesis import given
from hypothesis import strategies as st

from pumpcore.programme import NO_LIBRARY, Programme
from pumpcore.session_ledger import MAX_ROWS, MAX_SESSION_S, SessionLedger
from pumpcore.vital_signs import NOT_TAKEN, VitalSigns

pytestmark = pytest.mark.requirement("KET-08")

DAY_S = 86_400
NOW_S = 200_000_000
DOSE_NG = 35_000_000
ENTRY = 1
ANNA = b"anna----"
BODO = b"bodo----"


def programme(
    patient: bytes = ANNA, mass_ng: int = DOSE_NG, spacing_s: int = DAY_S, entry: int = ENTRY
) -> Programme:
    wanted = Programme()
    wanted.entry = entry
    wanted.patient = patient
    wanted.mass_ng = mass_ng
    wanted.spacing_s = spacing_s
    return wanted


class Ledger:
    """A ledger that is stored after each change, and the episodes that it counts."""

    def __init__(self) -> None:
        """Nothing given yet."""
        self.memory = BenchMemory()
        self.sessions = SessionLedger(self.memory)
        self.sessions.open()
        self.episode = 0

    def asked(self, now_s: int, wanted: Programme, others: tuple[int, ...] = ()) -> str:
        return named(
            self.sessions.may_begin(
                wanted.spacing_s, others, wanted.patient, wanted.mass_ng, now_s
            )
        )

    def give(self, now_s: int, wanted: Programme, given_ng: int | None = None) -> None:
        self.sessions.begin(wanted, (), self.episode, now_s)
        given_ng = wanted.mass_ng if given_ng is None else given_ng
        self.sessions.end(wanted.entry, given_ng, self.episode, now_s)
        self.episode += 1
        self.sessions.store()

    def reopened(self) -> SessionLedger:
        again = SessionLedger(self.memory)
        assert again.open()
        return again


def test_a_day_must_pass_from_start_to_start() -> None:
    ledger = Ledger()
    assert ledger.asked(NOW_S, programme()) == "none"
    ledger.give(NOW_S, programme())

    assert ledger.asked(NOW_S + 3_600, programme()) == "spacing"
    assert ledger.asked(NOW_S + DAY_S - 1, programme()) == "spacing"
    assert ledger.asked(NOW_S + DAY_S, programme()) == "none"


def test_it_outlives_the_power() -> None:
    ledger = Ledger()
    ledger.give(NOW_S, programme())
    again = ledger.reopened()

    assert again.session_count == 1
    assert again.row(0) == ledger.sessions.row(0)
    assert named(again.may_begin(DAY_S, (), ANNA, DOSE_NG, NOW_S + 10)) == "spacing"


def test_a_clock_that_is_set_back_makes_no_session_older() -> None:
    ledger = Ledger()
    ledger.give(NOW_S, programme())

    assert ledger.asked(NOW_S - 30 * DAY_S, programme()) == "spacing"


def test_without_the_time_nothing_that_is_spaced_begins() -> None:
    assert Ledger().asked(0, programme()) == "spacing_unknown"
    assert Ledger().asked(0, programme(spacing_s=0)) == "none"


def test_what_began_at_no_known_time_counts_from_the_first_that_is_known() -> None:
    ledger = Ledger()
    ledger.give(0, programme())
    ledger.sessions.observe(NOW_S)

    assert ledger.asked(NOW_S + DAY_S - 1, programme()) == "spacing"
    assert ledger.asked(NOW_S + DAY_S, programme()) == "none"


def test_another_name_for_the_patient_changes_nothing() -> None:
    ledger = Ledger()
    ledger.give(NOW_S, programme(ANNA))

    assert ledger.asked(NOW_S + 3_600, programme(BODO)) == "spacing"
    assert ledger.asked(NOW_S + 3_600, programme(NO_LIBRARY)) == "spacing"


def test_after_new_patient_only_sessions_of_the_same_name_count() -> None:
    ledger = Ledger()
    ledger.give(NOW_S, programme(ANNA))
    ledger.sessions.clear()

    assert ledger.asked(NOW_S + 3_600, programme(BODO)) == "none"
    assert ledger.asked(NOW_S + 3_600, programme(NO_LIBRARY)) == "none"
    assert ledger.asked(NOW_S + MAX_SESSION_S + 1, programme(ANNA)) == "spacing"


def test_another_drug_s_sessions_do_not_count() -> None:
    ledger = Ledger()
    ledger.give(NOW_S, programme(entry=2))

    assert ledger.asked(NOW_S + 3_600, programme(), others=(2,)) == "none"
    assert ledger.asked(NOW_S + 3_600, programme(), others=()) == "spacing"


@pytest.mark.requirement("KET-14")
def test_the_rest_of_a_dose_belongs_to_its_session_for_four_hours() -> None:
    ledger = Ledger()
    ledger.give(NOW_S, programme(), given_ng=20_000_000)

    rest = programme(mass_ng=15_000_000)
    assert ledger.asked(NOW_S + 3_000, programme()) == "remaining_dose"
    assert ledger.asked(NOW_S + 3_000, programme(mass_ng=15_176_000)) == "remaining_dose"
    assert ledger.asked(NOW_S + 3_000, rest) == "none"
    assert ledger.asked(NOW_S + MAX_SESSION_S + 1, rest) == "spacing"
    ledger.give(NOW_S + 3_000, rest)
    assert ledger.sessions.session_count == 1
    assert ledger.sessions.row(0).given_ng == DOSE_NG
    assert ledger.asked(NOW_S + 6_000, programme(mass_ng=1_000_000)) == "spacing"


def test_a_session_that_gave_nothing_is_none() -> None:
    ledger = Ledger()
    ledger.give(NOW_S, programme(), given_ng=0)

    assert ledger.sessions.count == 0
    assert ledger.sessions.session_count == 1
    assert ledger.asked(NOW_S + 60, programme()) == "none"


def test_what_was_cut_short_before_it_was_written_is_somebody_s() -> None:
    ledger = Ledger()
    assert ledger.sessions.end(ENTRY, 1_000, 7, NOW_S)
    assert not ledger.sessions.end(ENTRY, 0, 8, NOW_S)

    assert ledger.asked(NOW_S + MAX_SESSION_S + 1, programme()) == "spacing"


def test_more_sessions_than_there_are_rows_are_refused_rather_than_forgotten() -> None:
    ledger = Ledger()
    for index in range(MAX_ROWS + 1):
        patient = b"%08d" % (10_000_000 * (index + 1))
        ledger.sessions.clear()
        at_s = NOW_S + index * 7_200
        assert ledger.asked(at_s, programme(patient)) == "none"
        ledger.give(at_s, programme(patient))
    ledger.sessions.clear()

    assert ledger.asked(NOW_S + 60_000, programme(b"somebody")) == "spacing"
    assert ledger.asked(NOW_S + 7_200 + DAY_S, programme(b"somebody")) == "none"


MOMENTS = st.tuples(
    st.integers(60, 40 * 3_600), st.integers(0, 3 * DAY_S), st.sampled_from([ANNA, BODO])
)


@given(st.lists(MOMENTS, min_size=2, max_size=30))
def test_no_two_sessions_are_closer_than_a_day_whatever_the_names_and_a_clock_set_back(
    attempts: list[tuple[int, int, bytes]],
) -> None:
    """Nobody has given NEW PATIENT; the clock is set back again and again, and never forward."""
    ledger = Ledger()
    now_s = NOW_S
    behind_s = 0
    starts_s = []
    for wait_s, set_back_s, patient in attempts:
        now_s += wait_s
        behind_s += set_back_s
        clock_s = now_s - behind_s
        wanted = programme(patient)
        if ledger.asked(clock_s, wanted) == "none":
            ledger.give(clock_s, wanted)
            starts_s.append(now_s)

    assert all(later - earlier >= DAY_S for earlier, later in pairwise(starts_s))


def test_an_episode_is_booked_once_whenever_the_power_fails() -> None:
    ledger = Ledger()
    ledger.sessions.begin(programme(), (), 7, NOW_S)
    assert ledger.sessions.end(ENTRY, 20_000_000, 7, NOW_S)
    ledger.sessions.store()
    # The ledger of doses was not written any more: after the reset it ends once more.
    again = ledger.reopened()

    assert not again.end(ENTRY, 20_000_000, 7, NOW_S)
    assert again.row(0).given_ng == 20_000_000


def test_what_the_programme_at_hand_has_given_is_no_rest() -> None:
    ledger = Ledger()
    ledger.sessions.begin(programme(), (), 0, NOW_S)
    asked = [
        named(ledger.sessions.may_begin(DAY_S, (), ANNA, mass_ng, NOW_S + 60, 20_000_000))
        for mass_ng in (15_000_000, 20_000_000, DOSE_NG)
    ]

    assert asked == ["none", "remaining_dose", "remaining_dose"]


def test_many_short_sessions_of_one_patient_are_nobody_else_s() -> None:
    ledger = Ledger()
    for number in range(MAX_ROWS + 3):
        ledger.give(NOW_S + number * 60, programme(spacing_s=0))
    ledger.sessions.clear()

    assert ledger.asked(NOW_S + DAY_S // 2, programme(BODO)) == "none"
    assert ledger.asked(NOW_S + DAY_S // 2, programme(ANNA)) != "none"


@pytest.mark.requirement("KET-10", "KET-11")
def test_signs_outlive_the_power_and_not_the_patient() -> None:
    ledger = Ledger()
    signs = VitalSigns(190, 115, 70, 98, 4)
    ledger.sessions.signs = signs
    ledger.sessions.is_overridden = True
    ledger.sessions.store()
    again = ledger.reopened()
    assert (again.signs, again.is_overridden) == (signs, True)
    again.clear()
    again.store()

    last = ledger.reopened()
    assert (last.signs, last.is_overridden) == (NOT_TAKEN, False)
