"""What a flash goes through: erasures, programmed pages, and the write that power ends in."""


class Wear:
    """Counts by block since this object was made; a write is an erasure or one program call."""

    def __init__(self, block_count: int) -> None:
        """All zero."""
        self.erase_counts = [0] * block_count
        self.page_counts = [0] * block_count
        self.write_count = 0
        self._cut_at_write: int | None = None

    def cut_power_in(self, write_number: int) -> None:
        """Cut the board's power half way through a write to come: 1 is the next."""
        self._cut_at_write = self.write_count + write_number

    def erase(self, block: int) -> bool:
        """A block is half erased; whether the power stays."""
        self.erase_counts[block] += 1
        return self._write()

    def program(self, block: int, page_count: int) -> bool:
        """Pages are half programmed; whether the power stays."""
        self.page_counts[block] += page_count
        return self._write()

    def _write(self) -> bool:
        self.write_count += 1
        if self.write_count != self._cut_at_write:
            return True
        self._cut_at_write = None
        return False
