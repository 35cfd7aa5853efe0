"""What happened, in order: events and refusals of one run; moments are us since power-on."""

from dataclasses import dataclass, field

_US_PER_S = 1_000_000


def seconds(moment_us: int | None) -> float | None:
    """As results say it: seconds since power-on."""
    return None if moment_us is None else moment_us / _US_PER_S


@dataclass(slots=True)
class Log:
    """Entries as the result has them."""

    events: list[dict[str, object]] = field(default_factory=list)
    refusals: list[dict[str, object]] = field(default_factory=list)

    def event(self, at_us: int, source: str, name: str, detail: str = "") -> None:
        """Somebody did something."""
        self.events.append(
            {"t_s": seconds(at_us), "source": source, "name": name, "detail": detail}
        )

    def refusal(self, at_us: int, what: str, code: str, reason: str) -> None:
        """Somebody wanted something and did not get it."""
        self.refusals.append({"t_s": seconds(at_us), "what": what, "code": code, "reason": reason})
