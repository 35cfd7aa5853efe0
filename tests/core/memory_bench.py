"""An FRAM of 32 KiB that can lose its power at any byte, or stop to answer.

Runs on MicroPython too, and makes no objects when it is written.
"""


class PowerCut(Exception):
    """The power failed during a write; what came before it is there."""


class BenchMemory:
    """Bytes that stay; `left_bytes` of writes until the power fails, if it is not None."""

    def __init__(self, size_bytes: int = 32_768) -> None:
        """Never written."""
        self.size_bytes = size_bytes
        self.content = bytearray(size_bytes)
        self.left_bytes = None
        self.is_answering = True
        self.write_count = 0
        self.read_count = 0

    def read_into(self, address: int, buffer: bytearray) -> None:
        """Fill the buffer."""
        if not self.is_answering:
            raise OSError(5)
        self.read_count += 1
        content = self.content
        for index in range(len(buffer)):
            buffer[index] = content[address + index]

    def write(self, address: int, buffer: bytearray) -> None:
        """Write the buffer, or as much of it as the power lasts for."""
        if not self.is_answering:
            raise OSError(5)
        self.write_count += 1
        content = self.content
        for index in range(len(buffer)):
            if self.left_bytes is not None:
                if not self.left_bytes:
                    raise PowerCut
                self.left_bytes -= 1
            content[address + index] = buffer[index]

    def restore_power(self) -> None:
        """The power is back."""
        self.left_bytes = None
