"""Every line of docs/threat_model.md names a test that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "threat_model.md"
_ROW = re.compile(r"^\| (?P<who>[^|]+) \| (?P<what>[^|]+) \| [^|]+ \| `(?P<test>[^`]+)` \|$")


def rows() -> list[tuple[str, str]]:
    """What somebody tries, and the test of it."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    begin = lines.index("| --- | --- | --- | --- |") + 1
    table = [line for line in lines[begin:] if line.startswith("|")]
    found = [match for line in table if (match := _ROW.match(line))]
    assert len(found) == len(table), "a line without its test"
    return [(match["what"], match["test"]) for match in found]


@pytest.mark.parametrize(("what", "test"), rows(), ids=[what for what, _ in rows()])
def test_it_names_a_test_that_is_there(what: str, test: str) -> None:
    path, _, function = test.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    assert f"def {function or 'test_'}" in text, what
