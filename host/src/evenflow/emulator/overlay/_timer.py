"""Timers and pin interrupts. Their handlers run between two spans of time, never inside code.

The first of them puts itself in the path of every span that passes; a firmware without any pays
nothing. A timer is exact. A pin is looked at once a millisecond: a shorter pulse is not seen, as
it would be by an interrupt.
"""

import _emu

_LOOK_US = 1_000
_US_PER_MS = 1_000

_timers = []
_watches = []
_plain = None


class Timer:
    """A software timer, as rp2's: `id` is -1."""

    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id: int = -1, **settings: object) -> None:
        """As documented; `init` is called if there are settings."""
        if id != -1:
            raise ValueError("Timer %r: this controller has software timers only, -1" % id)
        self.due_us = 0
        self._period_us = 0
        self._is_periodic = True
        self._callback = None
        if settings:
            self.init(**settings)

    def init(
        self,
        *,
        mode: int = 1,
        freq: float = -1,
        period: int = -1,
        callback: object = None,
        hard: bool = False,
    ) -> None:
        """Begin; `period` is in ms, `freq` in Hz, one of them is given."""
        self._period_us = int(1_000_000 / freq) if freq > 0 else period * _US_PER_MS
        if self._period_us <= 0:
            raise ValueError("Timer: give a period in ms, or a frequency in Hz, above zero")
        self._is_periodic = mode == self.PERIODIC
        self._callback = callback
        self.due_us = _emu.now_us + self._period_us
        if self not in _timers:
            _timers.append(self)
        _watch_time()

    def deinit(self) -> None:
        """End."""
        if self in _timers:
            _timers.remove(self)

    def fire(self) -> None:
        """The moment has come."""
        if self._is_periodic:
            self.due_us += self._period_us
        else:
            self.deinit()
        if self._callback is not None:
            self._callback(self)


class Watch:
    """The interrupt of one pin: `trigger` is 4 for falling edges, 8 for rising, 12 for both."""

    def __init__(self, pin: object, handler: object, trigger: int) -> None:
        """Look from now on."""
        self.pin = pin
        self._handler = handler
        self._trigger = trigger
        self._level = pin.value()
        self._flags = 0
        _watches.append(self)
        _watch_time()

    def flags(self) -> int:
        """What the handler was called for."""
        return self._flags

    def end(self) -> None:
        """Look no more."""
        if self in _watches:
            _watches.remove(self)

    def has_changed(self) -> bool:
        """Look: whether the level has changed, in the way that is waited for."""
        level = self.pin.value()
        if level == self._level:
            return False
        self._level = level
        self._flags = 8 if level else 4
        return self._flags & self._trigger != 0

    def call(self) -> None:
        """Call the handler."""
        if self._handler is not None:
            self._handler(self.pin)


def _watch_time() -> None:
    global _plain
    if _plain is None:
        _plain = _emu.exchange
        _emu.exchange = _exchange


def _exchange(span_us: int) -> None:
    """Let time pass in parts that end where a timer is due or a pin is looked at."""
    until_us = _emu.now_us + span_us
    while True:
        part_us = until_us - _emu.now_us
        for timer in _timers:
            part_us = min(part_us, timer.due_us - _emu.now_us)
        if _watches:
            part_us = min(part_us, _LOOK_US)
        _plain(max(0, part_us))
        # A handler may begin or end others.
        for timer in [one for one in _timers if one.due_us <= _emu.now_us]:
            timer.fire()
        for watch in [one for one in _watches if one.has_changed()]:
            watch.call()
        if _emu.now_us >= until_us:
            return
