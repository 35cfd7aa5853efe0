"""Keys that an instrument's table in a rig file takes: what each may be, and what is wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from evenflow.errors import Problem

_MAX_TEXT = 256
_URL = re.compile(r"(?:socket|rfc2217)://(?:[^\s:/]+|\[[0-9A-Fa-f:]+\]):\d{1,5}(?:[/?]\S*)?")
_PATH = re.compile(r"(?:serial:)?(?:/\S+|\./\S+|\.\./\S+|COM\d{1,3})")
_VISA = re.compile(r"(?:TCPIP|ASRL|USB|GPIB)\S*::\S*(?:SOCKET|INSTR)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Key:
    """One key; `form` is `integer`, `choice`, `text`, `port`, `visa` or `names`."""

    name: str
    form: str
    about: str
    default: int | str | None = None
    is_required: bool = False
    lowest: int = 0
    highest: int = 0
    choices: tuple[int | str, ...] = ()

    def problems(self, where: str, value: object) -> list[Problem]:
        """What is wrong with a value, in at most a few words each."""
        wrong = _FORMS[self.form](self, value)
        return [Problem(where, "wrong_value", f"{value!r} {wrong[0]}", wrong[1])] if wrong else []

    def words(self) -> str:
        """What it may be, for a table."""
        if self.form == "integer":
            return f"{self.lowest} to {self.highest}"
        return ", ".join(map(str, self.choices)) if self.choices else _WORDS[self.form]


def integer(
    name: str,
    lowest: int,
    highest: int,
    about: str,
    default: int | None = None,
    *,
    is_required: bool = False,
) -> Key:
    """A whole number within bounds, both included."""
    return Key(name, "integer", about, default, is_required, lowest, highest)


def choice(
    name: str, choices: tuple[int | str, ...], about: str, default: int | str | None = None
) -> Key:
    """One of a few words or numbers; required if there is no default."""
    return Key(name, "choice", about, default, is_required=default is None, choices=choices)


_WORDS = {
    "text": "a text",
    "port": "a path, socket://HOST:PORT or rfc2217://HOST:PORT",
    "visa": "a path, socket://HOST:PORT or a VISA resource",
    "names": "a table of signals and channels",
}

_Wrong = tuple[str, str] | None


def _integer(key: Key, value: object) -> _Wrong:
    if isinstance(value, bool) or not isinstance(value, int):
        return "is no whole number", f"give {key.words()}"
    if not key.lowest <= value <= key.highest:
        return f"is outside {key.words()}", f"{key.name} is {key.about}"
    return None


def _choice(key: Key, value: object) -> _Wrong:
    is_one = any(value == one and type(value) is type(one) for one in key.choices)
    return None if is_one else (f"is none of {key.words()}", f"it is {key.about}")


def _text(key: Key, value: object) -> _Wrong:
    is_text = isinstance(value, str) and 0 < len(value.strip()) <= _MAX_TEXT
    return None if is_text else ("is no text", f"give {key.about}")


def _port(_key: Key, value: object) -> _Wrong:
    if isinstance(value, str) and (_URL.fullmatch(value) or _PATH.fullmatch(value)):
        return None
    return "is no address", f"give {_WORDS['port']}"


def _visa(_key: Key, value: object) -> _Wrong:
    if isinstance(value, str) and (
        _VISA.fullmatch(value)
        or _PATH.fullmatch(value)
        or (value.startswith("socket://") and _URL.fullmatch(value))
    ):
        return None
    return "is no address", "give a path, socket://HOST:PORT, or TCPIP::HOST::PORT::SOCKET"


def _names(_key: Key, value: object) -> _Wrong:
    is_sound = (
        isinstance(value, Mapping)
        and len(value) > 0
        and all(isinstance(name, str) and name.isidentifier() for name in value)
        and all(isinstance(one, str) and one.isalnum() for one in value.values())
        and len(set(value.values())) == len(value)
    )
    return None if is_sound else ("does not name a channel of its own for each", 'as step = "D0"')


_FORMS = {
    "integer": _integer,
    "choice": _choice,
    "text": _text,
    "port": _port,
    "visa": _visa,
    "names": _names,
}

ADDRESS = Key("address", "port", "where it is, as in /dev/ttyUSB0", is_required=True)
