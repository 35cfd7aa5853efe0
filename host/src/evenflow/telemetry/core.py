"""Which kernel this host has: a record that is executed by another one may differ for that."""

from functools import cache
from hashlib import sha256
from pathlib import Path

import pumpcore


@cache
def core_digest() -> str:
    """SHA-256 over every file of pumpcore with its name, hexadecimal."""
    folder = Path(str(pumpcore.__file__)).parent
    state = sha256()
    for path in sorted(folder.rglob("*.py")):
        content = path.read_bytes()
        state.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode())
        state.update(content)
    return state.hexdigest()
