"""What keys were pressed since the last report, and what each was answered."""

from pumpcore._compat import const

EVENT_KINDS = ("key_refused", "key_accepted")
_KEY_REFUSED, _KEY_ACCEPTED = 0, 1
_MAX_EVENTS = const(8)


class KeyEvents:
    """Lists of which the first `count` are of this tick; whoever has told them sets it to 0."""

    def __init__(self) -> None:
        """None."""
        self.count = 0
        self.kinds = [0] * _MAX_EVENTS
        self.codes = [0] * _MAX_EVENTS
        self.values = [0] * _MAX_EVENTS

    def note(self, key: int, refusal: int) -> None:
        """A key was answered; what there is no room for is not told."""
        if self.count < _MAX_EVENTS:
            at = self.count
            self.kinds[at] = _KEY_REFUSED if refusal else _KEY_ACCEPTED
            self.codes[at] = refusal
            self.values[at] = key
            self.count = at + 1
