"""What each operation of a request does to the controller's hardware, one function a code.

A function takes the controller, the operation's argument, the request and the index of its
payload; it returns the index behind it.
"""

from array import array
from collections.abc import Callable

from evenflow.emulator.controller.core import Controller
from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.controller.programs import Counter, Heartbeat, Limiter, Receiver
from evenflow.emulator.controller.stepper import Channel, Stepper
from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.plant.clock_chip import ADDRESS as CLOCK_CHIP_ADDRESS

_NS_PER_MS = 1_000_000
_EIO = 5
_PULL_UP = 1
_ALWAYS_HIGH_DUTY = 65_535

Handler = Callable[[Controller, int, "array[int]", int], int]


def apply(controller: Controller, request: "array[int]", end: int) -> None:
    """Carry out the operations of a request, all at the controller's present moment."""
    taken = request[words.OUT_UART_TAKEN]
    if taken:
        del controller.line.received[:taken]
    taken = request[words.OUT_RX_TAKEN]
    if taken and controller.receiver is not None:
        del controller.receiver.words[: taken >> (4 * controller.receiver_number) & 15]
    index = words.OUT_HEADER
    while index < end:
        word = request[index]
        index = _HANDLERS[word >> 24](controller, word & 0xFFFFFF, request, index + 1)


# ---- pins -------------------------------------------------------------------------------------


def _pin_out(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    pin = argument & 0xFF
    bit = 1 << pin
    controller.output_mask |= bit
    controller.pio_mask &= ~bit
    if argument >> 8:
        controller.output_levels |= bit
    else:
        controller.output_levels &= ~bit
    _update_pin(controller, pin)
    return index


def _pin_in(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    pin = argument & 0xFF
    bit = 1 << pin
    controller.output_mask &= ~bit
    controller.pio_mask &= ~bit
    if argument >> 8 == _PULL_UP:
        controller.pull_up_mask |= bit
    else:
        controller.pull_up_mask &= ~bit
    _update_pin(controller, pin)
    return index


def _pwm(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    controller.pwm[argument] = (request[index], request[index + 1])
    _update_pin(controller, argument)
    return index + 2


def _update_pin(controller: Controller, pin: int) -> None:
    wiring = controller.wiring
    if pin in wiring.light:
        red, green, blue = (_is_lit(controller, part) for part in wiring.light)
        controller.plant.light.set((red, green, blue), controller.now_ns)
    elif pin == wiring.buzzer:
        freq_hz, duty = controller.pwm.get(pin, (0, 0))
        controller.plant.buzzer.set(
            on=freq_hz > 0 and 0 < duty < _ALWAYS_HIGH_DUTY, now_ns=controller.now_ns
        )
    elif pin == wiring.gate:
        _update_gate(controller)


def _is_lit(controller: Controller, pin: int) -> bool:
    if controller.output_levels & controller.output_mask & (1 << pin):
        return True
    freq_hz, duty = controller.pwm.get(pin, (0, 0))
    return freq_hz > 0 and duty > 0


def _update_gate(controller: Controller) -> None:
    pin = controller.wiring.gate
    limiter = controller.limiter
    if limiter is not None and limiter.gate_pin == pin and controller.pio_mask >> pin & 1:
        controller.plant.enable.is_gate_high = bool(limiter.gate_level)
    else:
        driven = controller.output_levels & controller.output_mask
        controller.plant.enable.is_gate_high = bool(driven >> pin & 1)


def _adc(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    if argument not in controller.adc_pins:
        controller.adc_pins.append(argument)
    return index


# ---- state machines ---------------------------------------------------------------------------


def _sm_init(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    number = argument & 0xFF
    program = words.PROGRAMS[argument >> 8 & 0xFF]
    pins = request[index + 1]
    in_pin, set_pin, side_pin = pins & 0xFF, pins >> 16 & 0xFF, pins >> 24 & 0xFF
    drive_pin = set_pin if side_pin == words.NO_PIN else side_pin
    _forget(controller, number)
    machine = _MAKERS[program](controller, request[index], argument >> 16, in_pin, drive_pin)
    controller.machines[number] = machine
    if isinstance(machine, Receiver):
        controller.receiver_number = number
    for pin in (in_pin, drive_pin):
        if pin != words.NO_PIN:
            controller.pio_mask |= 1 << pin
    _update_gate(controller)
    _update_heartbeat(controller)
    return index + 2


def _forget(controller: Controller, number: int) -> None:
    machine = controller.machines[number]
    if machine is None:
        return
    machine.set_active(False, controller.now_ns)
    if isinstance(machine, Stepper):
        for channel in controller.used_channels:
            if channel.target is machine and channel.remaining:
                raise EmulationError(
                    f"DMA {channel.number} still feeds the state machine that is initialised",
                    "abort the channel first: it would fill the cleared FIFO",
                )
    _update_heartbeat(controller)


def _make_stepper(
    controller: Controller, freq_hz: int, depth: int, in_pin: int, drive_pin: int
) -> Stepper:
    controller.stepper = Stepper(freq_hz, depth, drive_pin)
    return controller.stepper


def _make_heartbeat(
    controller: Controller, freq_hz: int, depth: int, in_pin: int, drive_pin: int
) -> Heartbeat:
    controller.heartbeat = Heartbeat(freq_hz, depth, drive_pin)
    return controller.heartbeat


def _make_limiter(
    controller: Controller, freq_hz: int, depth: int, in_pin: int, drive_pin: int
) -> Limiter:
    controller.limiter = Limiter(freq_hz, drive_pin, in_pin)
    return controller.limiter


def _make_edge_count(
    controller: Controller, freq_hz: int, depth: int, in_pin: int, drive_pin: int
) -> Counter:
    if in_pin == controller.wiring.step:
        return Counter(lambda: controller.step_edge_count)
    if in_pin == controller.wiring.square_wave:
        chip = controller.plant.clock_chip
        return Counter(lambda: chip.edge_count(controller.plant.now_ns))
    raise EmulationError(
        f"edge_count: nothing that makes edges is wired to pin {in_pin}",
        "count plunger.step_pin or clock.square_wave_pin",
    )


def _make_quadrature(
    controller: Controller, freq_hz: int, depth: int, in_pin: int, drive_pin: int
) -> Counter:
    if in_pin != controller.wiring.encoder:
        raise EmulationError(f"quadrature: pin {in_pin} is not encoder.a_pin")
    drive = controller.plant.drive
    return Counter(lambda: drive.encoder_count)


def _make_receiver(
    controller: Controller, freq_hz: int, depth: int, in_pin: int, drive_pin: int
) -> Receiver:
    if in_pin != controller.wiring.force:
        raise EmulationError(f"hx711: pin {in_pin} is not force.data_pin")
    controller.receiver = Receiver()
    controller.plant.force.listener = controller.receiver.push
    return controller.receiver


_MAKERS = {
    "stepper": _make_stepper,
    "heartbeat": _make_heartbeat,
    "limiter": _make_limiter,
    "edge_count": _make_edge_count,
    "quadrature": _make_quadrature,
    "hx711": _make_receiver,
}


def _sm_active(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    machine = _machine(controller, argument & 0xFF)
    machine.set_active(bool(argument >> 8), controller.now_ns)
    _update_gate(controller)
    _update_heartbeat(controller)
    return index


def _sm_restart(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    _machine(controller, argument).restart(controller.now_ns)
    _update_heartbeat(controller)
    return index


def _sm_put(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    machine = _machine(controller, argument)
    if isinstance(machine, Counter | Receiver):
        raise EmulationError(f"state machine {argument}: its program takes no words")
    machine.put(request[index], controller.now_ns)
    _update_heartbeat(controller)
    return index + 2


def _sm_pull(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    machine = _machine(controller, argument)
    if not isinstance(machine, Limiter):
        raise EmulationError(f"state machine {argument}: only the limiter has its words pulled")
    machine.pull()
    return index


def _machine(
    controller: Controller, number: int
) -> Stepper | Heartbeat | Limiter | Counter | Receiver:
    machine = controller.machines[number]
    if machine is None:
        raise EmulationError(f"state machine {number} was never initialised")
    return machine


def _update_heartbeat(controller: Controller) -> None:
    heartbeat = controller.heartbeat
    if heartbeat is not None and heartbeat.pin == controller.wiring.enable:
        controller.plant.enable.last_edge_at_ns = heartbeat.last_edge_at_ns()


# ---- DMA --------------------------------------------------------------------------------------


def _dma_load(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    channel = _channel(controller, argument & 0xFF)
    end = index + (argument >> 8)
    channel.loaded = request[index:end].tolist()
    return end


def _dma_more(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    channel = _channel(controller, argument & 0xFF)
    end = index + (argument >> 8)
    channel.loaded = (channel.loaded or []) + request[index:end].tolist()
    return end


def _dma_start(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    channel = _channel(controller, argument & 0xFF)
    machine = _machine(controller, argument >> 8 & 0xFF)
    if not isinstance(machine, Stepper):
        raise EmulationError(f"DMA {channel.number}: only the stepper is fed by DMA here")
    channel.target = machine
    channel.chain = _channel(controller, argument >> 16)
    machine.start(channel, controller.now_ns)
    return index


def _dma_abort(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    channel = _channel(controller, argument)
    if channel.target is not None:
        channel.target.abort(channel)
    channel.loaded = None
    return index


def _channel(controller: Controller, number: int) -> Channel:
    channel = controller.channels[number]
    if channel not in controller.used_channels:
        controller.used_channels.append(channel)
    return channel


# ---- the rest ---------------------------------------------------------------------------------


def _wdt_start(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    controller.watchdog_ns = argument * _NS_PER_MS
    controller.watchdog_due_at_ns = controller.now_ns + controller.watchdog_ns
    return index


def _wdt_feed(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    controller.watchdog_due_at_ns = controller.now_ns + controller.watchdog_ns
    return index


def _uart_open(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    controller.line.open(request[index], argument)
    return index + 2


def _uart_send(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    end = index + ((argument + 3) >> 2)
    controller.line.unsent += request[index:end].tobytes()[:argument]
    return end


def _i2c_read(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    plant = controller.plant
    controller.i2c_status = _EIO
    controller.has_rare_news = True
    controller.i2c_bytes = b""
    if argument & 0xFF == CLOCK_CHIP_ADDRESS:
        controller.i2c_status = 0
        controller.i2c_bytes = plant.clock_chip.read(
            argument >> 8 & 0xFF, argument >> 16, plant.now_ns
        )
    return index


def _i2c_write(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    plant = controller.plant
    count = argument >> 16
    end = index + ((count + 3) >> 2)
    controller.i2c_status = _EIO
    controller.has_rare_news = True
    if argument & 0xFF == CLOCK_CHIP_ADDRESS:
        controller.i2c_status = 0
        values = request[index:end].tobytes()[:count]
        plant.clock_chip.write(argument >> 8 & 0xFF, values, plant.now_ns)
    return end


def _reset(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    controller.wants_reset = True
    return index


_TABLE: tuple[tuple[int, Handler], ...] = (
    (words.OP_PIN_OUT, _pin_out),
    (words.OP_PIN_IN, _pin_in),
    (words.OP_SM_INIT, _sm_init),
    (words.OP_SM_ACTIVE, _sm_active),
    (words.OP_SM_RESTART, _sm_restart),
    (words.OP_SM_PUT, _sm_put),
    (words.OP_SM_PULL, _sm_pull),
    (words.OP_DMA_LOAD, _dma_load),
    (words.OP_DMA_MORE, _dma_more),
    (words.OP_DMA_START, _dma_start),
    (words.OP_DMA_ABORT, _dma_abort),
    (words.OP_PWM, _pwm),
    (words.OP_WDT_START, _wdt_start),
    (words.OP_WDT_FEED, _wdt_feed),
    (words.OP_UART_OPEN, _uart_open),
    (words.OP_UART_SEND, _uart_send),
    (words.OP_I2C_READ, _i2c_read),
    (words.OP_I2C_WRITE, _i2c_write),
    (words.OP_ADC, _adc),
    (words.OP_RESET, _reset),
)
# By code, so that a request is carried out without searching; code 0 does not exist.
_HANDLERS: dict[int, Handler] = dict(_TABLE)
