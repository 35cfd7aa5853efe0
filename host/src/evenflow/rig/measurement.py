"""Measurements of a test on a rig: declared before they are taken, judged against their bounds.

A test declares them (`@pytest.mark.measures(Measurement(...))`) and takes each by its name. One
that was declared and not taken is a failure: a report may not have holes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite

from evenflow.errors import CheckFailed, WrongUsage


@dataclass(frozen=True, slots=True)
class Measurement:
    """What will be measured: name, unit, bounds (None: no bound), and what it means."""

    name: str
    unit: str
    low: float | None = None
    high: float | None = None
    meaning: str = ""

    def holds(self, value: float) -> bool:
        """Whether a value is within the bounds, which are inclusive; NaN never is."""
        return (
            isfinite(value)
            and (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
        )

    @property
    def bounds(self) -> str:
        """In words, with the unit."""
        if self.low is None and self.high is None:
            return "no bound"
        if self.low is None:
            bounds = f"≤ {self.high:g}"
        elif self.high is None:
            bounds = f"≥ {self.low:g}"
        else:
            bounds = f"{self.low:g} to {self.high:g}"
        return f"{bounds} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Series:
    """A curve for the report; `marks` are (x, words) of what happened."""

    title: str
    x_name: str
    y_name: str
    x: Sequence[float]
    y: Sequence[float]
    marks: Sequence[tuple[float, str]] = ()


@dataclass(slots=True)
class Measure:
    """What one test measures: `measure("name", value)`, `measure.plot(Series(...))`."""

    declared: dict[str, Measurement]
    values: dict[str, float] = field(default_factory=dict)
    series: list[Series] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)

    def __call__(self, name: str, value: float) -> None:
        """Take one; WrongUsage for an undeclared name or a second value. Judged at the end."""
        if name not in self.declared:
            known = ", ".join(self.declared) or "none"
            raise WrongUsage("undeclared", f"no measurement {name!r}", f"declared are: {known}")
        if name in self.values:
            raise WrongUsage("measured_twice", f"{name} has a value already", "take it once")
        self.values[name] = float(value)

    def plot(self, series: Series) -> None:
        """Put a curve into the report."""
        self.series.append(series)

    def judge(self) -> None:
        """CheckFailed names what is out of bounds, and what was never taken."""
        wrong = [
            f"{name}: {value:g} is not {self.declared[name].bounds}"
            for name, value in self.values.items()
            if not self.declared[name].holds(value)
        ]
        wrong += [f"{name}: not taken" for name in self.declared if name not in self.values]
        if wrong:
            raise CheckFailed("out_of_bounds", "; ".join(wrong), "see the report")

    def rows(self) -> list[dict[str, object]]:
        """For the report: each declaration with its value and whether it holds."""
        return [
            {
                **asdict(one),
                "bounds": one.bounds,
                # JSON has neither infinity nor NaN, and neither is a value.
                "value": _finite(self.values.get(name)),
                "ok": name in self.values and one.holds(self.values[name]),
            }
            for name, one in self.declared.items()
        ]


def declared(measurements: Iterable[Measurement]) -> Measure:
    """Nothing taken yet; WrongUsage for a name that is declared twice."""
    found: dict[str, Measurement] = {}
    for one in measurements:
        if one.name in found:
            raise WrongUsage("declared_twice", f"{one.name} is declared twice", "name each once")
        found[one.name] = one
    return Measure(found)


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
