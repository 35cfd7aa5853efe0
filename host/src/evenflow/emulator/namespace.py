"""A world of modules of its own, for firmware that runs on CPython in this process.

CPython takes `__import__`, `open` and `print` from the builtins that a module was given. The
firmware's modules and the overlay's are given others than the host's: their `time` and `pumpcore`
are not the host's, their files are those of one folder, and what they print goes to one log. Each
start of a firmware has its own namespace, so that it finds every module as it was at power-on.
"""

import builtins
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.util import resolve_name
from pathlib import Path
from types import CodeType, ModuleType
from typing import IO, Any, Protocol

from evenflow import resources

# What MicroPython's `os` has that takes the names of files.
_OF_FILES = ("mkdir", "remove", "rename", "rmdir", "stat", "statvfs", "unlink")


class Log(Protocol):
    """What is printed goes there."""

    def write(self, text: str) -> object:
        """Some of it."""


class Namespace:
    """Modules, builtins and files as one start of a firmware sees them."""

    def __init__(self, overlay: Path, flash: Path, log: Log) -> None:
        """Searched in turn: `overlay`, `flash`, the sources of its bytecode, CPython's library."""
        self._folders = [overlay, flash, resources.firmware_source()]
        self._flash = flash
        self._log = log
        self._opened: list[IO[Any]] = []
        self._builtins: dict[str, Any] = {
            **vars(builtins),
            "__import__": self._import,
            "open": self._open,
            "print": self._print,
            "input": _no_input,
            # Of the firmware's own: Ctrl-C, or an exit, of the host's is not for it to catch.
            "KeyboardInterrupt": _like(KeyboardInterrupt),
            "SystemExit": _like(SystemExit),
        }
        # By name, as in `sys.modules`; what the overlay puts there may be any object.
        self.modules: dict[str, Any] = {
            "builtins": _module("builtins", self._builtins),
            "gc": _module("gc", _COLLECTOR),
            "os": _module("os", self._os_attributes()),
            "sys": _module("sys", self._sys_attributes()),
        }
        self.modules["sys"].modules = self.modules

    def close(self) -> None:
        """Close what the firmware has left open: its power is cut."""
        for opened in self._opened:
            opened.close()

    def load(self, name: str) -> Any:
        """The module of that full name, run if it is not there yet; ModuleNotFoundError."""
        if name in self.modules:
            return self.modules[name]
        above, _, last = name.rpartition(".")
        package: Any = self.load(above) if above else None
        found = _find(self._path(package) if package else self._folders, last)
        if found is None:
            return self._borrow(name)
        module = ModuleType(name)
        attributes = vars(module)
        attributes["__builtins__"] = self._builtins
        attributes["__package__"] = name if found.name == "__init__.py" else above
        attributes["__file__"] = str(found)
        if found.name == "__init__.py":
            attributes["__path__"] = [found.parent]
        self.modules[name] = module
        try:
            exec(_compiled(found, found.stat().st_mtime_ns), attributes)
        except BaseException:
            del self.modules[name]
            raise
        if package:
            setattr(package, last, module)
        return self.modules[name]

    def is_foreign(self, error: BaseException) -> bool:
        """Whether the host raised it, from the handler of a signal, while the firmware ran."""
        if isinstance(error, KeyboardInterrupt | SystemExit):
            return True
        home = type(error).__module__.partition(".")[0]
        return home not in self.modules and home not in ("__main__", *sys.stdlib_module_names)

    def _borrow(self, name: str) -> object:
        """A module of CPython's own library: the host's."""
        if name.partition(".")[0] not in sys.stdlib_module_names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        self.modules[name] = importlib.import_module(name)
        return self.modules[name]

    def _import(
        self,
        name: str,
        scope: Mapping[str, Any] | None = None,
        _local: object = None,
        names: Sequence[str] | None = (),
        level: int = 0,
    ) -> object:
        """What an `import` in one of the modules gives."""
        if level and scope is not None:
            name = resolve_name("." * level + name, scope["__package__"])
        module = self.load(name)
        if not names:
            return self.modules[name.partition(".")[0]]
        path = self._path(module)
        for part in names if path else ():
            if not hasattr(module, part) and _find(path, part) is not None:
                self.load(f"{name}.{part}")
        return module

    def _path(self, package: object) -> list[Path]:
        """Where the modules of a package are searched; nowhere if it is borrowed, or is none."""
        is_ours = getattr(package, "__builtins__", None) is self._builtins
        path: list[Path] = getattr(package, "__path__", []) if is_ours else []
        return path

    # ---- what would reach the host ------------------------------------------------------------

    def _place(self, name: object) -> Any:
        return self._flash / name if isinstance(name, str) else name

    def _open(self, file: object, *arguments: Any, **named: Any) -> IO[Any]:
        opened: IO[Any] = open(self._place(file), *arguments, **named)
        self._opened = [one for one in self._opened if not one.closed]
        self._opened.append(opened)
        return opened

    def _print(self, *values: object, **named: Any) -> None:
        if named.get("file") is None:
            named["file"] = self._log
        print(*values, **named)

    def _exit(self, code: object = 0) -> None:
        raise self._builtins["SystemExit"](code)

    def _os_attributes(self) -> dict[str, object]:
        def of_files(name: str) -> Callable[..., object]:
            plain = getattr(os, name)
            return lambda *names: plain(*(self._place(one) for one in names))

        return {
            **{name: of_files(name) for name in _OF_FILES},
            "listdir": lambda name=".": [one.name for one in self._place(name).iterdir()],
            "getcwd": lambda: str(self._flash),
            "sync": os.sync,
            "urandom": os.urandom,
        }

    def _sys_attributes(self) -> dict[str, object]:
        return {
            "argv": [],
            "byteorder": sys.byteorder,
            "exit": self._exit,
            "implementation": sys.implementation,
            "maxsize": sys.maxsize,
            "path": [str(folder) for folder in self._folders],
            "platform": sys.platform,
            "stderr": self._log,
            "stdout": self._log,
            "version": sys.version,
            "version_info": sys.version_info,
        }


# References are counted, and the host's own heap is none of the firmware's.
_COLLECTOR: dict[str, object] = {
    "collect": lambda: 0,
    "enable": lambda: None,
    "disable": lambda: None,
    "isenabled": lambda: True,
}


def _like(error: type[BaseException]) -> type[BaseException]:
    return type(error.__name__, (BaseException,), {"__module__": "builtins"})


def _module(name: str, attributes: Mapping[str, object]) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(attributes)
    return module


def _find(folders: Sequence[Path], name: str) -> Path | None:
    for folder in folders:
        for place in (folder / name / "__init__.py", folder / f"{name}.py"):
            if place.is_file():
                return place
    return None


@lru_cache(maxsize=256)
def _compiled(file: Path, _changed_at_ns: int) -> CodeType:
    """A module's code, shared by all namespaces."""
    return compile(file.read_bytes(), str(file), "exec", dont_inherit=True)


def _no_input(*_prompt: object) -> str:
    raise EOFError("an emulated controller's console has nobody at it")
