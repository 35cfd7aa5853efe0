"""Lines to pumps: serial ports, servers of serial ports, and boards emulated in this process."""

from evenflow.link.address import Address, parse
from evenflow.link.emulated_line import EmulatedLine, open_emulated
from evenflow.link.line import Line
from evenflow.link.serial_line import open_serial

__all__ = ["Address", "EmulatedLine", "Line", "open_line", "parse"]


async def open_line(address: str, *, speed: float | None = 1.0) -> Line:
    """The open line, or WrongUsage or LinkError with what to do.

    `speed` is an emulated board's, in its seconds a second; None is as fast as it goes. Such a
    board is fresh and has no drug library; `evenflow.connect` opens one that has.
    """
    where = parse(address)
    if where.scheme == "emulated":
        return open_emulated(where, speed=speed)
    return await open_serial(where)
