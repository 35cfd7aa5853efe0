"""Condition, occurrence, signal: latching, acknowledgement, audio pause, priorities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumpcore import alarms, limits
from pumpcore.alarms import ALARMS, HIGH, LOW, MEDIUM
from pumpcore.occurrence import Occurrences

TICK_MS = 20
OCCLUSION = alarms.OCCLUSION_DOWNSTREAM
BARREL = alarms.BARREL_OPEN
LINK = alarms.LINK_LOST
NEAR_END = alarms.NEAR_END
ALL = sum(1 << alarm.ident for alarm in ALARMS)
LATCHING = [1 << alarm.ident for alarm in ALARMS if alarm.is_latching]
PASSING = [1 << alarm.ident for alarm in ALARMS if not alarm.is_latching]
_WORD = (1 << alarms.IDENTS_PER_WORD) - 1


def update(occurrences: Occurrences, bits: int, elapsed_ms: int) -> int:
    """Both words at once; what began of the lower one."""
    return occurrences.update(bits & _WORD, bits >> alarms.IDENTS_PER_WORD, elapsed_ms)


def active(occurrences: Occurrences) -> int:
    return occurrences.lower.active | occurrences.upper.active << alarms.IDENTS_PER_WORD


def acknowledged(occurrences: Occurrences) -> int:
    upper = occurrences.upper.acknowledged << alarms.IDENTS_PER_WORD
    return occurrences.lower.acknowledged | upper


def stopping(occurrences: Occurrences) -> int:
    return occurrences.lower.stopping | occurrences.upper.stopping << alarms.IDENTS_PER_WORD


@pytest.mark.requirement("ALM-12")
@pytest.mark.parametrize("bit", LATCHING)
def test_a_latching_alarm_lasts_until_it_is_gone_and_acknowledged(bit: int) -> None:
    occurrences = Occurrences()
    assert update(occurrences, bit, TICK_MS) == bit & _WORD
    assert update(occurrences, 0, TICK_MS) == 0
    assert active(occurrences) == bit
    occurrences.acknowledge()
    update(occurrences, 0, TICK_MS)

    assert active(occurrences) == 0
    assert stopping(occurrences) == 0


@pytest.mark.parametrize("bit", LATCHING)
def test_an_acknowledged_alarm_lasts_as_long_as_its_condition(bit: int) -> None:
    occurrences = Occurrences()
    update(occurrences, bit, TICK_MS)
    occurrences.acknowledge()
    for _ in range(100):
        assert update(occurrences, bit, TICK_MS) == 0
        assert active(occurrences) == bit
        assert occurrences.sound_priority() == 0
    update(occurrences, 0, TICK_MS)

    assert active(occurrences) == 0


@pytest.mark.parametrize("bit", LATCHING)
def test_what_returns_after_it_was_acknowledged_and_gone_is_a_further_occurrence(
    bit: int,
) -> None:
    occurrences = Occurrences()
    update(occurrences, bit, TICK_MS)
    occurrences.acknowledge()
    update(occurrences, 0, TICK_MS)

    assert update(occurrences, bit, TICK_MS) == bit & _WORD
    assert occurrences.sound_priority() == HIGH
    update(occurrences, 0, TICK_MS)
    assert active(occurrences) == bit


@pytest.mark.parametrize("bit", PASSING)
def test_other_alarms_end_with_their_condition(bit: int) -> None:
    occurrences = Occurrences()
    update(occurrences, bit, TICK_MS)
    assert active(occurrences) == bit
    update(occurrences, 0, TICK_MS)

    assert active(occurrences) == 0


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_what_stops_is_in_the_table(alarm: alarms.Alarm) -> None:
    occurrences = Occurrences()
    update(occurrences, 1 << alarm.ident, TICK_MS)

    assert (stopping(occurrences) != 0) == alarm.stops
    assert occurrences.light_priority() == alarm.priority
    assert occurrences.sound_priority() == alarm.priority


@pytest.mark.requirement("ALM-11")
@given(st.lists(st.integers(0, ALL), max_size=30))
def test_the_highest_priority_drives_light_and_sound_in_any_order(steps: list[int]) -> None:
    """The others stay listed."""
    occurrences = Occurrences()
    for drawn in steps:
        conditions = drawn & ALL
        update(occurrences, conditions, TICK_MS)
        highest = max(
            (a.priority for a in ALARMS if active(occurrences) >> a.ident & 1), default=0
        )

        assert active(occurrences) & conditions == conditions
        assert highest == occurrences.light_priority() == occurrences.sound_priority()


@pytest.mark.requirement("ALM-12", "DES-06")
@given(st.lists(st.tuples(st.integers(0, ALL), st.booleans()), max_size=60))
def test_no_stopping_condition_ever_leaves_the_plunger_free(
    steps: list[tuple[int, bool]],
) -> None:
    """A stop lasts at least as long as its condition, and until a person has seen it."""
    occurrences = Occurrences()
    stopping_mask = sum(1 << alarm.ident for alarm in ALARMS if alarm.stops)
    unseen = 0
    for conditions, acknowledges in steps:
        if acknowledges:
            occurrences.acknowledge()
            unseen = 0
        update(occurrences, conditions, TICK_MS)
        unseen |= conditions & stopping_mask & ~acknowledged(occurrences)

        assert stopping(occurrences) & conditions & stopping_mask == conditions & stopping_mask
        assert stopping(occurrences) & unseen == unseen


@pytest.mark.requirement("ALM-08")
def test_acknowledging_silences_but_the_light_goes_on() -> None:
    occurrences = Occurrences()
    update(occurrences, OCCLUSION, TICK_MS)
    occurrences.acknowledge()
    update(occurrences, OCCLUSION, TICK_MS)

    assert occurrences.sound_priority() == 0
    assert occurrences.light_priority() == HIGH


@pytest.mark.requirement("ALM-09")
def test_a_further_alarm_sounds_after_an_acknowledgement() -> None:
    occurrences = Occurrences()
    update(occurrences, OCCLUSION, TICK_MS)
    occurrences.acknowledge()
    update(occurrences, OCCLUSION | LINK, TICK_MS)

    assert occurrences.sound_priority() == MEDIUM
    assert occurrences.light_priority() == HIGH


@pytest.mark.requirement("ALM-08")
def test_an_audio_pause_ends_after_two_minutes_and_cannot_be_renewed_while_it_runs() -> None:
    """At most 120 s, whatever is pressed."""
    occurrences = Occurrences()
    update(occurrences, OCCLUSION, TICK_MS)
    occurrences.pause_audio()
    silent_ms = 0
    while occurrences.sound_priority() == 0:
        occurrences.pause_audio()
        assert occurrences.light_priority() == HIGH
        update(occurrences, OCCLUSION, TICK_MS)
        silent_ms += TICK_MS

    assert silent_ms == limits.AUDIO_PAUSE_MS == 120_000


def test_an_odd_tick_ends_the_pause_too() -> None:
    occurrences = Occurrences()
    update(occurrences, OCCLUSION, TICK_MS)
    occurrences.pause_audio()
    update(occurrences, OCCLUSION, limits.AUDIO_PAUSE_MS + 1)

    assert occurrences.audio_pause_left_ms == 0
    assert occurrences.sound_priority() == HIGH


@pytest.mark.requirement("ALM-09")
@pytest.mark.parametrize("bit", [BARREL, LINK])
def test_a_further_high_or_medium_alarm_breaks_through_the_pause(bit: int) -> None:
    """At once."""
    occurrences = Occurrences()
    update(occurrences, OCCLUSION, TICK_MS)
    occurrences.pause_audio()
    update(occurrences, OCCLUSION, TICK_MS)
    assert occurrences.sound_priority() == 0
    update(occurrences, OCCLUSION | bit, TICK_MS)

    assert occurrences.sound_priority() == HIGH
    assert occurrences.audio_pause_left_ms == 0


def test_a_further_low_alarm_waits_for_the_end_of_the_pause() -> None:
    occurrences = Occurrences()
    update(occurrences, LINK, TICK_MS)
    occurrences.pause_audio()
    update(occurrences, LINK | NEAR_END, TICK_MS)

    assert occurrences.sound_priority() == 0
    assert occurrences.audio_pause_left_ms == limits.AUDIO_PAUSE_MS - TICK_MS


@pytest.mark.requirement("ALM-08")
def test_there_is_no_pause_in_advance() -> None:
    occurrences = Occurrences()
    occurrences.pause_audio()
    assert occurrences.audio_pause_left_ms == 0
    update(occurrences, OCCLUSION, TICK_MS)
    occurrences.acknowledge()
    occurrences.pause_audio()

    assert occurrences.audio_pause_left_ms == 0


@pytest.mark.requirement("SEC-08")
def test_a_programme_can_make_a_lost_link_stop_latch_and_be_high() -> None:
    occurrences = Occurrences()
    occurrences.lower.also_stopping(LINK)
    update(occurrences, LINK, TICK_MS)
    assert stopping(occurrences) == LINK
    assert occurrences.light_priority() == HIGH
    update(occurrences, 0, TICK_MS)
    assert stopping(occurrences) == LINK
    occurrences.acknowledge()
    update(occurrences, 0, TICK_MS)
    assert stopping(occurrences) == 0
    occurrences.lower.also_stopping(0)
    update(occurrences, LINK, TICK_MS)

    assert stopping(occurrences) == 0
    assert occurrences.light_priority() == MEDIUM
    update(occurrences, 0, TICK_MS)
    assert occurrences.light_priority() == 0


def test_low_alone_is_low() -> None:
    occurrences = Occurrences()
    update(occurrences, NEAR_END, TICK_MS)

    assert occurrences.light_priority() == LOW


@pytest.mark.requirement("ALM-08")
@pytest.mark.parametrize("lasts", [True, False], ids=["it lasts", "it is gone"])
@pytest.mark.parametrize("elapsed_ms", [20, 21, 33])
def test_after_a_pause_that_ran_out_the_next_one_is_given(elapsed_ms: int, *, lasts: bool) -> None:
    """Ticks of any length, and with nothing left to silence."""
    occurrences = Occurrences()
    update(occurrences, NEAR_END, elapsed_ms)
    occurrences.pause_audio()
    for _ in range(limits.AUDIO_PAUSE_MS // elapsed_ms + 1):
        update(occurrences, NEAR_END if lasts else 0, elapsed_ms)
    update(occurrences, NEAR_END, elapsed_ms)
    assert occurrences.sound_priority() != 0
    occurrences.pause_audio()

    assert occurrences.sound_priority() == 0
    assert occurrences.audio_pause_left_ms == limits.AUDIO_PAUSE_MS


@pytest.mark.requirement("ALM-08")
def test_a_pause_lasts_to_the_millisecond() -> None:
    occurrences = Occurrences()
    update(occurrences, NEAR_END, 0)
    occurrences.pause_audio()
    update(occurrences, NEAR_END, limits.AUDIO_PAUSE_MS - 1)
    assert occurrences.sound_priority() == 0
    update(occurrences, NEAR_END, 1)

    assert occurrences.sound_priority() != 0


@pytest.mark.requirement("ALM-09")
@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_what_begins_in_either_word_breaks_a_pause_by_its_priority(alarm: alarms.Alarm) -> None:
    """Whatever else is there."""
    bit = 1 << alarm.ident
    for others in (NEAR_END, NEAR_END | alarms.SYRINGE_LOW_UPPER << alarms.IDENTS_PER_WORD):
        if others & bit:
            continue
        occurrences = Occurrences()
        update(occurrences, others, TICK_MS)
        occurrences.pause_audio()
        update(occurrences, others | bit, TICK_MS)

        assert (occurrences.sound_priority() == 0) == (alarm.priority == LOW)


@pytest.mark.requirement("ALM-12")
@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_what_stops_waits_to_be_seen(alarm: alarms.Alarm) -> None:
    occurrences = Occurrences()
    assert not occurrences.is_stopping()
    assert not occurrences.stops_unseen()
    update(occurrences, 1 << alarm.ident, TICK_MS)
    assert occurrences.is_stopping() == occurrences.stops_unseen() == alarm.stops
    occurrences.acknowledge()
    assert occurrences.is_stopping() == alarm.stops
    assert not occurrences.stops_unseen()
    occurrences.pause_audio()

    assert occurrences.audio_pause_left_ms == 0


@pytest.mark.requirement("TST-05")
@pytest.mark.parametrize("name", ["active", "stopping", "stopping_mask"])
@pytest.mark.parametrize("word", ["lower", "upper"])
@pytest.mark.parametrize("bit", range(30))
def test_a_bit_that_flips_is_found_in_either_word(name: str, word: str, bit: int) -> None:
    occurrences = Occurrences()
    update(occurrences, ALL, TICK_MS)
    assert occurrences.is_sound()
    part = getattr(occurrences, word)
    setattr(part, name, getattr(part, name) ^ 1 << bit)

    assert not occurrences.is_sound()


def test_quiet_ticks_begin_nothing() -> None:
    assert [update(Occurrences(), 0, TICK_MS) for _ in range(3)] == [0] * 3
