"""A fixture's board: what sees the pump's outputs, and what plays its inputs."""

import machine
from machine import Pin

from pumpboard.generic.clock import Clock, Watchdog
from pumpboard.generic.pinned import open_uart
from pumpboard.rp2.counter import EdgeCounter
from pumpboard.rp2.fixture_capture import Capture
from pumpboard.rp2.fixture_players import Contact, EncoderPlayer, ForcePlayer, Level, Voltage
from pumpcore._compat import Any, const
from pumpcore.fixture.board import ANALOGUE_PINS, OUTPUT_PINS
from pumpcore.fixture.messages import CONTACT_COUNT
from pumpcore.profile import Profile

_BUZZER = const(5)
# Of the link: a second of what the host says, and eleven frames.
_RING_BYTES = const(2_048)


class FixtureBoard:
    """Built once at boot. Contacts are open, levels low, and no conversion is ready."""

    def __init__(self, profile: Profile) -> None:
        """Take the pins of a checked profile."""
        self.outputs: list[Contact | Level] = []
        for key in OUTPUT_PINS:
            part = Contact if len(self.outputs) < CONTACT_COUNT else Level
            self.outputs.append(part(profile[key]))
        self.analogue = [Voltage(profile[key]) for key in ANALOGUE_PINS]
        self.force = ForcePlayer(profile["force.data_pin"], profile["force.clock_pin"])
        self.encoder = EncoderPlayer(profile["encoder.a_pin"])
        buzzer = Pin(profile["capture.buzzer_pin"], Pin.IN, Pin.PULL_DOWN)
        self.buzzer = EdgeCounter(_BUZZER, buzzer)
        self.capture = Capture(profile["capture.step_pin"])
        self.clock = Clock()
        # The stubs lack the count of its write, which says how much its ring had room for.
        self.uart: Any = open_uart(profile, "link", profile["link.baud"], _RING_BYTES)
        self.watchdog = Watchdog(profile["watchdog.timeout_ms"])
        self.unique_id = machine.unique_id()
