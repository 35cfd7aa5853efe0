"""Edges from a value change dump, as sigrok-cli writes one while it captures.

The format is chosen because it has a line a change, not a line a sample as its CSV: two hours at
1 MHz are as many lines as there are edges. Times are whole multiples of the time scale, so they
are exact at sample rates whose period is one; `sigrok` offers no others. The last line is a time
alone, that of the end: without it the capture was cut short.
"""

import re
from dataclasses import dataclass, field

from evenflow.instruments.instrument import Edge, InstrumentError

_SCALES_PS = {"s": 10**12, "ms": 10**9, "us": 10**6, "ns": 1000, "ps": 1}
_PS_PER_NS = 1000
_SCALE = re.compile(r"\$timescale (?P<count>10?0?) (?P<unit>[munp]?s) \$end")
_VARIABLE = re.compile(r"\$var wire 1 (?P<mark>\S) (?P<name>\S+) \$end")
_CHANGE = re.compile(r"#(?P<at>\d+)(?P<changes>(?: [01]\S)*)")


@dataclass(slots=True)
class Dump:
    """What the lines so far have said; times count from the capture's first sample."""

    name: str
    has_begun: bool = False
    end_ns: int | None = None
    levels: dict[str, bool] = field(default_factory=dict)
    edges: dict[str, list[Edge]] = field(default_factory=dict)
    _scale_ps: int = 0
    _signals: dict[str, str] = field(default_factory=dict)
    _last_ns: int = -1
    _is_in_comment: bool = False

    def take(self, line: str) -> None:
        """The next line, without its end; instrument_answer for one that is none of a dump."""
        line = line.rstrip("\r")
        if self.has_begun:
            if line:
                self._change(line)
            return
        scale, variable = _SCALE.fullmatch(line), _VARIABLE.fullmatch(line)
        if scale is not None:
            self._scale_ps = int(scale["count"]) * _SCALES_PS[scale["unit"]]
        elif variable is not None:
            self._signals[variable["mark"]] = variable["name"]
            self.edges[variable["name"]] = []
        elif line == "$enddefinitions $end":
            if not self._scale_ps or not self._signals:
                raise self._not_a_dump(line)
            self.has_begun = True
        elif line == "$end":
            self._is_in_comment = False
        elif line == "$comment":
            self._is_in_comment = True
        elif not self._is_in_comment and not (line.startswith("$") and line.endswith("$end")):
            raise self._not_a_dump(line)

    def _change(self, line: str) -> None:
        found = _CHANGE.fullmatch(line)
        # One after the end, or a time that does not go on, is of another capture.
        if found is None or self.end_ns is not None:
            raise self._not_a_dump(line)
        at_ns = int(found["at"]) * self._scale_ps // _PS_PER_NS
        changes = found["changes"].split()
        if at_ns <= self._last_ns:
            raise self._not_a_dump(line)
        self._last_ns = at_ns
        if not changes:
            self.end_ns = at_ns
        for change in changes:
            signal = self._signals.get(change[1:])
            if signal is None:
                raise self._not_a_dump(line)
            is_high = change[0] == "1"
            if signal not in self.levels:
                self.levels[signal] = is_high
            else:
                self.edges[signal].append(Edge(at_ns, is_high))

    def _not_a_dump(self, line: str) -> InstrumentError:
        reason = f"{self.name}: wrote {line[:60]!r}, which is not what a capture goes on with"
        return InstrumentError("instrument_answer", reason, "check the version of sigrok-cli")
