"""What the emulated plant is made of; every default is documented here, and settable."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlantConfig:
    """Facts of the plant that a test or a scenario may change; units are in the names.

    Sources of the defaults: table of defaults in the interface description; compliance within
    0.9e-8 to 2.1e-8 L/Pa of published syringe and line sets (Snijder 2015); others are invented
    but plausible, and say so by `(plausible)`. Where a module is named, its docstring has more.
    """

    # What is really mounted, whatever the order says.
    syringe: str = "bd-plastipak-50"
    fill_ml: float = 20.0
    # None: the nominal bore of the syringe.
    bore_um: int | None = None
    plunger_seated: bool = True
    barrel_closed: bool = True

    # Syringe and line as one compliance before one resistance.
    compliance_l_per_pa: float = 1.5e-8
    resistance_pa_s_per_l: float = 7e7
    back_pressure_mmhg: float = 0.0
    # Opening pressure of an anti-siphon valve in the line; 0: there is none.
    anti_siphon_mmhg: float = 0.0
    # Of a syringe from which `free_flow` takes the plunger's grip, above the patient (plausible).
    free_flow_head_mm: float = 1_000.0
    # From the syringe's outlet to the patient's end: 1.3 m of 1.2 mm bore (plausible).
    line_volume_ul: float = 1_500.0
    # The air detector clamps on 0.27 m behind the syringe, and sees no smaller bubble (plausible).
    air_detector_ul: float = 300.0
    air_detector_least_ul: float = 5.0

    # None: the backlash that the board file declares. At power-on the whole gap is still open.
    backlash_um: float | None = None
    # False: start-up as published (see slack.py): slack is open and the stopper is soft, both as
    # below. True: somebody has taken up the slack, and the stopper counts as part of the drive.
    primed: bool = True
    slack_um: float = 190.0
    stopper_stiffness_n_per_mm: float = 125.0
    running_friction_n: float = 3.0
    break_away_friction_n: float = 5.0
    # At rest for this long, the plunger sticks again (plausible).
    break_away_dwell_s: float = 10.0
    # Of nut, carriage and plunger rod together (plausible).
    drive_stiffness_n_per_mm: float = 1000.0
    # A sticky stopper creeps by leaps at low rates (see plunger.py); dwell (plausible).
    stick_slip_n: float = 0.0
    stick_slip_dwell_s: float = 0.05
    # How much further than the board file says a turn of the screw moves the carriage; the encoder
    # sits on the screw and does not see it.
    screw_lead_percent: float = 0.0
    # Once a turn of the lead screw; a rolled screw has a few um (plausible).
    screw_cyclic_um: float = 0.0
    # Axial force at which the motor loses steps (plausible: NEMA 11 on a 1 mm lead, derated).
    stall_force_n: float = 120.0
    # Supply (see supply.py). The loads: controller, light and display; and the motor (plausible).
    idle_power_w: float = 0.5
    motor_power_w: float = 0.7
    # With the motor on it lasts for the 8 h that the interface promises; see battery.py.
    battery_ah: float = 2.6
    battery_ohm: float = 0.08
    battery_percent: float = 100.0
    battery_charge_a: float = 0.5
    # The regulator of a Pico works from 5 V down to 1.8 V (its data sheet); capacitor (plausible).
    rail_v: float = 5.0
    rail_off_v: float = 1.8
    rail_capacitor_uf: float = 100.0
    # Of the power-loss alarm, from its own capacitor (see power_loss_alarm.py; plausible).
    power_loss_alarm_s: float = 200.0
    # From the last edge of the charge pump's drive to the drop of ENABLE.
    # None: 5 ms, or as the board file says.
    charge_pump_hold_us: int | None = None

    force_noise_n: float = 0.2
    # How the force sensor differs from the profile's calibration (see force.py).
    force_gain_percent: float = 0.0
    force_offset_n: float = 0.0
    force_drift_n_per_h: float = 0.0
    force_n_per_c: float = 0.0
    # In the housing.
    temperature_c: float = 25.0
    # Of the syringe, and of the clamp's lever (see barrel.py).
    barrel_wall_mm: float = 1.2
    barrel_full_scale_mm: float = 40.0
    # Seat and clamp switches toggle every ms for so long when they change.
    switch_bounce_ms: float = 0.0
    # Of the DS3231's own crystal against true time; +-2 ppm by its data sheet.
    clock_chip_ppb: int = 0
    # Time that the clock chip shows at power-on: 2026-01-05 09:00:00, a Monday.
    clock_chip_unix_s: int = 1_767_603_600
    adc_bits: int = 12
