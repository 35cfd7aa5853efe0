"""Flow accuracy: start-up, trumpet and long-run error of a measured volume, and its sources.

Functions over (time_s, volume_ml), with the arithmetic of IEC 60601-2-24:1998 (clause 50.102); see
docs/flow.md. What they cannot work with is a FlowError, a ValueError, with the name in `code`.
"""

from evenflow.flow.accuracy import Mark, long_run, therapy
from evenflow.flow.bolus import Boluses, boluses
from evenflow.flow.error import FlowError
from evenflow.flow.occlusion import Occlusion, occlusions
from evenflow.flow.startup_curve import Startup, startup
from evenflow.flow.trumpet_curve import Trumpet, Window, trumpet

__all__ = [
    "Boluses",
    "FlowError",
    "Mark",
    "Occlusion",
    "Startup",
    "Trumpet",
    "Window",
    "boluses",
    "long_run",
    "occlusions",
    "startup",
    "therapy",
    "trumpet",
]
