"""Everything wrong with a board profile, by key; on the host and again on the board at boot."""

from pumpcore.board import buses, controllers, mechanism, pins, timers
from pumpcore.board.keys import KEYS, Key, bounds_of, choice_of
from pumpcore.profile import Profile

_PIN_CHARACTERS = (1, 4)


def problems(profile: dict[str, object]) -> list[str]:
    """Everything wrong with the profile, one line each: place, value, remedy; empty if sound."""
    found = []
    known = {key.name for key in KEYS}
    for name in sorted(profile):
        if name not in known:
            found.append("%s: unknown key; remove it or correct its name" % name)
    sound: Profile = {}
    for key in KEYS:
        line = _wrong(key, profile)
        if line:
            found.append(line)
        elif key.name in profile:
            sound[key.name] = profile[key.name]
    controller = controllers.by_name(sound.get("board.controller"))
    if controller is not None:
        found.extend(pins.problems(sound, controller))
        found.extend(timers.problems(sound, controller))
        found.extend(buses.problems(sound, controller))
    found.extend(buses.addressed_twice(profile))
    found.extend(mechanism.problems(sound, controller))
    return found


def _wrong(key: Key, profile: dict[str, object]) -> str:
    choice = choice_of(key.name)
    if choice is not None:
        section, chooser, values = choice
        made = profile.get(chooser)
        if made not in values:
            if key.name not in profile or made not in bounds_of(chooser):
                return ""
            return "%s: belongs to %s, and %s is %s; remove it" % (
                key.name,
                section,
                chooser,
                made,
            )
    if key.name not in profile:
        return "%s: missing; %s" % (key.name, key.doc or "required")
    return wrong_value(key, profile[key.name])


def wrong_value(key: Key, value: object) -> str:
    """What is wrong with a value by itself, one line; empty if nothing is."""
    if key.kind == "bool":
        is_wrong = value is not True and value is not False
        problem = "must be true or false" if is_wrong else ""
    elif key.kind == "int":
        problem = _wrong_number(value, key.bounds)
    elif key.kind == "choice":
        is_wrong = value not in key.bounds
        problem = "%r is not known; take %s" % (value, pins.listed(key.bounds)) if is_wrong else ""
    elif key.kind == "text":
        problem = _wrong_text(value, key.bounds)
    else:
        problem = _wrong_pin(value)
    return "%s: %s" % (key.name, problem) if problem else ""


def _wrong_number(value: object, bounds: tuple[int, int]) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return "%r is not a whole number" % (value,)
    if not bounds[0] <= value <= bounds[1]:
        return "%d is outside %d to %d" % (value, bounds[0], bounds[1])
    return ""


def _wrong_text(value: object, bounds: tuple[int, int]) -> str:
    if isinstance(value, str) and bounds[0] <= len(value) <= bounds[1]:
        return ""
    return "%r is not text of %d to %d characters" % (value, bounds[0], bounds[1])


def _wrong_pin(value: object) -> str:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return (
        ""
        if is_number or not _wrong_text(value, _PIN_CHARACTERS)
        else "%r is not a pin" % (value,)
    )
