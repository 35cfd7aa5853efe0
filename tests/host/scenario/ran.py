"""Runs a scenario in memory, and reads its result and trace."""

import io
from dataclasses import dataclass
from typing import Any

from evenflow.scenario import engine, result
from evenflow.scenario.file import Scenario
from evenflow.scenario.trace import COLUMNS

Row = dict[str, str]

AUTO = 'schema = 1\nseed = 1\nruntime = "cpython"\norder = "ketamine-70kg.toml"\n'
BY_HAND = AUTO + "[operator]\nauto = false\n"
# 0.1 mL at 50 mL/h: done in 7.2 s.
SHORT = """schema = 1
seed = 1
runtime = "cpython"
[order]
schema = 1
[order.therapy]
care_area = "bench"
rate = "50 mL/h"
volume = "0.1 mL"
[order.syringe]
model = "bd-plastipak-50"
fill = "20 mL"
"""


@dataclass
class Ran:
    """A result and its trace."""

    result: dict[str, Any]
    text: str

    @property
    def rows(self) -> list[Row]:
        lines = self.text.splitlines()[1:]
        return [dict(zip(COLUMNS, line.split(","), strict=True)) for line in lines]

    def times(self, source: str, name: str) -> list[float]:
        return [
            one["t_s"]
            for one in self.result["events"]
            if (one["source"], one["name"]) == (source, name)
        ]

    @property
    def states(self) -> list[str]:
        return [
            one["detail"]
            for one in self.result["events"]
            if (one["source"], one["name"]) == ("device", "state")
        ]

    @property
    def refused(self) -> list[tuple[str, str]]:
        return [(one["what"], one["code"]) for one in self.result["refusals"]]

    def alarm(self, name: str) -> dict[str, Any]:
        found = [one for one in self.result["alarms"] if one["id"] == name]
        assert len(found) == 1
        return found[0]


def run_scenario(scenario: Scenario, progress: engine.Progress | None = None) -> Ran:
    stream = io.StringIO()
    one = engine.Run(scenario, stream, progress)
    one.run()
    return Ran(result.assemble(one), stream.getvalue())


def event(when: str, do: str, **arguments: object) -> str:
    lines = [f"{name} = {value}" for name, value in arguments.items()]
    return "\n".join(["[[event]]", when, f'do = "{do}"', *lines, ""])
