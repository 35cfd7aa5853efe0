"""Makes rows durable in a thread of its own, so that a slow disk never stalls a link.

All recorders of a store share one, and what waits together is committed together. What the store
refuses stays in the queue and is tried again every second, rows that came in after all left as
they are; so a disk that was full or a server that was away costs nothing once it is back. The
queue is bounded: what does not fit is refused by name, and from there on that record ends.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, Table
from sqlalchemy.exc import SQLAlchemyError

from evenflow.errors import CheckFailed
from evenflow.telemetry.copying import copy_rows
from evenflow.telemetry.tables import CHAINED, SESSION

# Two hours and a half of one pump, or a minute of a hundred.
MAX_WAITING_ROWS = 20_000
RETRY_S = 1.0
SLOW = "record_slow"
# A store that has not answered for so long is told.
SLOW_S = 3.0
# What comes in within so long is one commit.
GATHER_S = 0.1

Row = dict[str, object]
_HINT = "the pump goes on; check space, rights and speed of the disk, or the server"


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one session, and perhaps how it ended."""

    rows: Mapping[Table, list[Row]]
    session_id: str = ""
    ending: Row | None = None

    @property
    def row_count(self) -> int:
        """Of all tables."""
        return sum(map(len, self.rows.values()))


class Writer:
    """Of one store; the thread begins with the first piece."""

    def __init__(
        self, engine: Engine, name: str, unusable: Callable[[Exception], CheckFailed]
    ) -> None:
        """`unusable` words the store's errors."""
        self._engine = engine
        self._name = name
        self._unusable = unusable
        self._state = threading.Condition()
        self._waiting: deque[tuple[Piece, float]] = deque()
        self._waiting_count = 0
        self._put_count = 0
        self._durable_count = 0
        self._attempt_count = 0
        self._failure: CheckFailed | None = None
        self._is_hurried = self._is_closing = False
        self._thread: threading.Thread | None = None

    @property
    def trouble(self) -> CheckFailed | None:
        """Why what waits is not durable: the store refuses it, or does not answer."""
        with self._state:
            if self._failure is not None:
                return self._failure
            since_s = time.monotonic() - self._waiting[0][1] if self._waiting else 0.0
        return self._slow(since_s) if since_s > SLOW_S else None

    def put(self, piece: Piece) -> int:
        """Have it written, and return at once; CheckFailed if too much waits already.

        What `wait` takes.
        """
        with self._state:
            if self._is_closing:
                raise CheckFailed("record_lost", f"{self._name}: is closed", "open it again")
            if self._waiting_count + piece.row_count > MAX_WAITING_ROWS:
                reason = f"{self._name}: {self._waiting_count} rows wait to be written"
                why = f": {self._failure.reason}" if self._failure is not None else ""
                raise CheckFailed("record_lost", f"{reason}, and no more are taken{why}", _HINT)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name=f"writer of {self._name}", daemon=True
                )
                self._thread.start()
            self._waiting.append((piece, time.monotonic()))
            self._waiting_count += piece.row_count
            self._put_count += 1
            self._state.notify_all()
            return self._put_count

    def wait(self, ticket: int, within_s: float) -> None:
        """Until that piece is durable; CheckFailed if the store refuses it, or takes longer."""
        with self._state:
            # An attempt that is under way may be without the piece.
            last_attempt = self._attempt_count + 2
            self._is_hurried = True
            self._state.notify_all()

            def is_settled() -> bool:
                is_refused = self._failure is not None and self._attempt_count >= last_attempt
                return self._durable_count >= ticket or is_refused

            self._state.wait_for(is_settled, within_s)
            self._is_hurried = False
            if self._durable_count < ticket:
                raise self._failure or self._slow(within_s)

    def close(self, within_s: float) -> None:
        """End the thread, after one more attempt if something waits."""
        with self._state:
            self._is_closing = True
            self._state.notify_all()
        if self._thread is not None:
            self._thread.join(within_s)

    def _work(self) -> None:
        is_again = False
        while True:
            with self._state:
                self._state.wait_for(lambda: self._waiting or self._is_closing)
                self._state.wait_for(lambda: self._is_hurried or self._is_closing, GATHER_S)
                is_last = self._is_closing
                pieces = [piece for piece, _ in self._waiting]
            failure = self._attempt(pieces, is_again=is_again) if pieces else None
            is_again = failure is not None
            with self._state:
                self._attempt_count += 1
                self._failure = failure
                if failure is None:
                    for piece in pieces:
                        self._waiting.popleft()
                        self._waiting_count -= piece.row_count
                    self._durable_count += len(pieces)
                self._state.notify_all()
                if is_last:
                    return
                if is_again:
                    self._state.wait_for(lambda: self._is_hurried or self._is_closing, RETRY_S)

    def _attempt(self, pieces: list[Piece], *, is_again: bool) -> CheckFailed | None:
        """One commit. What failed may have come in all the same, so again rows that are known."""
        try:
            with self._engine.begin() as connection:
                for table in CHAINED:
                    rows = [row for piece in pieces for row in piece.rows.get(table, ())]
                    copy_rows(connection, table, rows, skip_known=is_again)
                for piece in pieces:
                    if piece.ending is not None:
                        ended = SESSION.update().where(SESSION.c.id == piece.session_id)
                        connection.execute(ended.values(piece.ending))
        except (SQLAlchemyError, ValueError) as error:
            return self._unusable(error)
        return None

    def _slow(self, since_s: float) -> CheckFailed:
        reason = f"{self._name}: what was recorded in the last {since_s:.0f} s is not yet durable"
        return CheckFailed(SLOW, reason, _HINT)
