"""Where findings come from when nobody types them: a file, or an auto operator's imagination."""

from collections.abc import Sequence

from evenflow.session.finding import AUTO_OPERATOR, Finding
from evenflow.session.rounds import BASELINE, INFUSION, Round
from evenflow.session.vitals_file import Timed
from pumpcore import units
from pumpcore.vital_signs import SEDATION, VitalSigns

_ALERT = SEDATION.index("alert")
_AT_REST = VitalSigns(121, 77, 67, 98, _ALERT)
# A sub-anaesthetic dose raises pressure and heart rate a little.
_DURING = VitalSigns(132, 83, 76, 97, _ALERT)
# A cuff takes its time.
_MEASURING_US = 20 * units.US_PER_S


class FromFile:
    """The findings of a file, each once, when its time has come."""

    def __init__(self, timed: Sequence[Timed]) -> None:
        """Of one session."""
        self._waiting = list(timed)

    @property
    def left_count(self) -> int:
        """Of them, those whose time has not come."""
        return len(self._waiting)

    def baseline(self) -> Finding | None:
        """What was found before START; None if the file does not say."""
        is_there = bool(self._waiting) and self._waiting[0].at_us is None
        return self._waiting.pop(0).finding if is_there else None

    def due(
        self, since_start_us: int | None, open_round: Round | None, now_us: int
    ) -> list[Finding]:
        """Those that are to be entered by now."""
        del open_round, now_us
        found = []
        while since_start_us is not None and self._waiting:
            at_us = self._waiting[0].at_us
            if at_us is not None and at_us > since_start_us:
                break
            found.append(self._waiting.pop(0).finding)
        return found


class MadeUp:
    """Signs of somebody healthy, who is nobody, twenty seconds after they were asked for."""

    left_count = 0

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._answered: Round | None = None

    def baseline(self) -> Finding | None:
        """At rest."""
        return Finding(AUTO_OPERATOR, _AT_REST)

    def due(
        self, since_start_us: int | None, open_round: Round | None, now_us: int
    ) -> list[Finding]:
        """What answers the round that is open."""
        del since_start_us
        one = open_round
        if one is None or one is self._answered or one.phase == BASELINE:
            return []
        if now_us - one.due_us < _MEASURING_US:
            return []
        self._answered = one
        return [Finding(AUTO_OPERATOR, _DURING if one.phase == INFUSION else _AT_REST)]


class Nobody:
    """Nothing comes by itself: a person types it."""

    left_count = 0

    def baseline(self) -> Finding | None:
        """None."""
        return None

    def due(
        self, since_start_us: int | None, open_round: Round | None, now_us: int
    ) -> list[Finding]:
        """Nothing."""
        del since_start_us, open_round, now_us
        return []


Source = FromFile | MadeUp | Nobody
