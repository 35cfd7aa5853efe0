"""Whether a library may go onto a pump, and what goes there: the host's half of an installation.

The pump checks on its own what it is sent; it cannot know who has signed it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from evenflow.client.library_parts import require_size
from evenflow.dose.library import compile_library
from evenflow.errors import Refused
from evenflow.formulary import signature
from evenflow.formulary.source import Source
from evenflow.signing.trust import Trusted


@dataclass(frozen=True, slots=True)
class Installed:
    """What a pump says of the library that it has."""

    version: str
    digest: bytes

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version as three numbers; those of no library at all if it has none."""
        if not any(self.digest):
            return ()
        try:
            return tuple(int(part) for part in self.version.split("."))
        except ValueError as invalid:
            reason = f"the pump says {self.version!r} for the version of its library"
            raise Refused("wrong_version", reason, "flash its firmware anew") from invalid


def prepare(
    source: Source,
    *,
    previous: Installed | None,
    trusted: Iterable[Trusted],
    today: date,
    is_unsigned_allowed: bool = False,
) -> bytes:
    """The compiled library; Refused if no trusted key has signed it, or it is too large or older.

    `previous` is what the pump has. `is_unsigned_allowed` is for emulated and bench pumps: a
    signature that is there must hold all the same.
    """
    try:
        signature.verify(source, trusted, today)
    except Refused as refused:
        if refused.code != "unsigned" or not is_unsigned_allowed:
            raise
        signature.require_valid(source, today)
    content = compile_library(source.library)
    require_size(content)
    if previous is not None:
        _require_forward(source, previous)
    return content


def _require_forward(source: Source, previous: Installed) -> None:
    library = source.library
    if library.numbers < previous.numbers:
        reason = (
            f"{source.path}: version {library.version} is before the pump's {previous.version}"
        )
        raise Refused("rollback", reason, "a pump goes forward only: raise the version, sign anew")
    if library.numbers == previous.numbers and library.digest != previous.digest:
        reason = f"{source.path}: version {library.version} is the pump's, with other content"
        raise Refused("same_version", reason, "raise the version, and sign it anew")
