"""Sound and light patterns as alternating on and off times, in ticks of 20 ms.

IEC 60601-1-8: high is ten pulses (3-2, pause, 3-2), medium three, low two; high pulses 75-200 ms
at 50-125 ms spacing, medium and low 125-250 ms at 125-250 ms; red flashes at 1.4-2.8 Hz, yellow at
0.4-0.8 Hz, low is steady. Requirements ALM-02 to ALM-05.
"""

# 120 ms pulses, 100 ms spacing, 320 ms between the groups of three and two, 600 ms between halves.
_HIGH = (6, 5, 6, 5, 6, 16, 6, 5, 6, 30, 6, 5, 6, 5, 6, 16, 6, 5, 6, 250)
_MEDIUM = (10, 10, 10, 10, 10, 450)
_LOW = (10, 10, 10, 970)
_TEST = (10, 10, 10, 20, 25, 75)
# Long, so that there is seldom a next part to look for.
_STEADY = (30_000,)
_OFF = (0, 30_000)

# In the order of panel.SOUNDER_PATTERNS and panel.LED_PATTERNS.
SOUNDER_TICKS = (_OFF, _HIGH, _MEDIUM, _LOW, _TEST)
LED_TICKS = (_OFF, (12, 13), (41, 42), _STEADY, _STEADY, _STEADY)


class Player:
    """Plays one pattern of a table, from its start whenever the pattern changes."""

    def __init__(self, table: tuple[tuple[int, ...], ...]) -> None:
        """`table` holds alternating on and off ticks; a single entry is steadily on."""
        self._table = table
        self._pattern = 0
        self._part = 0
        self._left_ticks = 0

    def tick(self, pattern: int) -> bool:
        """Whether the signal is on during this tick."""
        parts = self._table[pattern]
        if pattern != self._pattern:
            self._pattern = pattern
            self._part = 0
            self._left_ticks = parts[0]
        while self._left_ticks == 0:
            self._part += 1
            if self._part == len(parts):
                self._part = 0
            self._left_ticks = parts[self._part]
        self._left_ticks -= 1
        return (self._part & 1) == 0
