"""State machines by number: made from a program's name, then begun, halted, fed and pulled.

Whatever changes the limiter's gate or the heartbeat's queue is passed on to the ENABLE chain.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenflow.emulator.controller.core import Controller
from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.controller.programs import Counter, Heartbeat, Limiter, Machine, Receiver
from evenflow.emulator.controller.stepper import Stepper
from evenflow.emulator.overlay import _layout as words

if TYPE_CHECKING:
    from array import array


@dataclass(frozen=True, slots=True)
class _Settings:
    """Of `StateMachine.init`; a pin that was not given is NO_PIN."""

    freq_hz: int
    depth: int
    in_pin: int
    drive_pin: int


def init(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    """Clear machine `argument & 255` and load a program into it, halted."""
    number = argument & 0xFF
    pins = request[index + 1]
    set_pin, side_pin = pins >> 16 & 0xFF, pins >> 24 & 0xFF
    settings = _Settings(
        freq_hz=request[index],
        depth=argument >> 16,
        in_pin=pins & 0xFF,
        drive_pin=set_pin if side_pin == words.NO_PIN else side_pin,
    )
    before = controller.machines[number]
    if before is not None:
        before.halt(controller.own_ns)
        _refuse_if_fed(controller, before)
        _pass_on(controller)
    machine = _make(controller, words.PROGRAMS[argument >> 8 & 0xFF], settings)
    controller.install(number, machine)
    if machine is controller.receiver:
        controller.receiver_number = number
    if settings.drive_pin != words.NO_PIN:
        controller.pio_mask |= 1 << settings.drive_pin
    _pass_on(controller)
    return index + 2


def begin(controller: Controller, argument: int) -> None:
    """`active(1)`."""
    require(controller, argument).begin(controller.own_ns)
    _pass_on(controller)


def halt(controller: Controller, argument: int) -> None:
    """`active(0)`."""
    require(controller, argument).halt(controller.own_ns)
    _pass_on(controller)


def restart(controller: Controller, argument: int) -> None:
    """`restart()`."""
    require(controller, argument).restart(controller.own_ns)
    _pass_on(controller)


def put(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    """`put(word)`, one word."""
    machine = require(controller, argument)
    if isinstance(machine, Counter | Receiver):
        raise EmulationError(f"state machine {argument}: its program takes no words")
    machine.put(request[index], controller.own_ns)
    if not isinstance(machine, Stepper):
        _pass_on(controller)
    return index + 2


def pull(controller: Controller, argument: int) -> None:
    """An executed `pull`."""
    machine = require(controller, argument)
    if isinstance(machine, Counter | Receiver):
        raise EmulationError(f"state machine {argument}: its program takes no words")
    machine.pull()


def set_pins(controller: Controller, argument: int) -> None:
    """An executed `set(pins, level)`; a single edge of it feeds no charge pump."""
    machine = require(controller, argument & 0xFF)
    if isinstance(machine, Limiter):
        machine.set_pins(argument >> 8)
        _pass_on(controller)
    elif argument >> 8:
        raise EmulationError(f"state machine {argument & 0xFF}: set(pins, 1) is not emulated")


def require(controller: Controller, number: int) -> Stepper | Machine:
    """The machine of that number; EmulationError if it was never initialised."""
    machine = controller.machines[number]
    if machine is None:
        raise EmulationError(f"state machine {number} was never initialised")
    return machine


def update_gate(controller: Controller) -> None:
    """Pass the gate pin's level on to the ENABLE chain."""
    pin = controller.wiring.gate
    limiter = controller.limiter
    if limiter is not None and limiter.gate_pin == pin and controller.pio_mask >> pin & 1:
        controller.plant.enable.is_gate_high = limiter.gate_level == 1
    else:
        driven = controller.output_levels & controller.output_mask
        controller.plant.enable.is_gate_high = driven >> pin & 1 == 1


def _pass_on(controller: Controller) -> None:
    if controller.limiter is not None:
        update_gate(controller)
    controller.pass_on_heartbeat()


def _refuse_if_fed(controller: Controller, machine: Stepper | Machine) -> None:
    for channel in controller.used_channels:
        if channel.target is machine and channel.is_busy:
            raise EmulationError(
                f"DMA {channel.number} still feeds the state machine that is initialised",
                "abort the channel first: it would fill the cleared FIFO",
            )


def _make(controller: Controller, program: str, settings: _Settings) -> Stepper | Machine:
    freq_hz, depth, drive_pin = settings.freq_hz, settings.depth, settings.drive_pin
    if program == "stepper":
        _refuse_other_pin(program, drive_pin, "plunger.step_pin", controller.wiring.step)
        stepper = Stepper(freq_hz, depth)
        controller.connect(stepper)
        return stepper
    if program == "heartbeat":
        controller.heartbeat = Heartbeat(freq_hz, depth, drive_pin)
        return controller.heartbeat
    if program == "limiter":
        _refuse_other_pin(program, settings.in_pin, "plunger.step_pin", controller.wiring.step)
        controller.limiter = Limiter(freq_hz, drive_pin)
        return controller.limiter
    if program == "hx711":
        return _make_receiver(controller, settings)
    return _make_counter(controller, program, settings.in_pin)


def _refuse_other_pin(program: str, pin: int, wanted_name: str, wanted_pin: int) -> None:
    if pin != wanted_pin:
        raise EmulationError(
            f"{program}: on pin {pin}, but {wanted_name} is {wanted_pin}",
            "nothing is wired to the other pin",
        )


def _make_receiver(controller: Controller, settings: _Settings) -> Receiver:
    _refuse_other_pin("hx711", settings.in_pin, "force.data_pin", controller.wiring.force)
    controller.receiver = Receiver()
    controller.plant.force.listener = controller.receiver.push
    return controller.receiver


def _make_counter(controller: Controller, program: str, pin: int) -> Counter:
    wiring = controller.wiring
    plant = controller.plant
    if program == "edge_count" and pin == wiring.step:
        return Counter(lambda: -controller.step_edge_count)
    if program == "edge_count" and pin == wiring.square_wave:
        return Counter(lambda: -plant.clock_chip.edge_count(plant.now_ns))
    # Forward, A leads B: counts 1, 3, ... are edges of A and 2, 4, ... edges of B.
    if program == "quadrature_half" and pin == wiring.encoder_a:
        return Counter(lambda: -((plant.drive.encoder_count + 1) // 2))
    if program == "quadrature_half" and pin == wiring.encoder_b:
        return Counter(lambda: plant.drive.encoder_count // 2)
    raise EmulationError(
        f"{program}: nothing that it could count is wired to pin {pin}",
        "see plunger.step_pin, clock.square_wave_pin and encoder in the board file",
    )
