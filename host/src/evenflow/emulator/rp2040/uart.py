"""A UART of the RP2040 whose bytes take their time on the line, in place of the emulator's own.

rp2040py 0.3.6 sends a byte in no time and holds its transmit interrupt for ever, so that
MicroPython's buffered UART never leaves its interrupt. Here a FIFO of 32 bytes drains at the baud
rate, and the interrupts come as those of the PL011: transmit when the FIFO falls to its level,
receive at its level or 32 bit times after the last byte (RP2040 datasheet, 4.2.6 and 4.2.8).
"""

from collections import deque
from typing import TYPE_CHECKING

from rp2040py.peripherals.uart import RPUART, IUARTDMAChannels

if TYPE_CHECKING:
    from rp2040py.rp2040 import RP2040

_DR, _FR, _IFLS, _ICR = 0x00, 0x18, 0x34, 0x44
_TX_EMPTY, _RX_FULL, _TX_FULL, _RX_EMPTY, _BUSY = 1 << 7, 1 << 6, 1 << 5, 1 << 4, 1 << 3
_RX_INTERRUPT, _TX_INTERRUPT, _TIMEOUT_INTERRUPT = 1 << 4, 1 << 5, 1 << 6
_FIFO_BYTES = 32
# Of the FIFO, by the selector in UARTIFLS.
_LEVELS = (4, 8, 16, 24, 28, 28, 28, 28)
_IFLS_AT_RESET = 0x12
_BITS_A_BYTE = 10
_TIMEOUT_BITS = 32
_NS_PER_S = 1_000_000_000


class LineUart(RPUART):
    """Both ends of the line: registers for the chip, `host_writes` and `host_reads` for us."""

    def __init__(
        self, rp2040: "RP2040", name: str, irq: int, dreq: IUARTDMAChannels, baud: int
    ) -> None:
        """A line of that speed, whatever divider the firmware sets; `is_open` tells if it did."""
        super().__init__(rp2040, name, irq, dreq)
        self.lost_count = 0
        self._byte_ns = _BITS_A_BYTE * _NS_PER_S // baud
        self._timeout_ns = _TIMEOUT_BITS * _NS_PER_S // baud
        self._levels = _IFLS_AT_RESET
        self._unsent: deque[int] = deque()
        self._to_chip: deque[int] = deque()
        self._to_host = bytearray()
        self._sending = rp2040.clock.create_alarm(self._sent)
        self._receiving = rp2040.clock.create_alarm(self._received)
        self._idling = rp2040.clock.create_alarm(self._idled)
        self._is_sending = self._is_receiving = False

    def reset(self) -> None:
        """The chip is reset: its FIFOs are gone, and what is on the line is lost."""
        super().reset()
        self._levels = _IFLS_AT_RESET
        self._unsent.clear()
        self._to_chip.clear()
        for alarm in (self._sending, self._receiving, self._idling):
            alarm.cancel()
        self._is_sending = self._is_receiving = False

    @property
    def is_open(self) -> bool:
        """Whether the firmware has enabled it."""
        return self.enabled

    def host_writes(self, values: bytes) -> None:
        """Bytes onto the line; lost if the firmware has not opened it."""
        if not self.is_open:
            self.lost_count += len(values)
            return
        self._to_chip.extend(values)
        if self._to_chip and not self._is_receiving:
            self._is_receiving = True
            self._receiving.schedule(self._byte_ns)

    def host_reads(self) -> bytes:
        """Bytes that have reached the host since the last call."""
        values = bytes(self._to_host)
        self._to_host.clear()
        return values

    # ---- registers ----------------------------------------------------------------------------

    @property
    def flags(self) -> int:
        """UARTFR."""
        unsent = len(self._unsent)
        bits = 0 if unsent else _TX_EMPTY
        bits |= _TX_FULL if unsent >= _FIFO_BYTES else 0
        bits |= _BUSY if self._is_sending else 0
        bits |= _RX_FULL if self.rx_fifo.full else 0
        return bits | (_RX_EMPTY if self.rx_fifo.empty else 0)

    def check_interrupts(self) -> None:
        """Tell the processor; no status is held that nothing caused."""
        self.rp2040.set_interrupt(self.irq, bool(self._interrupt_status & self._interrupt_mask))

    def read_uint32(self, offset: int) -> int:
        """A register; reading UARTDR takes a byte."""
        if offset == _IFLS:
            return self._levels
        if offset != _DR:
            return super().read_uint32(offset)
        value = self.rx_fifo.pull() if not self.rx_fifo.empty else 0
        if self.rx_fifo.item_count < self._receive_level:
            self._interrupt_status &= ~_RX_INTERRUPT
        if self.rx_fifo.empty:
            self._interrupt_status &= ~_TIMEOUT_INTERRUPT
        self.check_interrupts()
        return value

    def write_uint32(self, offset: int, value: int) -> None:
        """A register; writing UARTDR sends a byte."""
        if offset == _IFLS:
            self._levels = value
        elif offset != _DR:
            super().write_uint32(offset, value)
            if offset == _ICR and not self.rx_fifo.empty:
                # The time-out counts anew while bytes wait.
                self._idling.schedule(self._timeout_ns)
        elif len(self._unsent) < _FIFO_BYTES:
            self._unsent.append(value & 0xFF)
            if len(self._unsent) > self._send_level:
                self._interrupt_status &= ~_TX_INTERRUPT
                self.check_interrupts()
            if not self._is_sending:
                self._is_sending = True
                self._sending.schedule(self._byte_ns)

    # ---- the line -------------------------------------------------------------------------------

    @property
    def _receive_level(self) -> int:
        return _LEVELS[self._levels >> 3 & 7] if self.fifos_enabled else 1

    @property
    def _send_level(self) -> int:
        # The transmit levels run the same way: 1/8 to 7/8 still waiting.
        return _LEVELS[self._levels & 7] if self.fifos_enabled else 0

    def _sent(self) -> None:
        self._to_host.append(self._unsent.popleft())
        if len(self._unsent) == self._send_level:
            self._interrupt_status |= _TX_INTERRUPT
            self.check_interrupts()
        self._is_sending = bool(self._unsent)
        if self._is_sending:
            self._sending.schedule(self._byte_ns)

    def _received(self) -> None:
        value = self._to_chip.popleft()
        if self.rx_fifo.full:
            self.lost_count += 1
        else:
            self.rx_fifo.push(value)
            if self.rx_fifo.item_count >= self._receive_level:
                self._interrupt_status |= _RX_INTERRUPT
                self.check_interrupts()
            self._idling.schedule(self._timeout_ns)
        self._is_receiving = bool(self._to_chip)
        if self._is_receiving:
            self._receiving.schedule(self._byte_ns)

    def _idled(self) -> None:
        if not self.rx_fifo.empty:
            self._interrupt_status |= _TIMEOUT_INTERRUPT
            self.check_interrupts()
