"""What goes through the one gate to the plunger, and what is put in its place when it is shut."""

from pumpcore._compat import TYPE_CHECKING
from pumpcore.interlock import may_drive

if TYPE_CHECKING:
    from pumpcore.kernel import Kernel


def drive(kernel: "Kernel", elapsed_us: int) -> None:
    """Words of the job at hand if the plunger may move; else an abort, and the job is over."""
    outputs = kernel.outputs
    motion = kernel.motion
    stopping = kernel.occurrences.lower.stopping
    if may_drive(kernel.state, motion.job, stopping, kernel.occurrences.upper.stopping):
        outputs.word_count = motion.drive(elapsed_us, outputs.words)
        outputs.abort = False
        outputs.may_enable = True
        outputs.is_forward = motion.is_forward
        outputs.minimum_interval_us = motion.minimum_interval_us
        outputs.commanded_ul_per_h = motion.pacer.rate_ul_per_h
    else:
        motion.end()
        outputs.word_count = 0
        outputs.abort = True
        outputs.may_enable = False
        outputs.commanded_ul_per_h = 0
