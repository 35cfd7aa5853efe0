"""The trace: ten rows a virtual second, and one at every edge, as CSV.

Levels of light and sounder are the plant's; their pattern has the name that the device gives it,
as long as the pins do not contradict it. An edge within a span of the lock step is written at its
own moment, with volumes interpolated in the span.
"""

from typing import NamedTuple, TextIO

from evenflow.emulator.plant import Plant
from evenflow.emulator.plant.line import PA_PER_MMHG
from evenflow.scenario.device_view import DeviceView

COLUMNS = (
    "t_s",
    "state",
    "patient_volume_ml",
    "syringe_volume_ml",
    "line_pressure_mmhg",
    "motor_enabled",
    "step_count",
    "encoder_count",
    "commanded_ml_per_h",
    "led",
    "sounder",
    "alarms",
)
HEADER = ",".join(COLUMNS)
ALARM_SEPARATOR = ";"
_NS_PER_S = 1_000_000_000
_NL_PER_ML = 1_000_000
_UL_PER_ML = 1_000
_OFF = "off"
_YELLOWS = ("yellow", "yellow_flash")


class Reading(NamedTuple):
    """The plant's figures at one moment: ns since power-on, nL, Pa, counts."""

    at_ns: int
    patient_nl: float
    syringe_nl: float
    pressure_pa: float
    step_count: int
    encoder_count: int

    def between(self, at_ns: int, earlier: "Reading") -> "Reading":
        """The figures at a moment between an earlier reading and this one; counts are these."""
        span_ns = self.at_ns - earlier.at_ns
        share = (at_ns - earlier.at_ns) / span_ns if span_ns else 1.0
        return Reading(
            at_ns,
            earlier.patient_nl + share * (self.patient_nl - earlier.patient_nl),
            earlier.syringe_nl + share * (self.syringe_nl - earlier.syringe_nl),
            earlier.pressure_pa + share * (self.pressure_pa - earlier.pressure_pa),
            self.step_count,
            self.encoder_count,
        )


def read(plant: Plant) -> Reading:
    """The plant now."""
    drive = plant.drive
    return Reading(
        plant.now_ns,
        plant.patient_nl,
        plant.plunger.residual_nl,
        plant.line.pressure_pa,
        drive.step_count,
        drive.encoder_count,
    )


def led_name(level: str, claimed: str) -> str:
    """The pattern: the device's name for it, unless the pins show another colour."""
    if level == _OFF:
        return _OFF
    return claimed if level in _YELLOWS and claimed in _YELLOWS else level


def sounder_name(level: str, claimed: str) -> str:
    """The pattern: the device's name for it, unless it claims silence."""
    if level == _OFF:
        return _OFF
    return level if claimed == _OFF else claimed


class Trace:
    """Writes rows in order of time."""

    def __init__(self, stream: TextIO) -> None:
        """Write the header."""
        self.row_count = 0
        self._stream = stream
        stream.write(HEADER + "\n")

    def write(
        self, reading: Reading, view: DeviceView, *, enabled: bool, led: str, sounder: str
    ) -> None:
        """One row."""
        self.row_count += 1
        # Rounding first, then adding zero: there is no negative zero in a trace.
        pressure_mmhg = round(reading.pressure_pa / PA_PER_MMHG, 2) + 0.0
        patient_ml = round(reading.patient_nl / _NL_PER_ML, 6) + 0.0
        self._stream.write(
            f"{reading.at_ns / _NS_PER_S:.4f},{view.state},{patient_ml:.6f},"
            f"{reading.syringe_nl / _NL_PER_ML:.6f},{pressure_mmhg:.2f},{enabled:d},"
            f"{reading.step_count},{reading.encoder_count},"
            f"{view.commanded_ul_per_h / _UL_PER_ML:.3f},{led},{sounder},"
            f"{ALARM_SEPARATOR.join(view.alarms)}\n"
        )
