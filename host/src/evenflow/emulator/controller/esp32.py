"""What an esp32 has instead of state machines: pulse counters and pulse trains, by number."""

from typing import TYPE_CHECKING

from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.controller.pulse_counter import ChannelSettings, PulseCounter, Signals
from evenflow.emulator.controller.pulse_train import PulseTrain
from evenflow.emulator.overlay import _layout_esp32 as words
from evenflow.emulator.overlay._layout import NO_PIN

if TYPE_CHECKING:
    from array import array

    from evenflow.emulator.controller.core import Controller


def set_channel(controller: "Controller", argument: int, request: "array[int]", index: int) -> int:
    """Pins and actions of one channel of a counter; EmulationError for a pin without edges."""
    pins, actions = request[index], request[index + 1]
    settings = ChannelSettings(
        pin=pins & 0xFF,
        mode_pin=pins >> 8 & 0xFF,
        rising=actions & 15,
        falling=actions >> 4 & 15,
        mode_low=actions >> 8 & 15,
        mode_high=actions >> 12 & 15,
    )
    wiring = controller.wiring
    counted = (wiring.step, wiring.square_wave, wiring.encoder_a, wiring.encoder_b, NO_PIN)
    if settings.pin not in counted:
        raise EmulationError(
            f"PCNT: nothing that it could count is wired to pin {wiring.pin(settings.pin)}",
            "see plunger.step_pin, clock.square_wave_pin and encoder in the board file",
        )
    _counter(controller, argument & 0xFF).set_channel(argument >> 8, settings)
    return index + 2


def limit(controller: "Controller", argument: int, request: "array[int]", index: int) -> int:
    """Limits of a counter."""
    lowest = request[index] - (1 << 32) if request[index] >> 31 else 0
    _counter(controller, argument).limit(lowest, request[index + 1])
    return index + 2


def act(controller: "Controller", argument: int) -> None:
    """Start, stop, clear or forget a counter."""
    number, action = argument & 0xFF, argument >> 8
    if action == words.PCNT_FORGET:
        controller.counters[number] = PulseCounter(_signals(controller))
        tell(controller)
    elif action == words.PCNT_CLEAR:
        _counter(controller, number).clear()
    else:
        _counter(controller, number).run(is_running=action == words.PCNT_START)


def hear(controller: "Controller", argument: int) -> None:
    """Let the level of a pad reach the counters, or no more."""
    bit = 1 << (argument & 0xFF)
    if argument >> 8:
        controller.deaf_mask &= ~bit
    else:
        controller.deaf_mask |= bit


def init_train(controller: "Controller", argument: int, request: "array[int]", index: int) -> int:
    """Give a channel a pin, or release it; EmulationError for a pin that no plant follows."""
    before = controller.trains.pop(argument, None)
    if before is not None:
        _release(controller, before)
    pin, idle_level = request[index] & 0xFF, request[index] >> 8
    if pin != NO_PIN:
        wiring = controller.wiring
        if pin not in (wiring.step, wiring.enable):
            raise EmulationError(
                f"RMT: on pin {wiring.pin(pin)}, but plunger.step_pin is "
                f"{wiring.pin(wiring.step)} and plunger.enable_pin {wiring.pin(wiring.enable)}",
                "no pulses are followed at another pin",
            )
        if any(train.pin == pin for train in controller.trains.values()):
            raise EmulationError(
                f"RMT: pin {wiring.pin(pin)} has another channel already",
                "call its deinit() first",
            )
        train = controller.trains[argument] = PulseTrain(pin, idle_level, request[index + 1])
        controller.pio_mask |= 1 << pin
        if pin == wiring.step:
            controller.connect(train)
        else:
            controller.heartbeat = train
    tell(controller)
    return index + 2


def load(controller: "Controller", argument: int, request: "array[int]", index: int) -> int:
    """Pulses for the next start."""
    end = index + (argument >> 8)
    controller.trains[argument & 0xFF].load(request[index:end].tolist())
    return end


def start(controller: "Controller", argument: int) -> None:
    """Send what was loaded."""
    train = controller.trains[argument & 0xFF]
    train.start(controller.own_ns, loops=bool(argument >> 8))
    hold_ns = controller.plant.enable.hold_ns
    if train is controller.heartbeat and train.longest_pause_ns() > hold_ns:
        raise EmulationError(
            f"RMT: a pause of {train.longest_pause_ns()} ns on the ENABLE pin, whose charge pump "
            f"holds {hold_ns}",
            "ENABLE would drop within the pulses, which is not emulated: send shorter ones",
        )
    controller.pass_on_heartbeat()


def end_loop(controller: "Controller", argument: int) -> None:
    """Let a loop end after its round."""
    train = controller.trains.get(argument)
    if train is not None:
        train.end_loop(controller.own_ns)
        controller.pass_on_heartbeat()


def _counter(controller: "Controller", number: int) -> PulseCounter:
    return controller.counters[number]


def _signals(controller: "Controller") -> Signals:
    plant, wiring = controller.plant, controller.wiring
    return Signals(
        encoder_count=lambda: plant.drive.encoder_count,
        encoder_a_pin=wiring.encoder_a,
        encoder_b_pin=wiring.encoder_b,
        pulse_counts={
            wiring.step: lambda: controller.step_edge_count - controller.unheard_edge_count,
            wiring.square_wave: lambda: plant.clock_chip.edge_count(plant.now_ns),
        },
        level=lambda pin: controller.levels() >> pin & 1,
    )


def _release(controller: "Controller", train: PulseTrain) -> None:
    """The pin floats, and what was queued for it never comes."""
    controller.pio_mask &= ~(1 << train.pin)
    if controller.heartbeat is train:
        controller.heartbeat = None
        enable = controller.plant.enable
        enable.last_edge_at_ns = min(enable.last_edge_at_ns, controller.now_ns)
    elif train.pin == controller.wiring.step:
        controller.connect(None)


def tell(controller: "Controller") -> None:
    """Have the reply tell of every counter and train, and of the stream."""
    controller.readings = [
        *((words.IN_PCNT + number, one.reading) for number, one in controller.counters.items()),
        *((words.IN_RMT + number, one.reading) for number, one in controller.trains.items()),
        *controller.wired.readings,
    ]
