"""What a recorder tells the host: the fields of `ledger` and of `journal_page`."""

from pumpcore._compat import TYPE_CHECKING
from pumpcore.journal_record import RECORD_BYTES
from pumpcore.programme import Refused
from pumpcore.wire.messages import KIND_ORDER, by_name

if TYPE_CHECKING:
    from pumpapp.recorder import Recorder

HAS_FAILED = 1
IS_LOST = 2
IS_OPEN = 4


class Report:
    """Made once; commands ask."""

    def __init__(self, recorder: "Recorder") -> None:
        """Of that recorder."""
        self._recorder = recorder
        kinds = by_name("journal_page").kinds
        count = sum([1 for kind in kinds if KIND_ORDER[kind].name == "b%d" % RECORD_BYTES])
        self._raw = [bytearray(RECORD_BYTES) for _ in range(count)]

    def journal_page(self, request_id: int, first: int) -> list:
        """Records from `first` on, or from the oldest; Refused if the memory is mute."""
        journal = self._recorder.journal
        oldest = journal.oldest_sequence()
        first = max(first, oldest)
        count = min(max(journal.next_sequence - first, 0), len(self._raw))
        try:
            for index in range(count):
                journal.read_into(first + index, self._raw[index])
        except OSError as error:
            raise Refused("memory_failed") from error
        values: list = [request_id, oldest, journal.next_sequence, first, count]
        values.extend(self._raw)
        return values

    def session_page(self, request_id: int) -> list:
        """The newest sessions, the newest first."""
        sessions = self._recorder.account.sessions
        count = min(sessions.count, len(self._raw))
        for index in range(count):
            sessions.copy_row(sessions.count - 1 - index, self._raw[index])
        values: list = [request_id, sessions.session_count, sessions.cleared_count, count]
        values.extend(self._raw)
        return values

    def ledger(self, request_id: int) -> list:
        """Totals, and the last programme; volumes as they were at the last tick."""
        account = self._recorder.account
        ledger = account.ledger
        checkpoint = account.checkpoint
        now_s = self._recorder.clock.now_s
        flags = HAS_FAILED if self._recorder.has_failed else 0
        if ledger.is_lost:
            flags |= IS_LOST
        if checkpoint.is_open:
            flags |= IS_OPEN
        return [
            request_id,
            ledger.generation,
            flags,
            account.total_ng(),
            ledger.window_ng((), now_s) + account.open_ng(),
            ledger.episode_count,
            now_s,
            checkpoint.boot_count,
            self._recorder.journal.next_sequence,
            self._recorder.failure_count,
            checkpoint.number,
            checkpoint.entry,
            checkpoint.digest,
            checkpoint.library,
            checkpoint.state,
            checkpoint.stop_reason,
            checkpoint.ended_by,
            checkpoint.volume_low_nl(),
            checkpoint.volume_high_nl(),
            checkpoint.alarms_low,
            checkpoint.alarms_high,
        ]
