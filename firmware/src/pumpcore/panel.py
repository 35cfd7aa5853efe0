"""Switches and keys as bits, and the panel's vocabulary of lights and sounds."""

from pumpcore._compat import const

# Bit order is the wire's; append only. True means what the name says: gripped, shut, pressed.
SWITCHES = (
    "plunger_seated",
    "barrel_closed",
    "key_start",
    "key_stop",
    "key_acknowledge",
    "key_audio_pause",
    "key_prime",
    "key_check",
    "gate_intact",
    "mains_present",
    "air_seen",
    "driver_fault",
    "sounder_heard",
    "expander_alive",
)
PLUNGER_SEATED = const(1 << 0)
BARREL_CLOSED = const(1 << 1)
KEY_START = const(1 << 2)
KEY_STOP = const(1 << 3)
KEY_ACKNOWLEDGE = const(1 << 4)
KEY_AUDIO_PAUSE = const(1 << 5)
KEY_PRIME = const(1 << 6)
KEY_CHECK = const(1 << 7)
GATE_INTACT = const(1 << 8)
MAINS_PRESENT = const(1 << 9)
# From the port expander, looked at every 100 ms; all clear while it is not alive. A motor driver
# that can be asked tells of its fault itself.
AIR_SEEN = const(1 << 10)
DRIVER_FAULT = const(1 << 11)
SOUNDER_HEARD = const(1 << 12)
EXPANDER_ALIVE = const(1 << 13)
KEYS = const(0xFC)

LED_PATTERNS = ("off", "red_flash", "yellow_flash", "yellow", "cyan", "green")
SOUNDER_PATTERNS = ("off", "high", "medium", "low", "test")

# What a person confirms at the panel before START, in this order; bits of `checklist`.
CHECKLIST_ITEMS = ("purged", "heard", "connected")
PURGED = const(1 << 0)
HEARD = const(1 << 1)
CONNECTED = const(1 << 2)
CHECKLIST_COMPLETE = const(7)
# Beside them in the telemetry: the pump asks whether somebody is there; CHECK says so.
PRESENCE_ASKED = const(1 << 7)
