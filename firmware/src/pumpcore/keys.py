"""What a key that was pressed does, and what it is answered."""

from pumpcore import panel
from pumpcore._compat import TYPE_CHECKING
from pumpcore.interlock import GIVING
from pumpcore.refusals import code

if TYPE_CHECKING:
    from pumpcore.kernel import Kernel

_DONE = code("none")
_STOP_HELD = code("stop_held")


def answer(kernel: "Kernel", pressed: int, stable: int, raw_position: int) -> None:
    """Do what the keys say that went down in this tick; STOP has stopped already."""
    note = kernel.events.note
    if pressed & panel.KEY_STOP:
        note(panel.KEY_STOP, _DONE)
    if pressed & panel.KEY_ACKNOWLEDGE:
        note(panel.KEY_ACKNOWLEDGE, kernel.acknowledge())
    if pressed & panel.KEY_AUDIO_PAUSE:
        note(panel.KEY_AUDIO_PAUSE, kernel.audio_pause())
    if pressed & panel.KEY_CHECK:
        note(panel.KEY_CHECK, _check(kernel))
    if pressed & panel.KEY_PRIME:
        note(panel.KEY_PRIME, _prime(kernel, stable))
    if pressed & panel.KEY_START:
        note(panel.KEY_START, kernel.start(stable, raw_position))


def _check(kernel: "Kernel") -> int:
    if kernel.state in GIVING:
        return kernel.attendance.renew()
    is_heard = not kernel.surroundings.sounder.is_faulty
    return kernel.preparation.press_check(kernel.state, is_heard=is_heard)


def _prime(kernel: "Kernel", stable: int) -> int:
    if stable & panel.KEY_STOP:
        return _STOP_HELD
    is_stopping = kernel.occurrences.is_stopping()
    return kernel.preparation.press_prime(kernel.state, stable, is_stopping)
