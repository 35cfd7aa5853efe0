"""What each operation of a request does to the controller's hardware, one function a code.

A function takes the controller and the operation's argument; one whose operation has a payload
also takes the request and the index of the payload, and returns the index behind it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from evenflow.emulator.controller import esp32, machines, serial_buses, stm32
from evenflow.emulator.controller.core import Controller
from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.controller.stepper import Channel, Stepper
from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.overlay import _layout_esp32 as esp32_words
from evenflow.emulator.overlay import _layout_stm32 as stm32_words
from evenflow.emulator.overlay import _layout_stream as stream_words
from evenflow.emulator.overlay import _layout_wire as wire_words

if TYPE_CHECKING:
    from array import array

_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000
_BITS_A_BYTE = 9
_EIO = 5
_PULL_UP = 1
_ALWAYS_HIGH_DUTY = 65_535


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
        index += 1
        code = word >> 24
        plain = _PLAIN.get(code)
        if plain is not None:
            plain(controller, word & 0xFFFFFF)
        else:
            index = _LOADED[code](controller, word & 0xFFFFFF, request, index)


# ---- pins -------------------------------------------------------------------------------------


def _pin_out(controller: Controller, argument: int) -> None:
    pin = argument & 0xFF
    bit = 1 << pin
    was_high = controller.output_mask & controller.output_levels & bit
    controller.output_mask |= bit
    controller.pio_mask &= ~bit
    if argument >> 8:
        controller.output_levels |= bit
    else:
        controller.output_levels &= ~bit
    if pin == controller.wiring.enable and bool(was_high) != bool(argument >> 8):
        # An edge of the processor's own feeds the charge pump, too.
        controller.plant.enable.last_edge_at_ns = controller.now_ns
    _update_pin(controller, pin)


def _pin_in(controller: Controller, argument: int) -> None:
    pin = argument & 0xFF
    bit = 1 << pin
    controller.output_mask &= ~bit
    controller.pio_mask &= ~bit
    if argument >> 8 == _PULL_UP:
        controller.pull_up_mask |= bit
    else:
        controller.pull_up_mask &= ~bit
    _update_pin(controller, pin)


def _pwm(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    controller.pwm[argument] = (request[index], request[index + 1])
    _update_pin(controller, argument)
    return index + 2


def _update_pin(controller: Controller, pin: int) -> None:
    wiring = controller.wiring
    if pin == wiring.alive:
        level = controller.output_levels & controller.output_mask & 1 << pin
        controller.plant.power_loss_alarm.take_level(1 if level else 0, controller.now_ns)
    elif pin == wiring.buzzer:
        freq_hz, duty = controller.pwm.get(pin, (0, 0))
        controller.plant.buzzer.set(
            on=freq_hz > 0 and 0 < duty < _ALWAYS_HIGH_DUTY, now_ns=controller.now_ns
        )
    elif pin == wiring.gate:
        machines.update_gate(controller)


def _adc(controller: Controller, argument: int) -> None:
    controller.sample(argument)


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


def _dma_start(controller: Controller, argument: int) -> None:
    channel = _channel(controller, argument & 0xFF)
    machine = machines.require(controller, argument >> 8 & 0xFF)
    if not isinstance(machine, Stepper):
        raise EmulationError(f"DMA {channel.number}: only the stepper is fed by DMA here")
    channel.target = machine
    channel.chain = _channel(controller, argument >> 16)
    machine.start(channel, controller.own_ns)


def _dma_run(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    channel = _channel(controller, argument & 15)
    machine = machines.require(controller, argument >> 4 & 7)
    if not isinstance(machine, Stepper):
        raise EmulationError(f"DMA {channel.number}: only the stepper is fed by DMA here")
    if argument >> 17:
        machine.abort(channel)
    end = index + (argument >> 7 & 1023)
    channel.loaded = request[index:end].tolist()
    channel.target = machine
    channel.chain = None
    machine.start(channel, controller.own_ns)
    return end


def _dma_abort(controller: Controller, argument: int) -> None:
    channel = _channel(controller, argument)
    if channel.target is not None:
        channel.target.abort(channel)
    channel.loaded = None


def _dma_pause(controller: Controller, argument: int) -> None:
    channel = _channel(controller, argument & 0xFF)
    if channel.target is not None:
        channel.target.pause(channel, paused=bool(argument >> 8), now_ns=controller.own_ns)


def _channel(controller: Controller, number: int) -> Channel:
    channel = controller.channels[number]
    if channel not in controller.used_channels:
        controller.used_channels.append(channel)
    return channel


# ---- the rest ---------------------------------------------------------------------------------


def _wdt_start(controller: Controller, argument: int) -> None:
    controller.watchdog_ns = argument * _NS_PER_MS
    _wdt_feed(controller, 0)


def _wdt_feed(controller: Controller, _argument: int) -> None:
    controller.watchdog_due_at_ns = controller.true_moment_ns(
        controller.own_ns + controller.watchdog_ns
    )


def _uart_open(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    controller.line.open(request[index], argument)
    return index + 2


def _uart_send(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    end = index + ((argument + 3) >> 2)
    controller.line.unsent += request[index:end].tobytes()[:argument]
    return end


def _wire_open(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    controller.wire.open(request[index], argument)
    return index + 2


def _wire_send(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    end = index + ((argument + 3) >> 2)
    controller.wire.send(request[index:end].tobytes()[:argument], controller.now_ns)
    return end


def _wire_take(controller: Controller, argument: int) -> None:
    controller.wire.take(argument)


def _i2c_read(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    plant = controller.plant
    chip = plant.bus.chip(argument & 0x7F)
    controller.has_transferred = True
    controller.i2c_status = _EIO
    controller.i2c_bytes = b""
    if chip is not None:
        controller.i2c_status = 0
        place = request[index].to_bytes(4, "big")[4 - (argument >> 7 & 3) :]
        chip.take(place, plant.now_ns, _byte_ns(request[index + 1]))
        controller.i2c_bytes = chip.give(argument >> 9, plant.now_ns)
    return index + 2


def _i2c_write(controller: Controller, argument: int, request: "array[int]", index: int) -> int:
    plant = controller.plant
    count = argument >> 9
    start = index + 2
    end = start + ((count + 3) >> 2)
    chip = plant.bus.chip(argument & 0x7F)
    controller.has_transferred = True
    controller.i2c_status = _EIO
    if chip is not None:
        controller.i2c_status = 0
        place = request[index].to_bytes(4, "big")[4 - (argument >> 7 & 3) :]
        values = place + request[start:end].tobytes()[:count]
        chip.take(values, plant.now_ns, _byte_ns(request[index + 1]))
    return end


def _byte_ns(freq_hz: int) -> int:
    return _BITS_A_BYTE * _NS_PER_S // freq_hz


def _reset(controller: Controller, _argument: int) -> None:
    controller.wish = words.OP_RESET


def _soft_reset(controller: Controller, _argument: int) -> None:
    controller.wish = words.OP_SOFT_RESET


def _prompt(controller: Controller, _argument: int) -> None:
    controller.wish = words.OP_PROMPT


def _script(controller: Controller, _argument: int) -> None:
    controller.wish = words.OP_SCRIPT


def _interrupt(controller: Controller, _argument: int) -> None:
    controller.wish = words.OP_INTERRUPT


def _flash_erase(controller: Controller, argument: int) -> None:
    if controller.wear is not None and not controller.wear.erase(argument):
        controller.wish = words.OP_FLASH_ERASE


def _flash_program(controller: Controller, argument: int) -> None:
    wear = controller.wear
    if wear is not None and not wear.program(argument & 0xFFFF, argument >> 16):
        controller.wish = words.OP_FLASH_PROGRAM


def _version(controller: Controller, argument: int) -> None:
    parts = (argument >> 16, argument >> 8 & 0xFF, argument & 0xFF)
    controller.interpreter_version = ".".join(str(part) for part in parts)


_PLAIN: dict[int, Callable[[Controller, int], None]] = {
    words.OP_PIN_OUT: _pin_out,
    words.OP_PIN_IN: _pin_in,
    words.OP_SM_BEGIN: machines.begin,
    words.OP_SM_HALT: machines.halt,
    words.OP_SM_RESTART: machines.restart,
    words.OP_SM_PULL: machines.pull,
    words.OP_SM_SET_PINS: machines.set_pins,
    words.OP_DMA_START: _dma_start,
    words.OP_DMA_ABORT: _dma_abort,
    words.OP_DMA_PAUSE: _dma_pause,
    words.OP_WDT_START: _wdt_start,
    words.OP_WDT_FEED: _wdt_feed,
    words.OP_ADC: _adc,
    wire_words.OP_WIRE_TAKE: _wire_take,
    words.OP_RESET: _reset,
    words.OP_VERSION: _version,
    words.OP_FLASH_ERASE: _flash_erase,
    words.OP_FLASH_PROGRAM: _flash_program,
    words.OP_INTERRUPT: _interrupt,
    words.OP_PROMPT: _prompt,
    words.OP_SOFT_RESET: _soft_reset,
    words.OP_SCRIPT: _script,
    esp32_words.OP_PCNT_DO: esp32.act,
    esp32_words.OP_PAD_INPUT: esp32.hear,
    esp32_words.OP_RMT_START: esp32.start,
    esp32_words.OP_RMT_END_LOOP: esp32.end_loop,
    stream_words.OP_I2S_CLOSE: serial_buses.close_stream,
    stream_words.OP_SPI_OPEN: serial_buses.open_spi,
    stm32_words.OP_TIMER_EDGES: stm32.count_edges,
    stm32_words.OP_TIMER_QUADRATURE: stm32.count_quadrature,
}
_LOADED: dict[int, Callable[[Controller, int, "array[int]", int], int]] = {
    words.OP_SM_INIT: machines.init,
    words.OP_SM_PUT: machines.put,
    words.OP_DMA_LOAD: _dma_load,
    words.OP_DMA_MORE: _dma_more,
    words.OP_DMA_RUN: _dma_run,
    words.OP_PWM: _pwm,
    words.OP_UART_OPEN: _uart_open,
    words.OP_UART_SEND: _uart_send,
    wire_words.OP_WIRE_OPEN: _wire_open,
    wire_words.OP_WIRE_SEND: _wire_send,
    words.OP_I2C_READ: _i2c_read,
    words.OP_I2C_WRITE: _i2c_write,
    esp32_words.OP_PCNT_CHANNEL: esp32.set_channel,
    esp32_words.OP_PCNT_LIMITS: esp32.limit,
    esp32_words.OP_RMT_INIT: esp32.init_train,
    esp32_words.OP_RMT_LOAD: esp32.load,
    stream_words.OP_I2S_OPEN: serial_buses.open_stream,
    stream_words.OP_I2S_WRITE: serial_buses.write_stream,
    stream_words.OP_SPI_TRANSFER: serial_buses.transfer,
}
