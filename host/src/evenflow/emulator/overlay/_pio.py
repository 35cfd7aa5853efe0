"""PIO constants, programs by name, and the instructions that can be executed from outside.

A PIO program is known by the name of its function; its body is never run here, the models of
the board do what it does (the real programs are checked cycle by cycle in tests of their own).
"""

from _layout import PROGRAMS
from micropython import const


class PIO:
    """Constants of the PIO block."""

    IN_LOW = 0
    IN_HIGH = 1
    OUT_LOW = 2
    OUT_HIGH = 3
    SHIFT_LEFT = 0
    SHIFT_RIGHT = 1
    JOIN_NONE = 0
    JOIN_TX = 1
    JOIN_RX = 2


class Program:
    """Name and settings of a PIO program."""

    def __init__(self, name: str, settings: dict[str, object]) -> None:
        """`settings` are the decorator's keywords."""
        if name not in PROGRAMS:
            raise ValueError(
                "PIO program %r has no model on the emulated board; it knows %s"
                % (name, ", ".join(PROGRAMS))
            )
        self.name = name
        self.settings = settings


_DECORATOR_KEYWORDS = (
    "out_init",
    "set_init",
    "sideset_init",
    "sideset_pindir",
    "in_shiftdir",
    "out_shiftdir",
    "autopush",
    "autopull",
    "push_thresh",
    "pull_thresh",
    "fifo_join",
)


def asm_pio(**settings: object) -> object:
    """Decorator: records the function's name and these settings; does not run the function."""
    for keyword in settings:
        if keyword not in _DECORATOR_KEYWORDS:
            raise TypeError("asm_pio: unexpected keyword %r" % keyword)

    def decorate(function: object) -> Program:
        return Program(function.__name__, settings)

    return decorate


# Instructions that can be executed on a machine from outside, encoded as on the RP2040
# (datasheet 3.4); blanks do not matter.
_PUSH_NOBLOCK = const(0x8000)
_PULL = const(0x8080)
_BLOCK = const(0x0020)
_SET_PINS = const(0xE000)
_MOV_ISR_X = const(0xA0C1)
_MOV_ISR_NOT_X = const(0xA0C9)
_MOV_X_NULL = const(0xA023)
_INVERT = const(0x0008)
_EXEC_WORDS = {
    "push()": _PUSH_NOBLOCK | _BLOCK,
    "push(block)": _PUSH_NOBLOCK | _BLOCK,
    "push(noblock)": _PUSH_NOBLOCK,
    "pull()": _PULL | _BLOCK,
    "pull(block)": _PULL | _BLOCK,
    "pull(noblock)": _PULL,
    "mov(isr,x)": _MOV_ISR_X,
    "mov(isr,invert(x))": _MOV_ISR_NOT_X,
    "mov(x,null)": _MOV_X_NULL,
    "mov(x,invert(null))": _MOV_X_NULL | _INVERT,
    "set(pins,0)": _SET_PINS,
    "set(pins,1)": _SET_PINS | 1,
}
_ALL_ONES = const(0xFFFFFFFF)


def asm_pio_encode(instr: str, sideset_count: int, sideset_opt: bool = False) -> int:
    """The word of one instruction; only those that may be executed from outside here."""
    word = _EXEC_WORDS.get(instr.replace(" ", ""))
    if word is None:
        raise ValueError(
            "%r cannot be executed on the emulated board; it knows %s"
            % (instr, ", ".join(sorted(_EXEC_WORDS)))
        )
    return word
