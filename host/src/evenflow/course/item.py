"""What a course file holds, schema 1: the plan's head, its sessions, and what was given."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.functional_validators import AfterValidator

MAX_WORDS = 200


def is_plain(text: str) -> bool:
    """Whether it says something, prints, and has no blanks around it."""
    return bool(text) and text == text.strip() and text.isprintable()


def _plain(text: str) -> str:
    if not is_plain(text):
        raise ValueError("is empty, or has blanks around it or characters that do not print")
    return text


def _moment(text: str) -> str:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or found.microsecond:
        raise ValueError("is no moment with an offset, in whole seconds")
    return text


Plain = Annotated[str, Field(max_length=MAX_WORDS), AfterValidator(_plain)]
Moment = Annotated[str, AfterValidator(_moment)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Strict(BaseModel):
    """Nothing unknown, nothing converted."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Head(Strict):
    """Of whom and of what the course is, and the words it was planned from."""

    patient: Plain
    care_area: Plain
    drug: Plain
    zone: Plain
    pattern: Plain
    maintenance: Plain | None = None
    # A person's reason to pass soft limits of spacing.
    override: Plain | None = None
    planned: Moment
    hash: Hash


class Planned(Strict):
    """One session of the calendar."""

    number: int = Field(ge=1)
    phase: Literal["induction", "maintenance"]
    at: Moment

    @property
    def at_utc(self) -> datetime:
        """The instant, in UTC."""
        return datetime.fromisoformat(self.at).astimezone(UTC)


class Item(Strict):
    """One session that began, as it was recorded; `hash` covers all other keys."""

    count: int = Field(ge=0)
    at: Moment
    given: Plain
    outcome: Literal["complete", "stopped", "aborted"]
    session: Plain | None = None
    # The count of the session in the pump's own ledger.
    device_session: int | None = Field(default=None, ge=1)
    # The item whose session this is the rest of: no session of its own.
    rest_of: int | None = Field(default=None, ge=1)
    override: Plain | None = None
    recorded: Moment
    previous: str
    hash: str

    @property
    def at_utc(self) -> datetime:
        """When it began, in UTC."""
        return datetime.fromisoformat(self.at).astimezone(UTC)

    @property
    def recorded_utc(self) -> datetime:
        """When it was written down, by the host's clock, in UTC."""
        return datetime.fromisoformat(self.recorded).astimezone(UTC)

    def content(self) -> dict[str, object]:
        """What the hash covers: all that is there but for the hash itself."""
        return self.model_dump(exclude={"hash"}, exclude_none=True)


class End(Strict):
    """How many items the history has, and the hash of the last, or of the plan."""

    count: int = Field(ge=0)
    hash: Hash


class CourseFile(Strict):
    """The whole file, schema 1."""

    schema_number: Literal[1] = Field(alias="schema")
    course: Head
    session: list[Planned] = Field(min_length=1)
    history: list[Item] = []
    end: End
