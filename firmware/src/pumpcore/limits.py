"""Absolute bounds of the pump, each with its source; no library, order or board may pass them.

A value outside is refused with the bound in the message, never clamped.
"""


class OutOfRange(ValueError):
    """A value outside its bound; `name`, `value`, `low` and `high` say which."""

    def __init__(self, name: str, value: object, low: int, high: int) -> None:
        """Keep the parts apart, so that host and device can word them for their reader."""
        super().__init__("%s: %s is outside %d to %d" % (name, value, low, high))
        self.name = name
        self.value = value
        self.low = low
        self.high = high


def require(name: str, value: int, low: int, high: int) -> int:
    """The value itself, or OutOfRange."""
    if low <= value <= high:
        return value
    raise OutOfRange(name, value, low, high)


def require_whole(name: str, value: object, low: int, high: int) -> int:
    """The same of what a file says, where a number may be a text, a fraction or a truth."""
    if type(value) is not int:
        raise TypeError("%s is no whole number" % name)
    return require(name, value, low, high)


# Rates: class of commercial syringe pumps, 0.1 to 1200 mL/h (Fresenius Agilia SP, BD Alaris GH).
MIN_RATE_UL_PER_H = 100
MAX_RATE_UL_PER_H = 1_200_000
# One programme: the largest syringe (60 mL) or less.
MIN_VOLUME_NL = 10_000
MAX_VOLUME_NL = 60_000_000
# A session is hours, a chronic-pain programme days: 5 days keep every counter below 2^30.
MIN_DURATION_MS = 60_000
MAX_DURATION_MS = 432_000_000
# Adult and adolescent weights that any entry may narrow.
MIN_WEIGHT_NG = 1_000_000_000_000
MAX_WEIGHT_NG = 400_000_000_000_000
# Downstream occlusion ceiling: GIP 1.10.3 asks for less than 20 psi (1034 mmHg); ours is lower.
MIN_OCCLUSION_MMHG = 50
MAX_OCCLUSION_MMHG = 750
# Purge: bounded motion to waste before the patient is connected.
PURGE_RATE_UL_PER_H = 120_000
MAX_PURGE_NL = 3_000_000
TAKE_UP_MIN_RATE_UL_PER_H = 5_000
TAKE_UP_MAX_RATE_UL_PER_H = 60_000
TAKE_UP_MS = 5_000
# Running friction of a plunger in take-up. Syringes need a few newtons (default 3 N running); more
# means a closed line, which must not become the baseline that pressure is measured from.
MIN_FRICTION_MN = -1_000
MAX_FRICTION_MN = 12_000
# Until it is learnt, friction may be this much on top of the pressure limit; small syringes have
# limits of 2 to 5 N, less than their plunger's friction (default 3 N running, 5 N break-away).
UNLEARNT_FRICTION_MN = 6_000
# What break-away may add to the learnt friction, and over which travel.
BREAK_AWAY_MN = 3_000
BREAK_AWAY_UM = 20
# The plan leaves this much in the syringe beyond the volume ordered, for purge and dead space.
RESERVE_NL = 1_000_000
# Flow that keeps a vein open after the end (class of commercial pumps: 0.1 to 5 mL/h; requirement
# SYR-07 bars it for ketamine), and for how long it flows at most.
MAX_KVO_UL_PER_H = 1_000
MAX_KVO_MS = 3_600_000
# Residual volume at which the pump stops (Open PCA R6.8.0(10): < 0.5 mL).
EMPTY_RESIDUAL_NL = 500_000
# And at which it warns (Open PCA R6.8.0(9): < 1 mL), until there is a tenth more: no noise tells
# it again.
LOW_RESIDUAL_NL = 1_000_000
LOW_AGAIN_NL = 1_100_000
# How far the measured residual volume may be from the ordered fill (requirement SYR-05).
FILL_TOLERANCE_NL = 1_000_000
# Near-end warning before the end of infusion (Perfusor, Alaris: 1 to 15 min).
NEAR_END_MS = 180_000
# Ten full steps, or 0.05 mL if that is less, between commanded and measured motion (B. Braun
# Perfusor compact device alarm; requirement OVR-05).
DIVERGENCE_FULL_STEPS = 10
DIVERGENCE_NL = 50_000
# A syringe of 50 mL and more on a coarser screw moves more than that in ten full steps.
LARGE_SYRINGE_NL = 50_000_000
MAX_LARGE_LEAD_UM = 2_000
# Measured delivery may differ from rate x time by this much (requirements OVR-03 and OVR-04), or
# be ahead by 5 % of two minutes.
DEVIATION_NL = 100_000
OVER_DELIVERY_MS = 6_000
# After an occlusion the plunger is drawn back until this pressure is left (requirement OVR-06: at
# most 70 mmHg, never below 0), over at most what the largest compliance holds, 2.1e-8 L/Pa.
BACK_OFF_TARGET_MMHG = 35
BACK_OFF_NL_PER_MMHG = 2_800
BACK_OFF_MS = 5_000
# Below this limit, in a small syringe, friction and noise hide what pressure is left.
BACK_OFF_LEAST_MN = 4_000
# A carriage this near to the bottom of the syringe has no travel left (requirement SYR-14).
END_OF_TRAVEL_UM = 300
# Air that the line may carry to a patient (GIP 1.9.1; requirement SYR-09).
MAX_BUBBLE_NL = 200_000
LEAST_BUBBLE_NL = 50_000
MAX_AIR_NL = 1_000_000
AIR_WINDOW_MS = 900_000
# Audible alarms may be paused for at most this long (IEC 60601-2-24, 51.107b).
AUDIO_PAUSE_MS = 120_000
# Host silence that counts as a lost link (requirement LOG-07: a gap above 3 s is flagged).
LINK_SILENCE_MS = 5_000
# A programme that waits to be started, and a pause, are called to mind this often (requirement
# ALM-19: every two minutes or sooner; ALM-18: first after 30 to 120 s).
REMINDER_MS = 110_000
# A programme that nobody touches is dropped after this long (requirement ALM-18).
MAX_WAITING_MS = 600_000
# A dose that was interrupted for longer must be ordered anew (requirement KET-14).
MAX_INTERRUPTION_MS = 1_800_000
# A key that is held for longer is stuck (GIP 2.3.1; requirement TST-12).
MAX_KEY_MS = 60_000
# Three occlusions within this time lock the programme (requirement OCC-07).
REPEAT_WINDOW_MS = 600_000
# A key that must be pressed twice waits this long for the second press.
SECOND_PRESS_MS = 10_000
# Control tick, and what is still a tick: beyond it the queue could have starved.
TICK_US = 20_000
MAX_TICK_US = 35_000
