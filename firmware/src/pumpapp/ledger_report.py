"""The message `ledger`: what a recorder knows of doses, and of the last programme."""

from pumpapp.recorder import Recorder

HAS_FAILED = 1
IS_LOST = 2
IS_OPEN = 4


def values_of(recorder: Recorder, request_id: int) -> list:
    """Its fields, in order; volumes as they are known at the last tick."""
    account = recorder.account
    ledger = account.ledger
    checkpoint = account.checkpoint
    now_s = recorder.clock.now_s
    flags = HAS_FAILED if recorder.has_failed else 0
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
        recorder.journal.next_sequence,
        recorder.failure_count,
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
