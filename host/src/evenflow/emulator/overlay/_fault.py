"""Faults of the firmware's own: an exception, a part of its loop that fails it, a bit that flips.

The board asks for one in a reply. Each replaces a function of the running firmware, for once or
for good; none leaves anything in the path of a firmware that has no fault.
"""

import builtins
import sys
import time

import _emu
from _layout import (
    FAULT_HANG,
    FAULT_NAME_BYTES,
    FAULT_RAISE,
    FAULT_SKIP,
    IN_FAULT_KIND,
    IN_FAULT_NAME,
)
from _targets import ELSEWHERE, ROOT, TASKS, VARIABLES

_HANG_US = 20_000


def obey() -> None:
    """Make the fault of the last reply; NotImplementedError if this firmware has no such part."""
    name = _name()
    kind = _emu.reply[IN_FAULT_KIND]
    if kind == FAULT_RAISE:
        _raise_next(getattr(builtins, name))
    elif kind in (FAULT_HANG, FAULT_SKIP):
        for task, module, owner, method in TASKS:
            if task == name:
                setattr(_class(module, owner), method, _hang if kind == FAULT_HANG else _skip)
    else:
        for path, bit in VARIABLES:
            if path == name:
                _flip_next(path.split("."), bit)


def _name() -> str:
    letters = []
    for index in range(FAULT_NAME_BYTES):
        letters.append(_emu.reply[IN_FAULT_NAME + index // 4] >> 8 * (index % 4) & 0xFF)
    return bytes(letters).decode().strip()


def _raise_next(kind: type) -> None:
    """Raise where the firmware next looks at the clock or lets time pass.

    After a sleep that is the beginning of a tick: within the loop, not in its wait.
    """
    look, exchange = time.ticks_us, _emu.exchange

    def fail(*_arguments: object) -> None:
        time.ticks_us, _emu.exchange = look, exchange
        raise kind("fault injected")

    time.ticks_us = _emu.exchange = fail


def _hang(*_arguments: object) -> None:
    while True:
        _emu.exchange(_HANG_US)


def _skip(part: object, *_arguments: object) -> object:
    """Do nothing; a kernel that decides nothing hands out what it decided last."""
    return getattr(part, "outputs", 0)


def _flip_next(path: list[str], bit: int) -> None:
    """Flip at the beginning of the next tick, when the kernel shows itself as `self`."""
    module, owner, method = ROOT
    kernel_class = _class(module, owner)
    tick = getattr(kernel_class, method)

    def flip(kernel: object, inputs: object) -> object:
        setattr(kernel_class, method, tick)
        holder = kernel
        for name in path[:-1]:
            holder = getattr(holder, name)
        setattr(holder, path[-1], getattr(holder, path[-1]) ^ 1 << bit)
        return tick(kernel, inputs)

    setattr(kernel_class, method, flip)


def _class(module: str, owner: str) -> type:
    if module not in sys.modules:
        module = ELSEWHERE.get(module, module)
    if module not in sys.modules:
        raise NotImplementedError("this firmware has no module %s for a fault" % module)
    return getattr(sys.modules[module], owner)
