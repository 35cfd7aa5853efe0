"""The rows of pumpcore.refusals with their words, for whoever tells people; not for a board."""

from collections import namedtuple

from pumpcore.refusals import TABLE

Refusal = namedtuple("Refusal", ("name", "reason", "hint"))


def _row(line: str) -> Refusal:
    name, reason, hint = [words.strip() for words in line.split("|")]
    return Refusal(name, reason, hint)


REFUSALS = tuple([_row(line) for line in TABLE.strip().split("\n")])
