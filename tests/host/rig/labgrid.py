"""A labgrid of one's own on loopback: coordinator, exporter, and a place with what is exported."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[3]
BIN = ROOT / "build" / "labgrid-env" / "bin"
PLACE = "bench1"
_READY_S = 30


@asynccontextmanager
async def labgrid(
    folder: Path, ports: Mapping[str, str], tags: Mapping[str, str]
) -> AsyncGenerator[dict[str, str]]:
    """The environment in which clients find the place; `ports` are sockets by resource name."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    # A proxy of the machine is none for loopback.
    environment = {**os.environ, "LG_COORDINATOR": address, "no_grpc_proxy": "127.0.0.1"}
    exported = {
        name: {
            "cls": "NetworkSerialPort",
            "host": urlsplit(port).hostname,
            "port": urlsplit(port).port,
            "protocol": "raw",
        }
        for name, port in ports.items()
    }
    # JSON is YAML.
    (folder / "exported.yaml").write_text(json.dumps({PLACE: exported}))
    async with AsyncExitStack() as stack:
        for program, *arguments in (
            ("labgrid-coordinator", "-l", address),
            ("labgrid-exporter", "-c", address, "-n", "here", "exported.yaml"),
        ):
            await stack.enter_async_context(_running(folder, environment, program, *arguments))
            if program == "labgrid-coordinator":
                await _listening(address)
        async with asyncio.timeout(_READY_S):
            found = ""
            # Each question takes a second.
            while f"here/{PLACE}" not in found:
                found = await client(environment, "resources")
        await client(environment, "-p", PLACE, "create")
        await client(environment, "-p", PLACE, "add-match", f"here/{PLACE}/*")
        pairs = [f"{key}={value}" for key, value in tags.items()]
        await client(environment, "-p", PLACE, "set-tags", *pairs)
        yield environment


async def client(environment: Mapping[str, str], *arguments: str) -> str:
    """What `labgrid-client` says; AssertionError if it fails."""
    process = await asyncio.create_subprocess_exec(
        str(BIN / "labgrid-client"),
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


@asynccontextmanager
async def _running(
    folder: Path, environment: Mapping[str, str], program: str, *arguments: str
) -> AsyncGenerator[None]:
    with (folder / f"{program}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            str(BIN / program), *arguments, cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def _listening(address: str) -> None:
    host, _, port = address.partition(":")
    async with asyncio.timeout(_READY_S):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            await writer.wait_closed()
            return
