"""Why the controller has started, as far as its chip can tell."""

from pumpcore._compat import const

# Index is the wire's code; append only.
RESET_CAUSES = ("power_on", "reset_line", "watchdog", "software", "debug_port", "unknown")
# A dip of the supply that was deep enough is a power-on, too.
POWER_ON = const(0)
RESET_LINE = const(1)
# The watchdog was not fed in time.
WATCHDOG = const(2)
# machine.reset(), and so mpremote reset.
SOFTWARE = const(3)
DEBUG_PORT = const(4)
UNKNOWN = const(5)
