"""What talks to the chip bit by bit: the HX711 on two pins, the DS3231 on I2C.

What they measure and keep is the plant's; here is how it crosses the pins.
"""

from typing import TYPE_CHECKING

from rp2040py.peripherals.i2c import I2CMode

from evenflow.emulator.plant.clock_chip import ADDRESS

if TYPE_CHECKING:
    from rp2040py.peripherals.i2c import RPI2C

    from evenflow.emulator.plant import Plant
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


class ClockBus:
    """DS3231 on an I2C block: the first byte written is the register, then bytes run on from it.

    A transfer takes no time here; on a bus of 100 kHz a byte takes 90 us.
    """

    def __init__(self, bus: "RPI2C", plant: "Plant") -> None:
        """Alone on its bus."""
        self._bus = bus
        self._plant = plant
        self._register: int | None = None
        self._written = bytearray()
        bus.on_connect = self._connected
        bus.on_write_byte = self._take
        bus.on_read_byte = self._give
        bus.on_stop = self._stopped

    def _connected(self, address: int, mode: I2CMode) -> None:
        self._flush()
        if mode == I2CMode.WRITE:
            self._register = None
        self._bus.complete_connect(address == ADDRESS)

    def _take(self, value: int) -> None:
        if self._register is None:
            self._register = value
        else:
            self._written.append(value)
        self._bus.complete_write(ack=True)

    def _give(self, _acknowledged: int) -> None:
        register = self._register or 0
        value = self._plant.clock_chip.read(register, 1, self._plant.now_ns)[0]
        self._register = register + 1
        self._bus.complete_read(value)

    def _stopped(self) -> None:
        self._flush()
        self._bus.complete_stop()

    def _flush(self) -> None:
        if self._written and self._register is not None:
            self._plant.clock_chip.write(self._register, bytes(self._written), self._plant.now_ns)
            self._register += len(self._written)
            self._written.clear()
