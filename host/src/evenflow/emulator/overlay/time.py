"""Virtual time with MicroPython's functions; ticks wrap at 2^30 as on the controller.

A loop that only waits for the clock to go on never ends: time passes in sleeps.
"""

import _emu

_MASK = _emu.TICKS_MASK
_HALF = 1 << 29

# Beside its variables, because it is asked for five times a tick.
ticks_us = _emu.ticks_us


def ticks_ms() -> int:
    """Milliseconds, modulo 2^30."""
    if _emu.is_tick_owed and _emu.end != _emu.tick_start:
        _emu.charge_tick()
    return _emu.now_us // 1000 & _MASK


def ticks_add(ticks: int, delta: int) -> int:
    """A moment `delta` ticks away, modulo 2^30."""
    return (ticks + delta) & _MASK


def ticks_diff(end: int, start: int) -> int:
    """Signed ticks from start to end, -2^29 to 2^29 - 1."""
    return ((end - start + _HALF) & _MASK) - _HALF


def sleep_us(span_us: int) -> None:
    """Let virtual time pass; nothing happens for zero or less."""
    if span_us > 0:
        _emu.exchange(span_us)


def sleep_ms(span_ms: int) -> None:
    """Let virtual time pass; nothing happens for zero or less."""
    if span_ms > 0:
        _emu.exchange(span_ms * 1000)


def sleep(span_s: float) -> None:
    """Let virtual time pass; nothing happens for zero or less."""
    if span_s > 0:
        _emu.exchange(int(span_s * 1_000_000))
