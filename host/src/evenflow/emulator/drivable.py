"""What a scenario drives: a pump with its plant, stepped through virtual time."""

from typing import Protocol

from evenflow.emulator.controller.step_pin import RunawayPin, SilentPin
from evenflow.emulator.plant import Plant


class ControllerHandle(Protocol):
    """The last reset, and faults of pins, clock and firmware."""

    reset_cause: int

    def tell_fault(self, kind: int, name: str) -> None:
        """Have the firmware make a fault of its own (FAULT_…)."""

    def skew(self, percent: float) -> None:
        """The controller's crystal is fast by so much."""

    def break_step_pin(self, fault: SilentPin | RunawayPin) -> None:
        """STEP has that fault."""

    def flip_direction(self) -> None:
        """DIR has the other level."""

    def charge_tick(self, cost_us: int) -> None:
        """A tick of the firmware costs so much."""


class Drivable(Protocol):
    """`Board`, or a `ChipBoard` with a whole emulated RP2040 in it."""

    exchange_count: int
    reset_count: int
    # The last exchange was a transfer on a bus, and the firmware goes on with its tick.
    is_mid_tick: bool

    @property
    def plant(self) -> Plant:
        """Everything that is wired to the controller, and true time."""

    @property
    def now_us(self) -> int:
        """Virtual time since the first power-on."""

    @property
    def is_running(self) -> bool:
        """Whether a processor executes the firmware."""

    @property
    def runtime_name(self) -> str:
        """What runs the firmware."""

    @property
    def interpreter_version(self) -> str:
        """Version of that."""

    @property
    def controller(self) -> ControllerHandle:
        """What a scenario may do to the controller itself."""

    def power_on(self) -> None:
        """Start the firmware."""

    def power_off(self) -> None:
        """Cut the power; the plant stays as it is."""

    def follow_supply(self) -> None:
        """The plant's supply came or went: start as at power-on, or stop at once."""

    def close(self) -> None:
        """End it."""

    def reset(self) -> None:
        """Pull the reset line."""

    def hang(self) -> None:
        """The firmware stops in its tracks; the hardware goes on."""

    def kill(self) -> None:
        """The processor dies; the hardware goes on."""

    def step(self, max_us: int | None = None) -> None:
        """One exchange with the firmware, or the part of it that fits into so much time."""

    def write(self, values: bytes) -> None:
        """Bytes from the host onto the serial line."""

    def read(self) -> bytes:
        """Bytes that have reached the host since the last call."""
