"""The one file that knows its interpreter, under each kind of interpreter."""

import runpy
import sys
from pathlib import Path
from types import ModuleType

import pytest

import pumpcore._compat

pytestmark = pytest.mark.requirement("PRC-05")

FILE = Path(pumpcore._compat.__file__)


def test_on_cpython_const_is_the_value_and_the_heap_has_no_bound() -> None:
    compat = runpy.run_path(str(FILE))

    assert compat["const"](7) == 7
    assert compat["mem_alloc"]() == 0
    assert compat["mem_free"]() == 0
    assert compat["collect_garbage"]() is None


def test_on_micropython_its_own_const_and_collector_are_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    micropython = ModuleType("micropython")
    micropython.const = int
    gc = ModuleType("gc")
    gc.mem_alloc, gc.mem_free, gc.collect = (lambda: 1), (lambda: 2), (lambda: 3)
    monkeypatch.setitem(sys.modules, "micropython", micropython)
    monkeypatch.setitem(sys.modules, "gc", gc)
    monkeypatch.setitem(sys.modules, "typing", None)
    compat = runpy.run_path(str(FILE))

    assert compat["const"] is int
    assert compat["Protocol"] is object
    assert [compat[name]() for name in ("mem_alloc", "mem_free", "collect_garbage")] == [1, 2, 3]


def test_a_crc_that_is_no_small_integer_is_not_the_interpreter_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    monkeypatch.setitem(sys.modules, "typing", None)

    assert runpy.run_path(str(FILE))["crc32"] is None
