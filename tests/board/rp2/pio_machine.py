"""A state machine that runs an assembled program in the cycle-level emulator `pioemu`.

What pioemu lacks is added here: instructions executed from outside (`execute`), words that arrive
while it runs (`feed`), joined FIFOs of eight words, and skipping the cycles of a loop that only
counts X down. pioemu ignores `in_base`, so the input pin is always GPIO 0, and it has no input
synchroniser: on the chip every input is seen two system cycles later.
"""

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

from board.rp2.assembler import PIO, Program
from pioemu import State, emulate

JMP_PIN = 1
OUT_PIN = 8
_SKIP_FROM = 16


class PioMachine:
    """Runs from clock 0; `edges` are (clock, level) of its one output pin."""

    def __init__(
        self,
        program: Program,
        *,
        pins: Callable[[int, int], int] | None = None,
        jmp_pin: int = JMP_PIN,
        is_skipping: bool = True,
    ) -> None:
        """`pins` gives all inputs at a clock, given the level of the output pin, too."""
        self.edges: list[tuple[int, int]] = []
        self.pulled_at: list[int] = []
        self.received: list[int] = []
        self._program = program
        self._pins = pins
        self._jmp_pin = jmp_pin
        self._state = State(pin_directions=1 << OUT_PIN)
        self._counting = self._counting_loop() if is_skipping else None

    @property
    def clock(self) -> int:
        """Cycles since the start."""
        return self._state.clock

    @property
    def out_level(self) -> int:
        """Level of the output pin."""
        return self._state.pin_values >> OUT_PIN & 1

    @property
    def is_starved(self) -> bool:
        """It waits in `pull` with its FIFO empty."""
        return self._waits_for_word(self._state)

    @property
    def rising_edges(self) -> list[int]:
        """Clocks at which the output went high."""
        return [clock for clock, level in self.edges if level]

    def set_x(self, value: int) -> None:
        """Preset X, as after many events."""
        self._state = replace(self._state, x_register=value & 0xFFFFFFFF)

    def feed(self, *words: int) -> None:
        """Put words into the TX FIFO; it takes any number, as if DMA kept it full."""
        self._state.transmit_fifo.extend(words)

    def run(self, until: int) -> None:
        """Run up to a clock; a delay may carry it beyond."""
        self._run(lambda _, state: state.clock >= until)

    def run_until_starved(self) -> None:
        """Run until the TX FIFO is empty and asked for more."""
        self._run(lambda _, state: self._waits_for_word(state))

    def execute(self, opcode: int) -> None:
        """One instruction from outside between two cycles; program counter and clock stay."""
        before = self._state
        states = emulate(
            [opcode],
            stop_when=lambda _, state: state.clock > before.clock,
            initial_state=replace(before, program_counter=0),
            **self._wiring(),
        )
        for _, after in states:
            self._adopt(before, replace(after, clock=before.clock))
        self._state = replace(self._state, program_counter=before.program_counter)

    def restart(self) -> None:
        """Go to the program's first instruction, as rp2.StateMachine.restart does."""
        self._state = replace(self._state, program_counter=0)

    def _waits_for_word(self, state: State) -> bool:
        opcode = self._program.opcodes[state.program_counter]
        return opcode & 0xE0A0 == 0x80A0 and not state.transmit_fifo

    def _run(self, is_done: Callable[[int, State], bool]) -> None:
        while not is_done(0, self._state):
            self._skip_counting()
            states = emulate(
                list(self._program.opcodes),
                stop_when=lambda opcode, state: is_done(opcode, state) or self._may_skip(state),
                initial_state=self._state,
                input_source=self._read_pins if self._pins else None,
                wrap_target=self._program.wrap_target,
                wrap_top=self._program.wrap_top,
                **self._wiring(),
            )
            for before, after in states:
                self._adopt(before, after)

    def _adopt(self, before: State, after: State) -> None:
        was, now = before.pin_values >> OUT_PIN & 1, after.pin_values >> OUT_PIN & 1
        if was != now:
            self.edges.append((before.clock, now))
        if len(after.transmit_fifo) < len(before.transmit_fifo):
            self.pulled_at.append(before.clock)
        while after.receive_fifo:
            self.received.append(after.receive_fifo.popleft())
        self._state = after

    def _wiring(self) -> dict[str, object]:
        settings = self._program.settings
        is_right = settings.get("in_shiftdir", PIO.SHIFT_LEFT) == PIO.SHIFT_RIGHT
        return {
            "out_base": OUT_PIN,
            "out_count": 1,
            "set_base": OUT_PIN,
            "set_count": 1,
            "side_set_base": OUT_PIN,
            "side_set_count": self._program.side_set_count,
            "jmp_pin": self._jmp_pin,
            "shift_isr_right": is_right,
            "shift_osr_right": settings.get("out_shiftdir") == PIO.SHIFT_RIGHT,
        }

    def _read_pins(self, state: State) -> int:
        assert self._pins is not None
        return self._pins(state.clock, state.pin_values >> OUT_PIN & 1)

    # pioemu reads this annotation to know what the function wants
    _read_pins.__annotations__["state"] = State

    def _counting_loop(self) -> int | None:
        """Address of a `jmp x_dec` to itself without delay, if the program has one."""
        for address, opcode in enumerate(self._program.opcodes):
            if opcode == 0x0040 | address:
                return address
        return None

    def _may_skip(self, state: State) -> bool:
        return state.program_counter == self._counting and state.x_register >= _SKIP_FROM

    def _skip_counting(self) -> None:
        state = self._state
        if self._may_skip(state):
            self._state = replace(state, clock=state.clock + state.x_register, x_register=0)


def silence(machine: PioMachine, programs: ModuleType) -> None:
    """As pumpboard.rp2.plunger does to a halted machine."""
    for _ in range(8):
        machine.execute(programs.EXEC_PULL_NOBLOCK)
    machine.execute(programs.EXEC_SET_PINS_0)
    machine.restart()
