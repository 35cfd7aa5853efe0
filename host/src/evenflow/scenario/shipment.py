"""A drug library on its way from the host of a scenario to the pump, one message at a time."""

from collections import deque

from evenflow.client.library_parts import Fields, installation, parts
from evenflow.dose.library import Library, compile_library


class Shipment:
    """The messages that are still to be sent; the next goes when the one before was answered."""

    def __init__(self, library: Library) -> None:
        """Refused if it is too large for a pump."""
        compiled = compile_library(library)
        last = installation(compiled)
        self.library = library
        self._messages = deque(("library_part", part) for part in parts(compiled))
        self._messages.append(("install_library", last))
        self._is_waiting = False

    @property
    def is_over(self) -> bool:
        """Whether everything was sent and answered."""
        return not self._messages and not self._is_waiting

    @property
    def words(self) -> str:
        """Which library it is."""
        return f"{self.library.name} {self.library.version}, digest {self.library.digest.hex()}"

    def next(self) -> tuple[str, Fields] | None:
        """The command to send now; None while the one before is unanswered."""
        if self._is_waiting or not self._messages:
            return None
        self._is_waiting = True
        return self._messages.popleft()

    def answered(self) -> None:
        """The last one was done."""
        self._is_waiting = False
