"""For which parts of a board the firmware has drivers; a sound board file may ask for more."""

from pumpcore.profile import Profile

# Key, and the values that pumpboard has drivers for; each motor driver has one.
DRIVEN = (("board.controller", ("rp2040", "rp2350", "esp32s3", "stm32f767")),)


def missing(profile: Profile) -> list[str]:
    """What of a sound profile has no driver yet, one line each: place, value, remedy."""
    return [
        "%s: no drivers for %s; choose a board with %s" % (key, profile[key], " or ".join(driven))
        for key, driven in DRIVEN
        if profile[key] not in driven
    ]
