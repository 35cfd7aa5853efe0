"""What one library allows that another does not, in plain words; what is wider comes first.

Names say which way is wider: more of a `_high`, less of a `_low`. No limit at all is the widest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from evenflow.dose.dimension import DIMENSIONS
from evenflow.dose.quantity import parse
from evenflow.formulary.source import Figure, figures

Effect = Literal["wider", "narrower", "other"]
_EFFECTS: tuple[Effect, ...] = ("wider", "narrower", "other")
_HEAD = ("name", "version", "reviewed_by", "reviewed_on", "valid_until")

# Limits whose names say no way: more of them allows more.
_MORE_IS_WIDER = frozenset(
    {
        "body_mass_index_soft",
        "occlusion",
        "kvo",
        "presence",
        "infusing_interval",
        "observing_interval",
    }
)
# Not there, they allow nothing.
_PERMISSIONS = frozenset({"kvo", "steps", "bolus"})


@dataclass(frozen=True, slots=True)
class Change:
    """One change: where, what, and whether more is allowed by it."""

    where: str
    what: str
    effect: Effect

    def __str__(self) -> str:
        """One line; a wider limit is not overlooked."""
        effect = "WIDER" if self.effect == "wider" else self.effect
        return f"{self.where}: {self.what}: {effect}"


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """All changes between the tables of two sound libraries, the widening ones first."""
    found = [*_entries(old, new), *_head(old, new)]
    return tuple(sorted(found, key=lambda change: _EFFECTS.index(change.effect)))


def _head(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key in _HEAD:
        if old[key] != new[key]:
            what = f"{key} {old[key] or 'nobody'} -> {new[key] or 'nobody'}"
            yield Change("library", what, "other")


def _entries(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = _by_name(old), _by_name(new)
    for name, entry in before.items():
        if name not in after:
            yield Change(name, "is gone", "narrower")
            continue
        if entry["ident"] != after[name]["ident"]:
            what = f"ident {entry['ident']} -> {after[name]['ident']}"
            yield Change(name, what, "other")
        yield from _figures(name, entry, after[name])
    for name in after:
        if name not in before:
            yield Change(name, "is a new entry", "wider")


def _by_name(tables: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {f"{entry['care_area']}/{entry['drug']}": entry for entry in tables["entry"]}


def _figures(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = _by_place(old), _by_place(new)
    for place, figure in before.items():
        if place not in after:
            yield Change(name, f"{figure.place} is gone", "narrower")
        elif figure.value != after[place].value:
            yield from _changed(name, figure, after[place])
        elif (figure.grade, figure.source) != (after[place].grade, after[place].source):
            yield Change(name, f"{place}: {_ground(figure)} -> {_ground(after[place])}", "other")
    for place, figure in after.items():
        if place not in before:
            yield Change(name, f"{figure.place} is added ({figure.words})", "wider")


def _by_place(entry: Mapping[str, Any]) -> dict[str, Figure]:
    """Only concentrations can come and go; they are told apart by how much they are."""
    return {_plain(figure.place): figure for figure in figures(entry)}


def _plain(place: str) -> str:
    word, _, text = place.partition(" ")
    return f"{word} {_amount(text)} ng/mL" if text else place


def _changed(name: str, old: Figure, new: Figure) -> Iterator[Change]:
    if isinstance(old.value, tuple) and isinstance(new.value, tuple):
        yield from _members(name, old.place, old.value, new.value)
        return
    words = f"{old.place} {old.words} -> {new.words}"
    if (old.grade, old.source) == (new.grade, new.source):
        words += ", its source the same as before"
    yield Change(name, words, _effect(old, new))


def _members(
    name: str, place: str, old: tuple[str, ...], new: tuple[str, ...]
) -> Iterator[Change]:
    is_permission = place == "syringes"
    for one in old:
        if one not in new:
            yield Change(name, f"{place}: without {one}", "narrower" if is_permission else "other")
    for one in new:
        if one not in old:
            yield Change(name, f"{place}: also {one}", "wider" if is_permission else "other")
    if set(old) == set(new):
        yield Change(name, f"{place}: in another order", "other")


def _ground(figure: Figure) -> str:
    return f"{figure.grade} ({figure.source})"


def _effect(old: Figure, new: Figure) -> Effect:
    key = old.place.rpartition(".")[2]
    if key.startswith("concentration "):
        return "wider" if new.value == "normal" else "narrower"
    way = _way(key)
    if way == 0:
        return "other"
    before, after = _extent(key, old), _extent(key, new)
    if before == after:
        return "other"
    if before is None or after is None:
        return "wider" if after is None else "narrower"
    return "wider" if (after - before) * way > 0 else "narrower"


def _way(key: str) -> int:
    """1 if more is wider, -1 if less is, 0 if it is no limit."""
    if "_low" in key:
        return -1
    return int("_high" in key or key in _MORE_IS_WIDER or key in _PERMISSIONS)


def _extent(key: str, figure: Figure) -> Fraction | None:
    """How much it is; None is no limit."""
    value = figure.value
    if value is False:
        return Fraction(0) if key in _PERMISSIONS else None
    if isinstance(value, tuple):
        raise TypeError(value)
    return _amount(value) if isinstance(value, str) else Fraction(int(value))


def _amount(text: str) -> Fraction:
    return parse(text, "", *DIMENSIONS).value
