"""Everything that Evenflow refuses or fails at, worded for the person who has to act.

    EvenflowError            exit 1   anything below; catch this one
    ├── CheckFailed          exit 1   a check or an expectation did not hold
    ├── WrongUsage           exit 2   the command was asked wrongly; a file that is not there
    ├── Refused              exit 3   a hard limit, an invalid file, the pump said no
    ├── NeedsOverride        exit 4   a soft limit is passed and nobody gave a reason
    ├── LinkError            exit 5   no device, or it went away; the outcome may be unknown
    └── StoppedByAlarm       exit 6   an alarm of the pump ended the infusion

`code` is for machines and is never reworded, `reason` says what was wrong and where, `hint` what
to do. An error about a file carries all of its problems at once, not only the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file or an order: `where` is a dotted key, or empty for the whole."""

    where: str
    code: str
    reason: str
    hint: str

    def __str__(self) -> str:
        """One line: place, what is wrong, what to do."""
        place = f"{self.where}: " if self.where else ""
        remedy = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.reason}{remedy}"


class EvenflowError(Exception):
    """What was wrong, where, and what to do; the command line ends with `exit_code`."""

    exit_code = 1

    def __init__(
        self, code: str, reason: str, hint: str = "", problems: Iterable[Problem] = ()
    ) -> None:
        """Parts are kept apart, so that text and JSON word them alike."""
        super().__init__(f"{reason}; {hint}" if hint else reason)
        self.code = code
        self.reason = reason
        self.hint = hint
        self.problems = tuple(problems)


class CheckFailed(EvenflowError):
    """A check or an expectation did not hold."""

    exit_code = 1


class WrongUsage(EvenflowError):
    """The command or call was asked wrongly."""

    exit_code = 2


class Refused(EvenflowError):
    """A hard limit, an invalid file, or a refusal by the pump; nothing was started."""

    exit_code = 3


class NeedsOverride(EvenflowError):
    """A soft limit is passed; a person may go on with a reason."""

    exit_code = 4


class LinkError(EvenflowError):
    """No device, or the link was lost; the reason says what is certain and what is not."""

    exit_code = 5


class StoppedByAlarm(EvenflowError):
    """An alarm of the pump ended the infusion before its volume was given."""

    exit_code = 6


def in_file(
    kind: type[EvenflowError], name: str, problems: Iterable[Problem], or_else: str = ""
) -> EvenflowError:
    """One error for all problems of a file; its code is theirs if they agree, else `several`.

    `or_else` ends the hint.
    """
    found = tuple(problems)
    if len(found) == 1:
        one = found[0]
        place = f"{one.where}: " if one.where else ""
        return kind(one.code, f"{name}: {place}{one.reason}", one.hint + or_else, found)
    codes = {problem.code for problem in found}
    lines = "".join(f"\n  {problem}" for problem in found)
    code = codes.pop() if len(codes) == 1 else "several"
    return kind(
        code, f"{name}: {len(found)} problems{lines}", "correct all of them" + or_else, found
    )
