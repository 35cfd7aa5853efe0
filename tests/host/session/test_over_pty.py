"""The whole way: client, pyserial, pseudo-terminal, firmware, plant."""

import asyncio
import json

from click.testing import CliRunner
from host.session.scripted import bench_plan

from evenflow.cli import main
from evenflow.client.pump import Pump
from evenflow.emulator import AutoOperator, EmulatedBoard
from evenflow.errors import LinkError
from evenflow.link import open_line


async def started(pump: Pump, emulated: EmulatedBoard) -> None:
    """Stage, confirm, and let the auto operator press START."""
    order = bench_plan()
    await pump.ready()
    staged = await pump.stage(order.stage_values(1))
    await pump.confirm(1, staged.digest)
    operator = AutoOperator(emulated.board)
    async for record in pump.telemetry():
        with emulated.lock:
            operator.step(record.state_name, record)
        if record.state_name == "infusing":
            return


async def test_a_pump_on_a_serial_port_is_started_stopped_and_lost() -> None:
    emulated = EmulatedBoard("pico", runtime="cpython", speed=20.0)
    async with emulated, await Pump.connect(await open_line(emulated.port)) as pump:
        await started(pump, emulated)
        await pump.stop()
        stopped = await pump.wait_for(lambda now: now.state_name == "paused", 5.0)
        given_ml = emulated.plant.patient_volume_ml

        emulated.stop()
        await pump.ended()

        assert stopped.stop_reason_name == "stop_link"
        assert given_ml < 0.5
        assert isinstance(pump.failure, LinkError)
        assert pump.failure.code == "link_lost"


def test_stop_and_info_find_the_pump_on_its_port_and_a_second_program_is_told() -> None:
    with EmulatedBoard("pico", runtime="cpython", speed=20.0) as emulated:
        port = emulated.port
        told = CliRunner().invoke(main, ["info", "--port", port, "--json"])
        stopped = CliRunner().invoke(main, ["stop", "--port", f"serial:{port}", "--json"])

        async def hold() -> int:
            async with await Pump.connect(await open_line(port)):
                arguments = ["stop", "--port", port]
                result = await asyncio.to_thread(CliRunner().invoke, main, arguments)
                return result.exit_code

        busy = asyncio.run(hold())

    assert json.loads(told.stdout)["board"] == "pico"
    assert json.loads(stopped.stdout)["state"] == "idle"
    assert busy == 5
