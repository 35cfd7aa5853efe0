"""What goes in and out of a tick, at rest."""

import pytest

from pumpcore.board.mechanism import MAX_STEP_RATE_HZ
from pumpcore.pacer import LEAD_CYCLES, MAX_WORD_CYCLES, PIO_HZ
from pumpcore.tick_io import MAX_WORDS, Inputs, Outputs

pytestmark = pytest.mark.requirement("DES-06")


@pytest.mark.requirement("TST-03")
def test_outputs_begin_standing_still_silent_and_dark() -> None:
    outputs = Outputs()

    assert outputs.abort
    assert not outputs.may_enable
    assert outputs.word_count == 0
    assert len(outputs.words) == MAX_WORDS
    assert not any((outputs.tone_on, outputs.red_on, outputs.green_on, outputs.blue_on))


def test_inputs_begin_at_rest() -> None:
    assert set(vars(Inputs()).values()) == {0}


def test_there_is_room_for_the_longest_queue_at_the_highest_step_rate_of_any_profile() -> None:
    queue_cycles = LEAD_CYCLES + MAX_WORD_CYCLES

    # One word a step there; the driver joins a tick's words to what is left of the last.
    assert queue_cycles * MAX_STEP_RATE_HZ // PIO_HZ < MAX_WORDS
