"""The line itself: addresses of every kind, and ends that no dialogue would make."""

from typing import TYPE_CHECKING, cast

import pytest
from host.instruments.bench import PATIENT_MS, VirtualClock, refusal
from host.serial_server import serial_server

from evenflow.instruments.catalogue import open_instrument
from evenflow.instruments.emulated.mt_sics import EmulatedMtSics
from evenflow.instruments.emulated.pan import Pan
from evenflow.instruments.emulated.served import served
from evenflow.instruments.transport import Setting, open_transport

if TYPE_CHECKING:
    from evenflow.instruments.instrument import Balance

pytestmark = pytest.mark.requirement("FLO-01")


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # within pyserial
async def test_a_balance_behind_a_serial_server() -> None:
    balance_there = EmulatedMtSics(Pan(lambda: 5_000_000))
    with serial_server(balance_there.heard) as address:
        balance = cast(
            "Balance",
            await open_instrument("mt-sics", address, VirtualClock(), answer_ms=PATIENT_MS),
        )
        weight = await balance.read()
        await balance.close()

    assert weight.mass_ug == 5_000_000


class Flood:
    """Answers whatever it hears with more than any line has."""

    behaviour = ""

    def __init__(self, sent: bytes) -> None:
        """With that."""
        self._sent = sent

    def heard(self, _received: bytes) -> bytes:
        return self._sent


@pytest.mark.parametrize("sent", [b"x" * 300, b"x" * 300 + b"\n"])
async def test_a_line_without_measure_is_refused(sent: bytes) -> None:
    async with served(Flood(sent), "socket") as address:
        line = await open_transport(address, "flood", Setting())
        await line.write_line("SI")
        error = await refusal(line.read_line(10.0))
        await line.close()

    assert error.code == "instrument_answer"
    assert len(error.reason) < 100


async def test_what_streams_while_nobody_reads_is_bounded() -> None:
    async with served(Flood(b""), "socket") as address:
        line = await open_transport(address, "stream", Setting())
        for _ in range(100):
            line._take(b"S D     9.9999 g\r\n" * 1000)
        last = [await line.read_line(1.0) for _ in range(3)][-1]
        held = len(line._received)
        await line.close()

    assert held <= 65_536
    assert last == "S D     9.9999 g"


async def test_a_name_that_nobody_knows_is_missing() -> None:
    error = await refusal(open_instrument("mt-sics", "socket://no-such-host.invalid:4001"))

    assert error.code == "instrument_missing"
