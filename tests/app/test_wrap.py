"""Clocks that wrap in the middle change nothing."""

import pytest
from app.rig import Rig, bench_order

_ML = 1_000_000


@pytest.mark.requirement("FLO-10")
@pytest.mark.parametrize("runtime", ["cpython", "micropython"])
def test_a_session_across_both_wraps_is_the_same_to_the_byte(runtime: str) -> None:
    """Ticks_us and ticks_ms are preset to 25 s before they wrap."""

    def frames(preset_ms: int | None) -> list[bytes]:
        order = bench_order(26_250, 1 * _ML)
        with Rig(order, runtime, preset_ticks_ms_before_wrap=preset_ms) as rig:
            rig.keeps_frames = True
            rig.start()
            rig.run_for(20)
            return rig.frames

    assert frames(25_000) == frames(None)


@pytest.mark.requirement("DES-05", "PRC-05")
def test_both_runtimes_give_the_same_frames() -> None:
    """The very same firmware on CPython and on MicroPython."""

    def frames(runtime: str) -> list[bytes]:
        with Rig(bench_order(26_250, 1 * _ML), runtime) as rig:
            rig.keeps_frames = True
            rig.start()
            rig.run_for(20)
            return rig.frames

    assert frames("cpython") == frames("micropython")
