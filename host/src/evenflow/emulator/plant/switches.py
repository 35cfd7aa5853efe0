"""Keys and switches: contacts to ground, read through the controller's pull-ups.

A pin without a pull-up floats when its contact is open and reads low here, which is "pressed":
firmware that forgets the pull-up is found out.
"""

from collections.abc import Mapping

from evenflow.emulator.pads import Pads

KEYS = ("start", "stop", "acknowledge", "audio_pause", "prime", "check")


class Switches:
    """Which contacts are closed, a bit for each pad."""

    def __init__(self, profile: Mapping[str, object]) -> None:
        """Pins are those of the board profile; everything is open."""
        pads = Pads(profile)
        self._pads = {key: pads.of(f"panel.{key}_pin") for key in KEYS}
        self._pads["plunger"] = pads.of("seat.plunger_pin")
        self._pads["barrel"] = pads.of("seat.barrel_pin")
        self.contact_mask = sum(1 << pad for pad in self._pads.values())
        self.closed_mask = 0

    def set(self, name: str, *, closed: bool) -> None:
        """Close or open the contact of a key, or of `plunger` or `barrel`; KeyError if unknown."""
        bit = 1 << self._pads[name]
        self.closed_mask = self.closed_mask | bit if closed else self.closed_mask & ~bit

    def is_closed(self, name: str) -> bool:
        """Whether that contact is closed."""
        return bool(self.closed_mask >> self._pads[name] & 1)
