"""A small PIO assembler: runs functions under `@rp2.asm_pio` on CPython and keeps their opcodes.

Written from the instruction encodings of the RP2040 datasheet, 3.4; test_programs compares it with
listings of two other assemblers. Side-set must be on every instruction of a program or on none.
"""

import importlib.util
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

_FOLDER = Path(__file__).parents[3] / "firmware" / "src" / "pumpboard" / "rp2"
PROGRAMS_FILE = _FOLDER / "programs.py"
FIXTURE_PROGRAMS_FILE = _FOLDER / "fixture_programs.py"

_NOT = 1 << 3
_IF = 1 << 6
_BLOCK = 1 << 5

_SOURCES = {"pins": 0, "x": 1, "y": 2, "null": 3, "isr": 6, "osr": 7}
_CONDITIONS = {"always": 0, "not_x": 1, "x_dec": 2, "not_y": 3, "y_dec": 4, "x_not_y": 5, "pin": 6}
_WAIT_ON = {"gpio": 0, "pin": 1, "irq": 2}


class PIO:
    """The constants of `rp2.PIO` that decorators use."""

    IN_LOW, IN_HIGH, OUT_LOW, OUT_HIGH = range(4)
    SHIFT_LEFT, SHIFT_RIGHT = range(2)
    JOIN_NONE, JOIN_TX, JOIN_RX = range(3)


@dataclass(frozen=True)
class Program:
    """An assembled program; wrap is from `wrap_top` to `wrap_target`."""

    name: str
    opcodes: tuple[int, ...]
    wrap_target: int
    wrap_top: int
    side_set_count: int
    settings: Mapping[str, object]


class Instruction:
    """One instruction, open for a delay in brackets and for `.side()`."""

    def __init__(self, bits: int, target: str | None = None) -> None:
        """`bits` without delay, side-set and, for a jump to `target`, address."""
        self.bits = bits
        self.target = target
        self.delay = 0
        self.side_set: int | None = None

    def __getitem__(self, cycles: int) -> "Instruction":
        self.delay = cycles
        return self

    def side(self, value: int) -> "Instruction":
        """Set the side-set pin with this instruction."""
        self.side_set = value
        return self


class Assembly:
    """A program in the making; `names` is what the body of its function sees."""

    def __init__(self, settings: Mapping[str, object] | None = None) -> None:
        """Empty, with the keywords of `asm_pio`."""
        self._settings = dict(settings or {})
        self._instructions: list[Instruction] = []
        self._labels: dict[str, int] = {}
        self._wrap_target = 0
        self._wrap_top: int | None = None
        directives = (self.wrap_target, self.wrap, self.label)
        instructions = (self.nop, self.jmp, self.wait, self.in_, self.out, self.push)
        instructions += (self.pull, self.mov, self.irq, self.set)
        self.names: dict[str, object] = {f.__name__: f for f in directives + instructions}
        words = "pins pindirs x y null isr osr exec pc status pin gpio not_x x_dec not_y y_dec"
        words += " x_not_y block noblock iffull ifempty"
        self.names.update((word, word) for word in words.split())
        self.names["invert"] = lambda source: "~" + source

    def program(self, name: str) -> Program:
        """What has been written so far, with jumps resolved."""
        sides = [i.side_set for i in self._instructions]
        if None in sides and any(side is not None for side in sides):
            raise ValueError(f"{name}: side-set on some instructions only")
        side_set_count = 0 if None in sides else 1
        if (side_set_count == 1) != ("sideset_init" in self._settings):
            raise ValueError(f"{name}: side-set and sideset_init do not agree")
        last = len(self._instructions) - 1
        return Program(
            name,
            tuple(self._encode(i, side_set_count) for i in self._instructions),
            self._wrap_target,
            last if self._wrap_top is None else self._wrap_top,
            side_set_count,
            self._settings,
        )

    def _encode(self, instruction: Instruction, side_set_count: int) -> int:
        delay_bits = 5 - side_set_count
        if not 0 <= instruction.delay < 1 << delay_bits:
            raise ValueError(f"delay of {instruction.delay} cycles")
        opcode = instruction.bits | instruction.delay << 8
        opcode |= (instruction.side_set or 0) << (8 + delay_bits)
        if instruction.target is not None:
            opcode |= self._labels[instruction.target]
        return opcode

    def _add(self, bits: int, target: str | None = None) -> Instruction:
        self._instructions.append(Instruction(bits, target))
        return self._instructions[-1]

    def wrap_target(self) -> None:
        """The next instruction follows the wrap."""
        self._wrap_target = len(self._instructions)

    def wrap(self) -> None:
        """The instruction before wraps."""
        self._wrap_top = len(self._instructions) - 1

    def label(self, name: str) -> None:
        """Name the next instruction."""
        if name in self._labels:
            raise ValueError(f"label {name} twice")
        self._labels[name] = len(self._instructions)

    def nop(self) -> Instruction:
        """As `mov(y, y)`."""
        return self.mov("y", "y")

    def jmp(self, condition: str, target: str | None = None) -> Instruction:
        """`jmp(label)` or `jmp(condition, label)`."""
        if target is None:
            condition, target = "always", condition
        return self._add(_CONDITIONS[condition] << 5, target)

    def wait(self, polarity: int, source: str, index: int) -> Instruction:
        """Stall until a pin or flag is at `polarity`."""
        return self._add(1 << 13 | polarity << 7 | _WAIT_ON[source] << 5 | index)

    def in_(self, source: str, bit_count: int) -> Instruction:
        """Shift into the ISR."""
        return self._add(2 << 13 | _SOURCES[source] << 5 | _count(bit_count))

    def out(self, destination: str, bit_count: int) -> Instruction:
        """Shift out of the OSR."""
        places = {"pins": 0, "x": 1, "y": 2, "null": 3, "pindirs": 4, "pc": 5, "isr": 6, "exec": 7}
        return self._add(3 << 13 | places[destination] << 5 | _count(bit_count))

    def push(self, *modes: str) -> Instruction:
        """ISR to the RX FIFO; blocks unless told not to."""
        return self._add(4 << 13 | _modes(modes, "iffull"))

    def pull(self, *modes: str) -> Instruction:
        """TX FIFO to the OSR; blocks unless told not to."""
        return self._add(4 << 13 | 1 << 7 | _modes(modes, "ifempty"))

    def mov(self, destination: str, source: str) -> Instruction:
        """Copy, bits inverted for `invert(source)`."""
        places = {"pins": 0, "x": 1, "y": 2, "exec": 4, "pc": 5, "isr": 6, "osr": 7}
        operation = _NOT if source.startswith("~") else 0
        bits = places[destination] << 5 | operation | _SOURCES[source.lstrip("~")]
        return self._add(5 << 13 | bits)

    def irq(self, index: int) -> Instruction:
        """Raise a flag."""
        return self._add(6 << 13 | index)

    def set(self, destination: str, value: int) -> Instruction:
        """Write a constant of 5 bits."""
        places = {"pins": 0, "x": 1, "y": 2, "pindirs": 4}
        if not 0 <= value < 32:
            raise ValueError(f"set: {value} does not fit into 5 bits")
        return self._add(7 << 13 | places[destination] << 5 | value)


def asm_pio(**settings: object) -> Callable[[types.FunctionType], Program]:
    """As `rp2.asm_pio`, but the function becomes a Program."""

    def assemble(function: types.FunctionType) -> Program:
        assembly = Assembly(settings)
        types.FunctionType(function.__code__, assembly.names)()
        return assembly.program(function.__name__)

    return assemble


def load_programs(file: Path = PROGRAMS_FILE) -> types.ModuleType:
    """A module of the firmware's programs, its functions assembled."""
    rp2 = types.ModuleType("rp2")
    rp2.asm_pio = asm_pio  # type: ignore[attr-defined]
    rp2.PIO = PIO  # type: ignore[attr-defined]
    spec = importlib.util.spec_from_file_location("assembled_programs", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with mock.patch.dict("sys.modules", {"rp2": rp2}):
        spec.loader.exec_module(module)
    return module


def _count(bit_count: int) -> int:
    if not 0 < bit_count <= 32:
        raise ValueError(f"{bit_count} bits of 32")
    return bit_count & 31


def _modes(modes: tuple[str, ...], condition: str) -> int:
    unknown = set(modes) - {"block", "noblock", condition}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return (0 if "noblock" in modes else _BLOCK) | (_IF if condition in modes else 0)
