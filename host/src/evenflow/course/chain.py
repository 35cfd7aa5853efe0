"""The hash chain of a course's history: each item names the one before, and the end is counted.

It finds what was edited, moved, inserted, cut off or written by a clock that went back. It is no
seal against somebody who computes it anew; what the pump itself has kept stands against that.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from evenflow.course.item import Item
from evenflow.errors import Problem

_REMEDY = "the history cannot be relied on: take it from a copy, or plan a course anew"


def digest(content: Mapping[str, object]) -> str:
    """SHA-256 over keys and values, in hex."""
    text = json.dumps(dict(content), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode("ascii")).hexdigest()


def chained(item: Item, before: Sequence[Item], head: str) -> Item:
    """The item as the next one: counted, with the hash of the one before, and its own."""
    previous = before[-1].hash if before else head
    counted = item.model_copy(update={"count": len(before) + 1, "previous": previous, "hash": ""})
    return counted.model_copy(update={"hash": digest(counted.content())})


def problems(
    head: str, written_head: str, items: Sequence[Item], count: int, end: str
) -> Iterator[Problem]:
    """Everything that does not hold, by place."""
    if head != written_head:
        reason = "the plan is not as it was written: a date, a name or a count was edited"
        yield Problem("course", "plan_edited", reason, _REMEDY)
    before: Item | None = None
    for number, item in enumerate(items, 1):
        yield from _of_item(f"history.{number}", number, item, before, written_head)
        before = item
    last = before.hash if before else written_head
    if count != len(items) or end != last:
        reason = f"the file says that its history ends with item {count}, and has {len(items)}"
        if count == len(items):
            reason = "the last item is not the one that was written last"
        yield Problem("end", "history_cut", reason, _REMEDY)


def _of_item(
    where: str, number: int, item: Item, before: Item | None, head: str
) -> Iterator[Problem]:
    if item.count != number:
        reason = f"item {item.count} stands in place {number}: items were moved, added or removed"
        yield Problem(where, "history_order", reason, _REMEDY)
    if item.hash != digest(item.content()):
        reason = f"item {item.count} is not as it was written: its hash does not fit"
        yield Problem(where, "history_edited", reason, _REMEDY)
    if item.previous != (before.hash if before else head):
        reason = f"item {item.count} was not written after what stands before it"
        yield Problem(where, "history_order", reason, _REMEDY)
    if before is not None and item.at_utc < before.at_utc:
        reason = f"item {item.count} began before the item that was recorded before it"
        yield Problem(where, "clock_set_back", reason, "was a clock set back? see both sessions")
    if before is not None and item.recorded_utc < before.recorded_utc:
        reason = f"item {item.count} was recorded earlier than the item before it"
        yield Problem(where, "clock_set_back", reason, "was a clock set back? see both sessions")
