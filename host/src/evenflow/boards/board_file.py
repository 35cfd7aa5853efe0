"""Reads a board file to the flat profile that firmware and emulator take.

What a profile must say is defined once, in pumpcore.board; the board checks it again at boot.
"""

from collections.abc import Mapping
from pathlib import Path

from evenflow import bounded, resources
from evenflow.errors import Problem, Refused, in_file
from pumpcore.board import check, drivers, keys
from pumpcore.fixture import board as fixture_board

Profile = dict[str, object]
"""Flat: `{"plunger.lead_um": 1000, ...}`; values are int, bool or str."""

MAX_FILE_BYTES = 65_536
_FOLDER = "board_configs"
_SUFFIX = ".toml"
# Names of fixtures' files begin so, and no pump's does.
_FIXTURES = "rig-"


def load(name_or_path: str | Path) -> Profile:
    """The profile of a known board, such as "pico", or of a file: a Path, or text in .toml.

    Refused for an unknown board, an unsound file, with all of its problems, or a fixture's;
    WrongUsage if there is no such file.
    """
    profile = load_any(name_or_path)
    if fixture_board.is_fixture(profile):
        raise Refused(
            "board_is_fixture",
            f"{name_or_path}: a fixture, which plays sensors to a pump, and no pump",
            "name a pump's board; `evenflow boards check` and `evenflow flash` take a fixture",
        )
    return profile


def load_any(name_or_path: str | Path) -> Profile:
    """The same, and a fixture's as well."""
    path = _path(name_or_path)
    name = str(name_or_path) if path == Path(name_or_path) else f"{_FOLDER}/{path.name}"
    raw = bounded.content(path, "a board", MAX_FILE_BYTES, name)
    content = bounded.tables(raw, name)
    problems: list[Problem] = []
    profile = _flat(content, problems)
    is_fixture = fixture_board.is_fixture(profile)
    found = fixture_board.problems(profile) if is_fixture else check.problems(profile)
    problems.extend(_problem(line) for line in found)
    if problems:
        raise in_file(Refused, name, problems)
    return profile


def require_drivers(profile: Mapping[str, object]) -> None:
    """Refused if the firmware lacks a driver for a part of this sound profile, by its name."""
    problems = [_problem(line, "no_driver") for line in drivers.missing(dict(profile))]
    if problems:
        raise in_file(Refused, f"board {profile['board.name']}", problems)


def known() -> tuple[Path, ...]:
    """The pumps' board files that come with this version, by name."""
    return tuple(path for path in _files() if not path.name.startswith(_FIXTURES))


def fixtures() -> tuple[Path, ...]:
    """The fixtures' files that come with this version, by name."""
    return tuple(path for path in _files() if path.name.startswith(_FIXTURES))


def _files() -> list[Path]:
    return sorted(resources.path(_FOLDER).glob(f"*{_SUFFIX}"))


def _path(name_or_path: str | Path) -> Path:
    if isinstance(name_or_path, Path) or name_or_path.endswith(_SUFFIX):
        return Path(name_or_path)
    files = (*known(), *fixtures())
    for path in files:
        if path.stem == name_or_path:
            return path
    names = ", ".join(path.stem for path in files)
    raise Refused(
        "unknown_board",
        f"unknown board {name_or_path!r}",
        f"known are {names}; a file is named with its suffix {_SUFFIX}",
    )


def _flat(content: Mapping[str, object], problems: list[Problem]) -> Profile:
    """`section.key` for every key; the file's own schema number is checked and left out."""
    profile: Profile = {}
    remedy = f"write schema = {keys.SCHEMA}"
    schema = content.get("schema")
    if "schema" not in content:
        problems.append(Problem("schema", "missing", "missing", remedy))
    elif isinstance(schema, bool) or schema != keys.SCHEMA:
        reason = f"{schema!r} is not a schema that this version reads"
        problems.append(Problem("schema", "wrong_schema", reason, remedy))
    for section, values in content.items():
        if section == "schema":
            continue
        if not isinstance(values, Mapping):
            reason = "stands outside every section"
            problems.append(Problem(section, "unknown_key", reason, "move or remove it"))
            continue
        profile.update({f"{section}.{key}": value for key, value in values.items()})
    return profile


def _problem(line: str, code: str = "board_invalid") -> Problem:
    """A line of pumpcore.board, `place: what; remedy`, in its parts."""
    where, _, rest = line.partition(": ")
    reason, _, hint = rest.partition("; ")
    return Problem(where, code, reason, hint or "correct the value in the board file")
