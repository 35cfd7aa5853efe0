"""Parts of the world as a board file and the plant's configuration describe them."""

from collections.abc import Mapping

from evenflow.boards.mechanism import whole
from evenflow.emulator.plant.config import PlantConfig
from evenflow.emulator.plant.drive import Drive
from evenflow.emulator.plant.force import Deviation, ForceSensor
from evenflow.emulator.plant.line import PA_PER_MMHG, Line
from evenflow.emulator.plant.plunger import Plunger
from evenflow.emulator.plant.slack import series
from evenflow.emulator.plant.ssd1306 import Ssd1306
from evenflow.emulator.plant.tmc2209 import Tmc2209


def drive(profile: Mapping[str, object], config: PlantConfig) -> Drive:
    """Screw and carriage."""
    backlash_um = config.backlash_um
    if backlash_um is None:
        backlash_um = float(whole(profile["plunger.backlash_um"]))
    made = Drive(profile, backlash_um, config.stall_force_n)
    made.um_per_microstep *= 1 + config.screw_lead_percent / 100
    made.cyclic_um = config.screw_cyclic_um
    return made


def motor_driver(profile: Mapping[str, object], turned: Drive) -> Tmc2209 | None:
    """The chip that turns the drive, if it is one that can be asked."""
    if profile["motor.driver"] != "tmc2209":
        return None
    return Tmc2209(whole(profile["tmc2209.address"]), turned.take_microsteps)


def display(profile: Mapping[str, object], seed: int) -> Ssd1306 | None:
    """The display, if one is fitted."""
    return Ssd1306(seed) if profile["display.is_fitted"] else None


def line(config: PlantConfig) -> Line:
    """Compliance, resistance and valve up to the patient."""
    made = Line(config.compliance_l_per_pa, config.resistance_pa_s_per_l)
    made.set_back_pressure(config.back_pressure_mmhg)
    made.valve_pa = config.anti_siphon_mmhg * PA_PER_MMHG
    return made


def plunger(config: PlantConfig) -> Plunger:
    """The plunger in its barrel, behind what is soft before it."""
    stiffness_n_per_mm = config.drive_stiffness_n_per_mm
    if not config.primed:
        stiffness_n_per_mm = series(stiffness_n_per_mm, config.stopper_stiffness_n_per_mm)
    made = Plunger(
        stiffness_n_per_mm / 1000,
        config.running_friction_n,
        config.break_away_friction_n,
        round(config.break_away_dwell_s * 1e9),
    )
    if config.stick_slip_n:
        made.stick_n = config.stick_slip_n
        made.stick_dwell_ns = round(config.stick_slip_dwell_s * 1e9)
    return made


def force_sensor(profile: Mapping[str, object], config: PlantConfig, seed: int) -> ForceSensor:
    """The bridge and its converter, as far as they differ from the board file's calibration."""
    sensor = ForceSensor(
        whole(profile["force.zero_count"]),
        whole(profile["force.counts_per_n"]),
        config.force_noise_n,
        seed,
    )
    deviation = Deviation(
        config.force_gain_percent / 100,
        config.force_offset_n,
        config.force_drift_n_per_h,
        config.force_n_per_c,
    )
    # A sensor without any is not asked at every conversion.
    if deviation != Deviation():
        sensor.deviation = deviation
    sensor.celsius = config.temperature_c
    return sensor
