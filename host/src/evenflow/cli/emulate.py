"""`evenflow emulate`: a board of its own on a serial port of its own."""

import asyncio
from math import inf
from pathlib import Path

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _output, _port


@click.command()
@click.argument("board", default="pico")
@click.option("--speed", default="1", callback=_port.speed, help="1 is real time; max is a rush.")
@click.option(
    "--flash",
    "image",
    type=click.Path(path_type=Path),
    help="A file for its flash; erased if it is not there. The board then has a prompt, too.",
)
@_output.json_option
def command(board: str, speed: float, image: Path | None, as_json: bool) -> None:
    """Start an emulated board, print its serial path, and run until Ctrl-C.

    What is typed presses its keys: start, stop, acknowledge, audio_pause, prime, check.
    """
    asyncio.run(_emulate(board, speed, image, as_json=as_json))


async def _emulate(board: str, speed: float, image: Path | None, *, as_json: bool) -> None:
    from evenflow.cli._keyboard import press_keys
    from evenflow.cli._question import has_keyboard
    from evenflow.dose.library import compile_library, shipped
    from evenflow.emulator import EmulatedBoard, FlashImage

    library = compile_library(shipped())
    flash = None if image is None else FlashImage.opened(image)
    pace = "max" if speed == inf else speed
    async with EmulatedBoard(board, library, speed=pace, flash=flash) as emulated:
        runtime = f"{emulated.board.runtime_name} {emulated.board.interpreter_version}"
        if as_json:
            content = {"port": emulated.port, "board": board, "runtime": runtime}
            prompt = {"prompt": emulated.console} if emulated.console else {}
            _output.print_json({"notice": NOT_FOR_USE, **content, **prompt})
        else:
            click.echo(NOT_FOR_USE)
            click.echo(f"{board} on {runtime}, hardware emulated; Ctrl-C ends it")
            if emulated.board.runtime_note:
                click.echo(emulated.board.runtime_note)
            if emulated.console:
                click.echo(f"MicroPython's prompt: {emulated.console}")
            click.echo(emulated.port)
        try:
            if has_keyboard():
                await press_keys(emulated.plant, lambda words: click.echo(words, err=True))
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            click.echo("the board is off", err=True)
