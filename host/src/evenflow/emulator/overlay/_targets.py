"""What a fault can name in the firmware: parts of its loop, and variables of its kernel.

Shared by the overlay and the host. A test holds every row to the firmware's source.
"""

# Name, and the module, class and method that the loop calls once a tick.
TASKS = (
    ("sense", "pumpboard.generic.sensors", "Sensors", "read_into"),
    ("listen", "pumpapp.loop", "Loop", "_listen"),
    ("decide", "pumpcore.kernel", "Kernel", "tick"),
    ("act", "pumpboard.rp2.plunger", "Plunger", "drive"),
    ("show", "pumpboard.generic.panel", "Panel", "show"),
    ("record", "pumpapp.recorder", "Recorder", "tick"),
    ("report", "pumpapp.loop", "Loop", "_report"),
    ("carry", "pumpboard.generic.expander", "Expander", "carry"),
    ("tidy", "pumpapp.loop", "Loop", "_tidy"),
    ("wait", "pumpapp.loop", "Loop", "_wait"),
)

# A driver's module, and the one in its place on controllers without a PIO.
ELSEWHERE = {"pumpboard.rp2.plunger": "pumpboard.generic.bit_stream"}

# Of these, what checks in with the watchdog.
CHECKED_TASKS = ("sense", "listen", "decide", "act", "show", "record", "report", "carry")

# Where the path of a variable begins.
ROOT = ("pumpcore.kernel", "Kernel", "tick")

# Path from the kernel, and the bit that flips.
VARIABLES = (
    ("state", 1),  # held becomes infusing, and infusing held
    ("stop_reason", 0),
    ("motion.job", 0),  # none becomes purge
    ("motion.delivered_steps", 14),
    ("motion.moved_steps", 14),
    ("motion.minimum_interval_us", 14),
    ("motion.pacer.period_cycles", 18),  # 300,000, of 26.25 mL/h, becomes 37,856: eight times
    ("motion.pacer.issued_steps", 14),
    ("programme.microsteps", 14),
    ("programme.rate_ul_per_h", 15),
    ("conditions.pressure.occlusion_mn", 15),
    ("force.baseline_mn", 14),
    ("occurrences.lower.active", 0),
    ("occurrences.lower.stopping", 0),
)

# Exceptions that both interpreters have built in.
ERRORS = (
    "AssertionError",
    "AttributeError",
    "IndexError",
    "KeyError",
    "KeyboardInterrupt",
    "MemoryError",
    "NotImplementedError",
    "OSError",
    "OverflowError",
    "RuntimeError",
    "SystemExit",
    "TypeError",
    "ValueError",
    "ZeroDivisionError",
)
