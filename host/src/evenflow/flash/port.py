"""Which serial port the board's prompt is on; `auto` looks for the one that fits."""

import time
from pathlib import Path

from serial.tools.list_ports import comports

from evenflow.errors import LinkError, WrongUsage
from evenflow.flash import boot_volume
from evenflow.flash.controller import Controller
from evenflow.link import parse

AUTO = "auto"
_POLL_S = 0.2


def resolve(text: str, controller: Controller) -> str:
    """What pyserial opens; LinkError or WrongUsage if it cannot be told."""
    if text == AUTO:
        return _found(controller)
    address = parse(text)
    if address.scheme == "emulated":
        raise WrongUsage(
            "port_emulated",
            f"port {text!r}: such a board holds its firmware already",
            "start a blank one: evenflow emulate --flash IMAGE, and give its prompt's port",
        )
    return address.target


def wait_for(text: str, controller: Controller, within_s: float) -> str:
    """As `resolve`, for a board that is about to show its port."""
    until_s = time.monotonic() + within_s
    while True:
        try:
            target = resolve(text, controller)
        except LinkError:
            if time.monotonic() > until_s:
                raise
        else:
            # What is no path is a server's address, which is there or refused when it is opened.
            if "://" in target or Path(target).exists() or time.monotonic() > until_s:
                return target
        time.sleep(_POLL_S)


def _found(controller: Controller) -> str:
    ports = [port.device for port in comports() if (port.vid, port.pid) in controller.usb_ids]
    if len(ports) == 1:
        return str(ports[0])
    if ports:
        raise WrongUsage(
            "several_boards",
            f"several boards with MicroPython are connected: {', '.join(sorted(ports))}",
            "say which one with --port",
        )
    waiting = boot_volume.mounted() if controller.boot_id else []
    if waiting:
        raise LinkError(
            "no_micropython",
            f"a board waits in its boot loader at {waiting[0]}, without MicroPython",
            controller.advice,
        )
    raise LinkError(
        "no_board",
        f"no board with MicroPython and the controller {controller.name} is connected",
        "check the cable, which must carry data; a board without MicroPython: "
        + ("hold BOOTSEL while you plug it in, and " if controller.boot_id else "")
        + controller.advice,
    )
