"""Rewrites files of an image until its power is cut in a write; mounts it and reads everything.

Runs on MicroPython. Arguments: overlay folder, image, number of blocks, seed, number of cuts. A
rewritten file gets blanks at its end, which neither Python nor JSON minds, and an end mark. Prints
the writes that were cut; raises if a file is neither what it was nor what it was to be.
"""

import hashlib
import os
import random
import sys

OVERLAY, IMAGE = sys.argv[1:3]
BLOCK_COUNT, SEED, CUT_COUNT = (int(argument) for argument in sys.argv[3:])
sys.path.append(OVERLAY)

from _flash import Flash

LONGEST_TAIL_BYTES = 5_000
LONGEST_LIFE_WRITES = 60
MPREMOTE_CHUNK_BYTES = 256
IS_FOLDER = 0x4000
UNFINISHED = "unfinished"


class Supply:
    """Holds for so many writes."""

    def __init__(self, write_count: int) -> None:
        self.left = write_count

    def spend(self, *_write: int) -> bool:
        self.left -= 1
        return self.left > 0


def mounted(supply: Supply, **options: int) -> object:
    """With the options of rp2's `_boot.py`, unless it is only read."""
    flash = Flash(open(IMAGE, "r+b"), BLOCK_COUNT, random.getrandbits(31), supply.spend)
    return os.VfsLfs2(flash, progsize=256, **options)


def content(system: object, path: str) -> bytes:
    with system.open(path, "rb") as file:
        return file.read()


def digest(values: bytes) -> bytes:
    return hashlib.sha256(values).digest()


def digests(system: object, folder: str = "") -> dict[str, bytes]:
    found = {}
    for name, kind, *_others in list(system.ilistdir(folder or "/")):
        path = folder + "/" + name
        if kind == IS_FOLDER:
            found.update(digests(system, path))
        elif name != UNFINISHED:
            found[path] = digest(content(system, path))
    return found


def rewrite(system: object, path: str, values: bytes) -> None:
    """As mpremote copies a file, or as a firmware replaces one."""
    replaces = random.getrandbits(1)
    target = UNFINISHED if replaces else path
    with system.open(target, "wb") as file:
        for start in range(0, len(values), MPREMOTE_CHUNK_BYTES):
            file.write(values[start : start + MPREMOTE_CHUNK_BYTES])
    if replaces:
        system.rename(UNFINISHED, path)


def live(system: object, expected: dict[str, bytes]) -> tuple[str, bytes]:
    """Rewrite files until the power goes: the path, and the digest of what it was to hold."""
    paths = sorted(expected)
    while True:
        path = random.choice(paths)
        values = content(system, path).rstrip()
        values += b"\n" * random.randrange(1, LONGEST_TAIL_BYTES)
        try:
            rewrite(system, path, values)
        except OSError:
            return path, digest(values)
        expected[path] = digest(values)


def main() -> None:
    random.seed(SEED)
    endless = Supply(1 << 30)
    expected = digests(mounted(endless, readsize=1024))
    for _ in range(CUT_COUNT):
        life = random.randrange(1, LONGEST_LIFE_WRITES)
        path, wanted = live(mounted(Supply(life)), expected)
        found = digests(mounted(endless, readsize=1024))
        if found[path] == wanted:
            expected[path] = wanted
        for one in expected:
            if found[one] != expected[one]:
                raise ValueError("%s after a cut at write %d" % (one, life))
        if len(found) != len(expected):
            raise ValueError("files came or went: %s" % sorted(found))
    print(CUT_COUNT)


main()
