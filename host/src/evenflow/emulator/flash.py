"""The flash directory of an emulated board: the folder that its firmware starts in."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from evenflow import resources
from evenflow.device_key import ON_DEVICE
from evenflow.device_key import content as key_content
from evenflow.emulator.bytecode import MAIN, compiled, is_possible
from evenflow.emulator.lockstep import OVERLAY
from evenflow.emulator.pads import Pads
from pumpcore.board import controllers
from pumpcore.fixture.board import is_fixture

# The digest is that of what stands after it, as evenflow.dose.library makes it.
EMPTY_LIBRARY = (
    b'{"schema":2,"digest":"b5f1998f7ddefb60",'
    b'"version":"0.0.0","valid_until_s":1073741823,"entries":[]}'
)
# Modules of the overlay that other controllers than RP2040 and its successors do not have.
_RP2_ALONE = ("rp2", "_dma", "_pio", "_state_machine")
# Modules of which controllers, or families of them, have their own.
_OWN = ("_chip", "_pads", "_registers", "_dma", "_state_machine")
_FAMILIES = ("esp32", "stm32")
PACKAGES = ("pumpcore", "pumpboard", "pumpapp")
# What a fixture alone has; its `main` stands at the place of a pump's.
_FIXTURE = (
    "pumpapp/fixture_",
    "pumpboard/fixture_",
    "pumpboard/rp2/fixture_",
    "pumpcore/fixture/",
)
_FIXTURE_MAIN = "pumpapp/fixture_main.py"
_PUMP_MAIN = "pumpapp/main.py"
HASHES = "hashes.json"


def sources() -> dict[str, bytes]:
    """The modules of a pump's firmware, by their paths on the board."""
    return {path: text for path, text in _modules().items() if not path.startswith(_FIXTURE)}


def fixture_sources() -> dict[str, bytes]:
    """The modules of a fixture's: all but a pump's application, and a `main` of its own."""
    modules = _modules()
    modules[_PUMP_MAIN] = modules.pop(_FIXTURE_MAIN)
    # Of the pump's application the package alone, which has the version.
    kept = ("pumpapp/__init__.py", _PUMP_MAIN, *_FIXTURE)
    return {
        path: text
        for path, text in modules.items()
        if not path.startswith("pumpapp/") or path.startswith(kept)
    }


def _modules() -> dict[str, bytes]:
    source = resources.firmware_source()
    return {
        path.relative_to(source).as_posix(): path.read_bytes()
        for package in PACKAGES
        for path in sorted((source / package).rglob("*.py"))
    }


def write(
    folder: Path,
    profile: Mapping[str, object],
    library_json: bytes,
    firmware: Path | None = None,
    device_key: bytes | None = None,
    *,
    needs_bytecode: bool = False,
) -> None:
    """Fill `folder` as a deployed board's flash is: code, profile, library, key, hashes.

    The packages are bytecode, or, where nobody can make that, links to the installed sources.
    `firmware` is a folder with another main.py. WrongUsage if needed bytecode is not to be had.
    """
    # CPython runs the sources; with the same flash its checks of the files take as long.
    as_bytecode = needs_bytecode or is_possible()
    folder.mkdir(parents=True, exist_ok=True)
    main = resources.path("firmware", MAIN) if firmware is None else firmware / MAIN
    modules = fixture_sources() if is_fixture(dict(profile)) else sources()
    packages = compiled(modules) if as_bytecode else modules
    files = {
        MAIN: main.read_bytes(),
        "board.json": json.dumps(dict(profile)).encode(),
        "library.json": library_json,
    }
    written = {**files, **packages} if as_bytecode else files
    written[HASHES] = hashes_of({**files, **packages})
    if device_key is not None:
        written[ON_DEVICE[1:]] = key_content(device_key.hex())
    for name, content in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    if not as_bytecode:
        source = resources.firmware_source()
        for name in PACKAGES:
            if (source / name).is_dir():
                (folder / name).symlink_to(source / name)


def hashes_of(files: Mapping[str, bytes]) -> bytes:
    """What `hashes.json` holds for these files."""
    return list_of({path: hashlib.sha256(content).hexdigest() for path, content in files.items()})


def list_of(hashes: Mapping[str, str]) -> bytes:
    """What `hashes.json` holds for files of these SHA-256; the firmware reads it by lines."""
    return json.dumps(dict(hashes), indent=0).encode()


def link_overlay(folder: Path, profile: Mapping[str, object]) -> Path:
    """The overlay of a board's controller: an RP2040's as it is, `folder` with links for others.

    A module `_chip_esp32`, say, has the place of `_chip` on an esp32.
    """
    controller = str(profile["board.controller"])
    is_pump = not is_fixture(dict(profile))
    if controller == "rp2040" and is_pump:
        return OVERLAY
    families = [name for name in _FAMILIES if controller.startswith(name)]
    pads = Pads(profile).table
    folder.mkdir()
    for module in OVERLAY.glob("*.py"):
        if pads is None or module.stem not in _RP2_ALONE:
            (folder / module.name).symlink_to(module)
    kinds = [controller, *families] if pads is None else [controller, *families, "wired"]
    if not is_pump:
        kinds.insert(0, "fixture")
    for name in _OWN:
        for kind in kinds:
            own = OVERLAY / f"{name}_{kind}.py"
            if own.exists():
                (folder / f"{name}.py").unlink()
                (folder / f"{name}.py").symlink_to(own)
                break
    if pads is not None:
        (folder / "_wired.py").write_text(_wired(controller, pads), encoding="ascii")
    return folder


def _wired(controller: str, pads: Mapping[int | str, int]) -> str:
    """The module `_wired`: pads by the board file's pins, and what the controller's facts say.

    Pad, timer and channel that counts its edges; SPI with the pins of MOSI and MISO.
    """
    facts = controllers.by_name(controller)
    inputs = [
        (pads[pin], timer, channel)
        for pin, timer, channel in (facts.timer_inputs if facts is not None else ())
        if pin in pads
    ]
    ends = [
        (number, (mosi[0], miso[0]))
        for number, mosi, miso, *_ in (facts.spis if facts is not None else ())
        if mosi and mosi[0] in pads and miso[0] in pads
    ]
    return f"PADS = {pads!r}\nTIMER_INPUTS = {inputs!r}\nSPI_PADS = {ends!r}\n"
