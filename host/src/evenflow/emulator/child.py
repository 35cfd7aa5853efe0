"""First program of an emulated controller's process, on MicroPython and on CPython alike.

Arguments: request fd, reply fd, overlay folder, then the folders of the firmware. It puts the
overlay below the firmware, takes the first reply (reset cause, time), and runs `main.py`. What is
printed goes to the console log; the link is elsewhere.
"""

import sys

IS_MICROPYTHON = sys.implementation.name == "micropython"


def _put_overlay_below(overlay: str) -> None:
    """Let `time`, `machine`, `rp2` and `micropython` mean the emulated ones from here on."""
    if IS_MICROPYTHON:
        sys.path[0] = overlay  # the folder of this script was first
        return
    sys.path.insert(0, overlay)
    # What the firmware imports of CPython's own library must find the real `time`, once.
    for name in ("binascii", "gc", "hashlib", "json", "os", "random", "struct", "traceback"):
        __import__(name)
    del sys.modules["time"]
    # A built-in module would win over the overlay's file: load that by its place.
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("time", overlay + "/time.py")
    module = module_from_spec(spec)
    sys.modules["time"] = module
    spec.loader.exec_module(module)


def _run() -> int:
    arguments = sys.argv[1:]
    _put_overlay_below(arguments[2])
    import _emu

    _emu.attach(int(arguments[0]), int(arguments[1]))
    position = 1
    for folder in arguments[3:]:
        sys.path.insert(position, folder)
        position += 1
    import _main

    return _main.run()


sys.exit(_run())
