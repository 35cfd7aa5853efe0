"""What talks to the chip bit by bit: the HX711 on two pins, the chips on I2C.

What they measure and keep is the plant's; here is how it crosses the pins.
"""

from typing import TYPE_CHECKING

from rp2040py.peripherals.i2c import I2CMode

if TYPE_CHECKING:
    from rp2040py.peripherals.i2c import RPI2C

    from evenflow.emulator.plant import Plant
    from evenflow.emulator.plant.i2c_bus import I2cChip
    from evenflow.emulator.rp2040.chip import Chip

_WORD_BITS = 24


class ForceConverter:
    """HX711: DOUT falls when a conversion is ready; each rise of the clock shifts a bit out.

    The 25th rise asks for gain 128 and lets DOUT go high (HX711 data sheet, "Serial Interface").
    A conversion that ends in the middle of a read is lost, as there.
    """

    def __init__(self, chip: "Chip", plant: "Plant", data_pin: int, clock_pin: int) -> None:
        """Nothing converted yet."""
        self._chip = chip
        self._data_pin = data_pin
        self._word: int | None = None
        self._read_count = 0
        chip.drive(data_pin, high=True)
        chip.watch(clock_pin, self._clocked)
        plant.force.listener = self._converted

    def _converted(self, word: int) -> None:
        if self._read_count == 0:
            self._word = word
            self._chip.drive(self._data_pin, high=False)

    def _clocked(self, level: int) -> None:
        if not level or self._word is None:
            return
        self._read_count += 1
        if self._read_count <= _WORD_BITS:
            bit = self._word >> (_WORD_BITS - self._read_count) & 1
            self._chip.drive(self._data_pin, high=bool(bit))
            return
        self._word = None
        self._read_count = 0
        self._chip.drive(self._data_pin, high=True)


class PlantBus:
    """The plant's I2C chips on an I2C block: what is written goes to its chip as a whole.

    A transfer takes no time here, so that a cut of power leaves all of a write or nothing; on a
    bus of 400 kHz a byte takes 22.5 us.
    """

    def __init__(self, bus: "RPI2C", plant: "Plant") -> None:
        """Take the block's calls."""
        self._bus = bus
        self._plant = plant
        self._chip: I2cChip | None = None
        self._written = bytearray()
        bus.on_connect = self._connected
        bus.on_write_byte = self._take
        bus.on_read_byte = self._give
        bus.on_stop = self._stopped

    def _connected(self, address: int, _mode: I2CMode) -> None:
        self._flush()
        self._chip = self._plant.bus.chip(address)
        self._bus.complete_connect(self._chip is not None)

    def _take(self, value: int) -> None:
        self._written.append(value)
        self._bus.complete_write(ack=True)

    def _give(self, _acknowledged: int) -> None:
        chip = self._chip
        value = 0xFF if chip is None else chip.give(1, self._plant.now_ns)[0]
        self._bus.complete_read(value)

    def _stopped(self) -> None:
        self._flush()
        self._bus.complete_stop()

    def _flush(self) -> None:
        if self._written and self._chip is not None:
            self._chip.take(bytes(self._written), self._plant.now_ns, 0)
        self._written.clear()
