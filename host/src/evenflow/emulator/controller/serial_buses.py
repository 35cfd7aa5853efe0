"""Operations of an I2S transmitter and of an SPI; see `operations.py` for their shape."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from evenflow.emulator.controller import esp32
from evenflow.emulator.controller.bit_stream import KEEPS, PART_BYTES, BitStream
from evenflow.emulator.controller.converter import Converter
from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.overlay._layout_stream import IN_STREAM

if TYPE_CHECKING:
    from array import array

    from evenflow.emulator.controller.core import Controller


class Wired:
    """What hangs on an I2S and on an SPI, of a controller that drives STEP and sensor by them."""

    def __init__(self) -> None:
        """Nothing is open."""
        self.stream: BitStream | None = None
        self.converter: Converter | None = None
        # What the I2S's buffer held when it was closed.
        self.kept_ns: list[int] = []

    @property
    def readings(self) -> list[tuple[int, Callable[[int], int]]]:
        """Where in the reply the stream's reading goes, and what gives it."""
        return [] if self.stream is None else [(IN_STREAM, self.stream.reading)]

    @property
    def data_level(self) -> int:
        """Of the force sensor's data line, where an SPI reads it; else 0."""
        return 0 if self.converter is None else self.converter.level


def open_stream(controller: "Controller", argument: int, request: "array[int]", index: int) -> int:
    """Send silence at a pad, from now on."""
    wiring = controller.wiring
    if argument != wiring.step:
        raise EmulationError(
            f"I2S: its data line is pad {argument}, and plunger.step_pin is {wiring.step}",
            "no bits are followed at another pin",
        )
    close_stream(controller, 0)
    part_bytes = PART_BYTES[controller.name[:5]]
    stream = BitStream(argument, request[index], part_bytes, controller.own_ns)
    stream.repeat(controller.wired.kept_ns)
    controller.wired.stream = stream
    controller.pio_mask |= 1 << argument
    if controller.is_esp32:
        # ESP-IDF makes it an output, and an output alone.
        controller.deaf_mask |= 1 << argument
    controller.connect(stream)
    esp32.tell(controller)
    return index + 2


def write_stream(
    controller: "Controller", argument: int, request: "array[int]", index: int
) -> int:
    """Queue bytes."""
    stream = controller.wired.stream
    if stream is None:
        raise EmulationError("I2S: written to while it is closed")
    end = index + argument
    frames = request[index + 1 : end].tolist()
    pairs = list(zip(frames[::2], frames[1::2], strict=True))
    stream.write(request[index], pairs, controller.own_ns)
    return end


def close_stream(controller: "Controller", _argument: int) -> None:
    """Let go of the pad, and of what is queued."""
    stream = controller.wired.stream
    if stream is not None:
        controller.wired.stream = None
        if KEEPS[controller.name[:5]]:
            controller.wired.kept_ns = stream.keep(controller.own_ns)
        controller.pio_mask &= ~(1 << stream.pad)
        controller.connect(None)
        esp32.tell(controller)


def open_spi(controller: "Controller", argument: int) -> None:
    """MOSI and MISO; a force sensor between them answers from now on."""
    wiring = controller.wiring
    mosi, miso = argument & 0xFF, argument >> 8
    if (mosi, miso) == (wiring.force_clock, wiring.force):
        controller.wired.converter = Converter()
        controller.plant.force.listener = controller.wired.converter.push


def transfer(controller: "Controller", argument: int, request: "array[int]", index: int) -> int:
    """Send bytes, and have what came back told with the next reply."""
    end = index + ((argument + 3) >> 2)
    sent = request[index:end].tobytes()[:argument]
    converter = controller.wired.converter
    controller.i2c_bytes = bytes(argument) if converter is None else converter.transfer(sent)
    controller.i2c_status = 0
    controller.has_transferred = True
    return end
