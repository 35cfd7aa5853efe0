"""The least of MicroPython's `machine` and `rp2` that the RP2040 drivers need, with its traps.

An aborted DMA channel has lost its count (to 0 by the RP2040 datasheet, 2.5.5.3; here to what it
began with, which is worse), a busy one ignores a trigger, a restarted state machine keeps its
FIFO, and a `put` into a full FIFO never returns.
"""

import types
from collections import deque

from board.rp2.assembler import PIO, Program, asm_pio

_ENABLE, _INCREMENT_WRITE = 1, 1 << 5
_TREQ_SHIFT = 15
_GPIO_IN = 0xD000_0004
EXPANDER, FRAM, CLOCK_CHIP = 0x20, 0x50, 0x68


class Chip:
    """All parts made by a driver, and what was done to them, in order."""

    def __init__(self) -> None:
        """Pins are low, inputs are pulled up; nothing has been done."""
        self.log: list[tuple[object, ...]] = []
        self.built: list[tuple[object, ...]] = []
        self.levels: dict[int, int] = {}
        self.machines: dict[int, StateMachine] = {}
        self.channels: list[Dma] = []
        self.uart_received = b""
        self.uart_sent = b""
        # Of each chip on the bus, by address: its places.
        self.i2c_places: dict[int, dict[int, int]] = {EXPANDER: {}, FRAM: {}, CLOCK_CHIP: {}}
        self.adc_u16: dict[int, int] = {}
        self.system_hz = 125_000_000
        self.feed_count = 0
        # CHIP_RESET with HAD_POR, and the watchdog's REASON.
        self.registers = {0x4006_4008: 1 << 8, 0x4005_8008: 0}
        self.inputs: set[int] = set()

    def named(self, program_name: str) -> "StateMachine":
        """The one machine that runs a program."""
        (machine,) = [m for m in self.machines.values() if m.program.name == program_name]
        return machine

    def did(self, *parts: str) -> list[tuple[object, ...]]:
        """The log, of these parts only."""
        return [entry for entry in self.log if entry[0] in parts]

    def modules(self) -> dict[str, types.ModuleType]:
        """`machine` and `rp2` of this chip."""
        machine = types.ModuleType("machine")
        rp2 = types.ModuleType("rp2")
        names: dict[str, object] = {
            "Pin": self._bound(Pin),
            "PWM": self._bound(Pwm),
            "ADC": self._bound(Adc),
            "UART": self._bound(Uart),
            "I2C": self._bound(I2c),
            "WDT": self._bound(Wdt),
            "freq": lambda: self.system_hz,
            "unique_id": lambda: b"12345678",
            "mem32": Registers(self),
        }
        vars(machine).update(names)
        rp2_names = {"asm_pio": asm_pio, "PIO": PIO}
        vars(rp2).update(rp2_names, StateMachine=self._bound(StateMachine), DMA=self._bound(Dma))
        return {"machine": machine, "rp2": rp2}

    def _bound(self, part: type) -> object:
        """A class whose objects belong to this chip."""
        return type(part.__name__, (part,), {"chip": self, **_constants(part)})


def _constants(part: type) -> dict[str, object]:
    return {name: value for name, value in vars(part).items() if name.isupper()}


class Registers:
    """`mem32` of a chip."""

    def __init__(self, chip: Chip) -> None:
        """Of that chip."""
        self._chip = chip

    def __getitem__(self, address: int) -> int:
        """GPIO_IN, or what was put there; an input that nobody drives is pulled up."""
        chip = self._chip
        if address != _GPIO_IN:
            return chip.registers[address]
        pins = chip.inputs | chip.levels.keys()
        return sum(1 << pin for pin in pins if chip.levels.get(pin, 1))


class Part:
    """Something on a chip."""

    chip: Chip


class Pin(Part):
    """A pin; an input reads what the test put into `levels`."""

    IN, OUT, PULL_UP = 0, 1, 1

    def __init__(self, number: int, mode: int = -1, _pull: int = -1, *, value: int = -1) -> None:
        """As documented."""
        self.number = number
        if mode == Pin.IN:
            self.chip.inputs.add(number)
        if mode == Pin.OUT:
            self.chip.log.append(("pin", number, value))
            self.chip.levels[number] = value

    def value(self, level: int | None = None) -> int | None:
        """Read, or write."""
        if level is None:
            return self.chip.levels.get(self.number, 1)
        self.chip.log.append(("pin", self.number, level))
        self.chip.levels[self.number] = level
        return None


class StateMachine(Part):
    """A state machine that runs nothing: its FIFOs and what was done to it."""

    def __init__(
        self,
        number: int,
        program: Program,
        *,
        freq: int,
        in_base: Pin | None = None,
        out_base: Pin | None = None,
        set_base: Pin | None = None,
        jmp_pin: Pin | None = None,
        sideset_base: Pin | None = None,
    ) -> None:
        """Halted, with empty FIFOs."""
        assert number not in self.chip.machines
        self.chip.machines[number] = self
        self.program = program
        self.freq = freq
        self.in_base, self.jmp_pin = in_base, jmp_pin
        self.drives = set_base or out_base or sideset_base
        self.is_active = False
        self.tx: deque[int] = deque()
        self.rx: deque[int] = deque()
        self.isr = 0
        self.x = 0
        join = program.settings.get("fifo_join", PIO.JOIN_NONE)
        self.depth = 8 if join == PIO.JOIN_TX else 4

    def _did(self, what: str, *values: object) -> None:
        self.chip.log.append((self.program.name, what, *values))

    def active(self, value: int) -> None:
        """Run or halt."""
        self._did("active", int(value))
        self.is_active = bool(value)

    def restart(self) -> None:
        """To the start of the program."""
        self._did("restart")

    def put(self, word: int) -> None:
        """Into the TX FIFO."""
        assert len(self.tx) < self.depth, "put() would wait for ever"
        assert 0 <= word < 1 << 32
        self._did("put", word)
        self.tx.append(word)

    def tx_fifo(self) -> int:
        """Words in it."""
        return len(self.tx)

    def rx_fifo(self) -> int:
        """Words in it."""
        return len(self.rx)

    def get(self, buffer: memoryview | None = None) -> int | None:
        """From the RX FIFO."""
        assert self.rx, "get() would wait for ever"
        word = self.rx.popleft()
        if buffer is None:
            return word
        buffer[0] = word & 0xFFFF
        return None

    def exec(self, opcode: int) -> None:
        """The instructions that drivers execute."""
        self._did("exec", opcode)
        if opcode == 0x8080 and self.tx:
            self.tx.popleft()
        elif opcode == 0x8000:
            self.rx.append(self.isr)
        elif opcode == 0xA0C1:
            self.isr = self.x & 0xFFFFFFFF
        elif opcode == 0xA0C9:
            self.isr = ~self.x & 0xFFFFFFFF
        elif opcode == 0xE000:
            assert self.drives is not None
            self.chip.levels[self.drives.number] = 0


class Dma(Part):
    """A channel that moves words when the test says so, and during each look at `count`."""

    def __init__(self) -> None:
        """Claim a channel."""
        self.chip.channels.append(self)
        self.moved_during_a_look = 0
        self.moved: list[int] = []
        self.buffers: list[object] = []
        self._words: object = None
        self._at = 0
        self._reload = 0
        self._left = 0
        self._was_aborted = False
        self._ctrl = 0
        self._target: StateMachine | None = None

    def pack_ctrl(
        self, *, enable: bool = True, inc_write: bool = True, treq_sel: int = 0x3F
    ) -> int:
        """EN, INCR_WRITE and TREQ_SEL of CTRL."""
        return enable | inc_write << 5 | treq_sel << _TREQ_SHIFT

    def config(
        self,
        *,
        read: object = None,
        write: StateMachine | None = None,
        count: int | None = None,
        ctrl: int | None = None,
        trigger: bool = False,
    ) -> None:
        """Write registers; the trigger starts the transfer."""
        if ctrl is not None:
            self._ctrl = ctrl
        if read is not None:
            self.buffers.append(read)
            self._words, self._at = read, 0
        if write is not None:
            self._target = write
        if count is not None:
            self._reload = count
        if trigger and self._left == 0:
            assert self._ctrl & _ENABLE
            assert not self._ctrl & _INCREMENT_WRITE
            self.chip.log.append(("dma", "start", self._reload))
            self._left = self._reload
            self._was_aborted = False

    def active(self, value: int) -> None:
        """Abort."""
        assert not value
        self.chip.log.append(("dma", "abort"))
        self._left = 0
        self._was_aborted = True

    @property
    def count(self) -> int:
        """Transfers left; the channel goes on right after."""
        seen = self._reload if self._was_aborted else self._left
        self.move(self.moved_during_a_look)
        return seen

    @property
    def request(self) -> int:
        """TREQ_SEL."""
        return self._ctrl >> _TREQ_SHIFT

    def move(self, count: int) -> None:
        """Carry up to `count` words."""
        while count and self._left and self._ctrl & _ENABLE:
            self.moved.append(self._words[self._at])  # type: ignore[index]
            self._at += 1
            self._left -= 1
            count -= 1


class Pwm(Part):
    """A tone."""

    def __init__(self, _pin: Pin, *, freq: int, duty_u16: int) -> None:
        """As documented."""
        self.chip.log.append(("pwm", freq, duty_u16))

    def duty_u16(self, duty: int) -> None:
        """Change it."""
        self.chip.log.append(("pwm", duty))


class Adc(Part):
    """A voltage."""

    CORE_TEMP = 4

    def __init__(self, source: Pin | int) -> None:
        """As documented."""
        self._source = source if isinstance(source, int) else source.number

    def read_u16(self) -> int:
        """What the test says."""
        self.chip.log.append(("adc", self._source))
        return self.chip.adc_u16.get(self._source, 0)


class Uart(Part):
    """A serial port with bytes waiting."""

    def __init__(self, _number: int, **settings: object) -> None:
        """As documented."""
        self.settings = settings

    def any(self) -> int:
        """Bytes waiting."""
        return len(self.chip.uart_received)

    def readinto(self, buffer: bytearray, count: int) -> int | None:
        """None if there are none."""
        assert count <= len(buffer)
        taken = self.chip.uart_received[:count]
        self.chip.uart_received = self.chip.uart_received[count:]
        buffer[: len(taken)] = taken
        return len(taken) or None

    def write(self, buffer: bytearray, count: int | None = None) -> None:
        """The first `count` bytes, or all."""
        self.chip.uart_sent += bytes(buffer[:count])


class I2c(Part):
    """A bus with chips; every byte that was never written is zero. FRAM has places of 16 bits."""

    def __init__(self, _number: int, **settings: object) -> None:
        """As documented."""
        self.chip.log.append(("i2c", settings["freq"], settings["timeout"]))

    def writeto(self, address: int, values: bytearray) -> int:
        """Write from a place on."""
        places = self._places(address)
        head = 2 if address == FRAM else 1
        place = int.from_bytes(values[:head], "big")
        self.chip.log.append(("i2c write", address, place, bytes(values[head:])))
        for index, value in enumerate(values[head:]):
            places[place + index] = value
        return len(values)

    def readfrom_mem_into(
        self, address: int, place: int, buffer: bytearray, *, addrsize: int = 8
    ) -> None:
        """Read from a place on."""
        assert addrsize == (16 if address == FRAM else 8)
        places = self._places(address)
        self.chip.log.append(("i2c read", address, place, len(buffer)))
        for index in range(len(buffer)):
            buffer[index] = places.get(place + index, 0)

    def _places(self, address: int) -> dict[int, int]:
        if address not in self.chip.i2c_places:
            raise OSError(5)
        return self.chip.i2c_places[address]


class Wdt(Part):
    """A watchdog."""

    def __init__(self, *, timeout: int) -> None:
        """Begin to count."""
        self.chip.log.append(("watchdog", timeout))

    def feed(self) -> None:
        """Count it."""
        self.chip.feed_count += 1
