"""Keys and switches: contacts to ground, read through the controller's pull-ups.

A pin without a pull-up floats when its contact is open and reads low here, which is "pressed":
firmware that forgets the pull-up is found out.
"""

from collections.abc import Mapping

KEYS = ("start", "stop", "acknowledge", "audio_pause", "prime", "check")


class Switches:
    """Which contacts are closed, as bits of the GPIO numbers."""

    def __init__(self, profile: Mapping[str, object]) -> None:
        """Pins are those of the board profile; everything is open."""
        self._pins = {key: _pin(profile, f"panel.{key}_pin") for key in KEYS}
        self._pins["plunger"] = _pin(profile, "seat.plunger_pin")
        self._pins["barrel"] = _pin(profile, "seat.barrel_pin")
        self.contact_mask = sum(1 << pin for pin in self._pins.values())
        self.closed_mask = 0

    def set(self, name: str, *, closed: bool) -> None:
        """Close or open the contact of a key, or of `plunger` or `barrel`; KeyError if unknown."""
        bit = 1 << self._pins[name]
        self.closed_mask = self.closed_mask | bit if closed else self.closed_mask & ~bit

    def is_closed(self, name: str) -> bool:
        """Whether that contact is closed."""
        return bool(self.closed_mask >> self._pins[name] & 1)


def _pin(profile: Mapping[str, object], name: str) -> int:
    value = profile[name]
    if not isinstance(value, int):
        raise TypeError(f"{name}: {value!r} is not a pin number")
    return value
