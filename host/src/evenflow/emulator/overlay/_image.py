"""Formats an image, stores files in it or fetches them, under the host's MicroPython.

Arguments: image, number of blocks, then `format`, `store FOLDER` or `fetch FOLDER`, where FOLDER
is the host's. Exits with 1 and a line of text if the image holds no file system.
"""

import os
import sys

from _flash import Flash

_CHUNK_BYTES = 4096
_IS_FOLDER = 0x4000
_MOUNTED = "/image"


def _powered(operation: int, argument: int, span_us: int) -> bool:
    return True


def _copy(source: str, target: str) -> None:
    """Copy what a folder holds, folders first made."""
    for name, kind, *_others in os.ilistdir(source):
        path = source + "/" + name
        if kind == _IS_FOLDER:
            try:
                os.mkdir(target + "/" + name)
            except OSError:
                os.stat(target + "/" + name)
            _copy(path, target + "/" + name)
            continue
        with open(path, "rb") as reader, open(target + "/" + name, "wb") as writer:
            chunk = reader.read(_CHUNK_BYTES)
            while chunk:
                writer.write(chunk)
                chunk = reader.read(_CHUNK_BYTES)


def _work(image: str, block_count: str, verb: str, folder: str = "") -> None:
    flash = Flash(open(image, "r+b"), int(block_count), 0, _powered)
    if verb == "format":
        os.VfsLfs2.mkfs(flash, progsize=256)
        return
    try:
        os.mount(os.VfsLfs2(flash, progsize=256), _MOUNTED)
    except OSError:
        sys.stdout.write("%s holds no file system\n" % image)
        sys.exit(1)
    if verb == "store":
        _copy(folder, _MOUNTED)
    else:
        _copy(_MOUNTED, folder)


_work(*sys.argv[1:])
