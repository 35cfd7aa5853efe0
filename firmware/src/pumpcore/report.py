"""What the kernel says of itself at the end of a tick."""

from pumpcore._compat import TYPE_CHECKING, const
from pumpcore.interlock import BACK_OFF, INFUSE, NO_JOB

if TYPE_CHECKING:
    from pumpcore.kernel import Kernel

# Bits of Outputs.motion. The flow after the end has none: the state `kvo` is it.
MOTION_ENABLED = const(1 << 0)
MOTION_PURGE = const(1 << 1)
MOTION_TAKE_UP = const(1 << 2)
MOTION_INFUSE = const(1 << 3)
MOTION_SECOND_PRESS = const(1 << 4)
MOTION_AUDIO_PAUSED = const(1 << 5)
MOTION_BACK_OFF = const(1 << 6)
# Not of the motion, but of the programme at hand (requirement LIB-02).
MOTION_OVERRIDDEN = const(1 << 7)


def report(kernel: "Kernel") -> None:
    """Fill in what the outputs tell, beyond what they do."""
    outputs = kernel.outputs
    motion = kernel.motion
    occurrences = kernel.occurrences
    outputs.state = kernel.state
    outputs.stop_reason = kernel.stop_reason
    outputs.alarms_low = occurrences.lower.active
    outputs.alarms_high = occurrences.upper.active
    outputs.delivered_microsteps = motion.delivered_steps
    outputs.force_mn = kernel.force.filtered_mn
    outputs.baseline_mn = kernel.force.baseline_mn
    outputs.checklist = kernel.preparation.checklist | kernel.attendance.asked
    outputs.programme_number = kernel.programme.number
    bits = MOTION_ENABLED if outputs.may_enable else 0
    if motion.job == BACK_OFF:
        bits |= MOTION_BACK_OFF
    elif NO_JOB < motion.job <= INFUSE:
        bits |= 1 << motion.job
    if kernel.resume_left_ms > 0:
        bits |= MOTION_SECOND_PRESS
    if occurrences.audio_pause_left_ms > 0:
        bits |= MOTION_AUDIO_PAUSED
    if kernel.programme.is_overridden:
        bits |= MOTION_OVERRIDDEN
    outputs.motion = bits
    outputs.is_decided = True
