"""A session on its way, and how a bridge is doing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from evenflow.fleet.batch import Answer, Row
from evenflow.fleet.outbox import Content, Source
from evenflow.telemetry.tables import FRAMES

# A code for machines, and words.
Say = Callable[[str, str], None]


@dataclass(slots=True)
class Line:
    """One session on its way."""

    source: Source
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    # Filled with the answer to the batch of that number; with None to have it sent again.
    answer: "asyncio.Future[Answer | None] | None" = None
    number: int = 0
    rows_behind: int = 0
    # Whether what is under way is all that there was, and more may come.
    is_drained: bool = False
    is_settled: bool = False
    is_complete: bool = False
    refusal: Answer | None = None
    refusal_count: int = 0
    # How its session ended, if it did, and its last frames, as far as they were read here.
    heard: tuple[Row, Row | None] | None = None
    # What was last said of its pump, on which connection, and when.
    told: object = None
    told_at_s: float = 0.0

    def read(self, content: Content) -> None:
        """Keep what its pump's state is made of."""
        self.rows_behind = content.rows_behind + content.row_count
        self.is_drained = content.rows_behind == 0 and not content.is_last
        frames = content.batch.rows[FRAMES]
        before = None if self.heard is None else self.heard[1]
        self.heard = content.ending, frames[-1] if frames else before

    def waits_for(self, number: int) -> "asyncio.Future[Answer | None]":
        """What the answer to the batch of that number will be put in."""
        self.number = number
        self.answer = asyncio.get_running_loop().create_future()
        return self.answer

    def fill(self, answer: Answer | None) -> None:
        """Hand over what is waited for; None has it sent again."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(answer)


@dataclass(frozen=True, slots=True)
class Tally:
    """How the bridge is doing; counts of rows since it was started."""

    is_connected: bool
    ingests: tuple[str, ...]
    sessions: int
    complete: int
    # Sessions that have not yet been stored as far as they went; known rows of them.
    unsettled: int
    rows_behind: int
    rows_stored: int
    bytes_sent: int
    refused: tuple[str, ...]
