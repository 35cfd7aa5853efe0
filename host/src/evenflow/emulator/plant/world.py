"""The world around the controller's pins: its parts, its time, and what is true of it.

`advance` takes the motor's steps of a span and lets the fluid follow; every part in it is solved
exactly for constant inflow over the span, so the span may have any length, unless its docstring
says otherwise. A part that is not in use costs a step nothing but a look at whether it is.
"""

import heapq
from collections.abc import Callable, Mapping
from itertools import count

from evenflow.boards.mechanism import whole
from evenflow.emulator.plant import parts
from evenflow.emulator.plant.adc import read_u16
from evenflow.emulator.plant.air import Bubbles
from evenflow.emulator.plant.barrel import outer_mm, raw_barrel
from evenflow.emulator.plant.clock_chip import ADDRESS as CLOCK_CHIP_ADDRESS
from evenflow.emulator.plant.clock_chip import ClockChip
from evenflow.emulator.plant.config import PlantConfig
from evenflow.emulator.plant.contact import ExternalContact
from evenflow.emulator.plant.enable import EnableChain
from evenflow.emulator.plant.expander import (
    AIR_SEEN,
    ARMED,
    DRIVER_RUNS,
    LIGHT,
    SECOND_SOUNDER,
    SOUNDER_HEARD,
    Expander,
)
from evenflow.emulator.plant.fram import Fram
from evenflow.emulator.plant.i2c_bus import I2cBus
from evenflow.emulator.plant.line import PA_PER_MMHG
from evenflow.emulator.plant.plunger import NL_PER_FL
from evenflow.emulator.plant.power_loss_alarm import PowerLossAlarm
from evenflow.emulator.plant.signals import Burst, Light, Sounder
from evenflow.emulator.plant.siphon import Siphon
from evenflow.emulator.plant.slack import Slack
from evenflow.emulator.plant.supply import Supply
from evenflow.emulator.plant.switches import Switches
from evenflow.emulator.plant.temperature import raw_temperature
from evenflow.errors import WrongUsage
from pumpcore.syringe import SYRINGES, by_model

_NL_PER_ML = 1_000_000
_NL_PER_UL = 1_000
_M2_PER_UM2 = 1e-12
_FULL_SCALE = 65_535
# Of a charge pump that a state machine feeds.
_FAST_PUMP_HOLD_MS = 5
_BATTERY_SAMPLE_NS = 100_000_000
# Three times the reference voltage of 3.3 V, behind a divider like that of a Pico's VSYS.
_BATTERY_FULL_SCALE_V = 9.9


class World:
    """One pump's mechanics, fluid and panel. Volumes are truth: what really flowed."""

    def __init__(self, profile: Mapping[str, object], config: PlantConfig, seed: int) -> None:
        """Wire the parts to the pins of a flat board profile."""
        self.config = config
        self.profile = profile
        self.now_ns = 0
        self.drive = parts.drive(profile, config)
        self.slack = Slack(0.0)
        self.plunger = parts.plunger(config)
        self.line = parts.line(config)
        self.siphon = Siphon(self.line, self.plunger)
        self.bubbles = Bubbles(
            config.line_volume_ul * _NL_PER_UL,
            config.air_detector_ul * _NL_PER_UL,
            config.air_detector_least_ul * _NL_PER_UL,
            self.line.gas,
        )
        self.force = parts.force_sensor(profile, config, seed)
        self.clock_chip = ClockChip(config.clock_chip_unix_s, config.clock_chip_ppb)
        self.switches = Switches(profile)
        self.enable = EnableChain(_hold_us(profile, config))
        self.contact = ExternalContact()
        # In the housing, in degrees Celsius.
        self.inside_c = config.temperature_c
        # The motor's driver has switched off, and says so on its fault line.
        self.has_motor_fault = False
        # One that can be asked; None for one with STEP and DIR alone.
        self.motor_driver = parts.motor_driver(profile, self.drive)
        self.light = Light()
        self.buzzer = Sounder()
        self.power_loss_alarm = PowerLossAlarm(config.power_loss_alarm_s)
        self.expander = Expander(self._port_a, self._take_port_b)
        self.memory = Fram(
            whole(profile["journal.size_bytes"]),
            lambda span_ns: self.after_ms(span_ns / 1_000_000, self.supply.cut),
        )
        self.display = parts.display(profile, seed)
        self.bus = I2cBus(
            {
                CLOCK_CHIP_ADDRESS: self.clock_chip,
                whole(profile["expander.address"]): self.expander,
                whole(profile["journal.address"]): self.memory,
            }
        )
        if self.display is not None:
            self.bus.put_on(whole(profile["display.address"]), self.display)
        # What brought the line to the patient's pressure as it was connected: neither drawn by the
        # plunger nor given.
        self.exchanged_nl = 0.0
        self.patient_nl = 0.0
        self.waste_nl = 0.0
        # Air that left the line, not counted as fluid.
        self.patient_air_nl = 0.0
        self.waste_air_nl = 0.0
        self.records_steps = False
        # (moment in ns, microsteps: +1 or -1, whether the motor was enabled), if records_steps
        self.step_times: list[tuple[int, int, bool]] = []
        self.last_forward_step_at_ns: int | None = None
        self._travel_um = whole(profile["position.travel_um"])
        self._carriage_zero_um = 0.0
        self._sampled_rest_um = -1.0
        self._raw_position = 0
        self._battery_sampled = -1
        self._raw_battery = 0
        self._schedule: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self.supply = Supply(self)
        self._mount(config.syringe, config.fill_ml, config.bore_um)
        self.switches.set("plunger", closed=config.plunger_seated)
        self.switches.set("barrel", closed=config.barrel_closed)
        self.plunger.is_seated = config.plunger_seated

    # ---- time -------------------------------------------------------------------------------

    def advance(self, until_ns: int, microsteps: int) -> None:
        """Let the span up to a moment pass, with so many signed steps evenly in it."""
        swept_nl = 0.0
        if microsteps:
            if self.motor_driver is not None:
                self.motor_driver.stepped_at_ns = until_ns
            moved_um = self.drive.step(microsteps, self.force_n)
            if moved_um and self.slack.gap_um:
                moved_um = self.slack.take_up(moved_um)
            if moved_um:
                swept_nl = self.plunger.push(moved_um, until_ns)
        line = self.line
        if swept_nl or not line.is_at_rest:
            if self.plunger.is_seated:
                outflow_nl = line.flow(swept_nl, until_ns - self.now_ns)
            else:
                outflow_nl = self.siphon.flow(until_ns - self.now_ns, until_ns)
            if self.bubbles.train:
                outflow_nl -= self._take_air(outflow_nl)
            if self.line.is_connected:
                self.patient_nl += outflow_nl
            else:
                self.waste_nl += outflow_nl
        self.now_ns = until_ns
        if until_ns >= self.force.due_at_ns:
            self.force.sample(self.force_n, until_ns)

    def _take_air(self, outflow_nl: float) -> float:
        """Put the air in an outflow to its account; what of the outflow it took."""
        air_nl, stored_nl = self.bubbles.travel(outflow_nl, self.line.pressure_pa)
        if self.line.is_connected:
            self.patient_air_nl += air_nl
        else:
            self.waste_air_nl += air_nl
        # Compressed it takes less room than it came with, and fluid had the rest.
        return air_nl - stored_nl

    def change_power(self) -> None:
        """The supply came or went; a fault that the motor's driver latched goes with it."""
        if not self.supply.is_on:
            self.has_motor_fault = False
            self.power_down()
        self.enable.has_power = self.supply.is_on and not self.has_motor_fault
        self.power_loss_alarm.supply(self.now_ns, is_on=self.supply.is_on)

    def power_down(self) -> None:
        """What is supplied through the controller has lost its power."""
        self.expander.lose_power()
        if self.motor_driver is not None:
            self.motor_driver.lose_power()
        if self.display is not None:
            self.display.lose_power()
        self.memory.lose_power(self.now_ns)

    def power_up(self) -> None:
        """The controller starts from no power, and what is supplied through it."""
        self.force.power_up(self.now_ns)

    def next_event_at_ns(self) -> int | None:
        """When the next scheduled event (such as the release of a key) is due, if any."""
        return self._schedule[0][0] if self._schedule else None

    def fire_due(self) -> None:
        """Run the events that are due by now."""
        while self._schedule and self._schedule[0][0] <= self.now_ns:
            heapq.heappop(self._schedule)[2]()

    def after_ms(self, span_ms: float, action: Callable[[], None]) -> None:
        """Run `action` so much virtual time from now."""
        moment_ns = self.now_ns + round(span_ms * 1_000_000)
        heapq.heappush(self._schedule, (moment_ns, next(self._order), action))

    # ---- truth ------------------------------------------------------------------------------

    @property
    def force_n(self) -> float:
        """Axial force between carriage and plunger."""
        plunger = self.plunger
        if not plunger.is_seated:
            return 0.0
        return plunger.friction_n + self.line.pressure_pa * plunger.area_um2 * _M2_PER_UM2

    @property
    def raw_position(self) -> int:
        """Carriage potentiometer as read_u16 gives it: 0 at the bottom, rising with the rest."""
        rest_um = self._carriage_zero_um - self.drive.carriage_um
        if rest_um != self._sampled_rest_um:
            self._sampled_rest_um = rest_um
            self._raw_position = read_u16(rest_um / self._travel_um, self.config.adc_bits)
        return self._raw_position

    @property
    def raw_barrel(self) -> int:
        """Potentiometer of the barrel clamp as read_u16 gives it; full scale when it is open."""
        config = self.config
        diameter_mm = None
        if self.switches.is_closed("barrel"):
            diameter_mm = outer_mm(self.plunger.bore_um, config.barrel_wall_mm)
        return raw_barrel(diameter_mm, config.barrel_full_scale_mm, config.adc_bits)

    @property
    def raw_temperature(self) -> int:
        """The controller's own sensor as read_u16 gives it."""
        return raw_temperature(self.inside_c, self.config.adc_bits)

    @property
    def raw_battery(self) -> int:
        """A third of the battery's voltage as read_u16 gives it, sampled ten times a second."""
        sample = self.now_ns // _BATTERY_SAMPLE_NS
        if sample != self._battery_sampled:
            self._battery_sampled = sample
            share = self.supply.battery_v / _BATTERY_FULL_SCALE_V
            self._raw_battery = read_u16(share, self.config.adc_bits)
        return self._raw_battery

    @property
    def raw_contact(self) -> int:
        """The external contact's line as read_u16 gives it."""
        return self.contact.raw(self.config.adc_bits)

    @property
    def patient_volume_ml(self) -> float:
        """Fluid past the patient's end since it was connected."""
        return self.patient_nl / _NL_PER_ML

    @property
    def waste_volume_ml(self) -> float:
        """Fluid that left the line while no patient was connected."""
        return self.waste_nl / _NL_PER_ML

    @property
    def air_volume_ml(self) -> float:
        """Air past the patient's end since it was connected, as large as it left the syringe."""
        return self.patient_air_nl / _NL_PER_ML

    @property
    def sees_air(self) -> bool:
        """Whether the air detector sees a bubble now."""
        return self.bubbles.sees_air

    @property
    def syringe_volume_ml(self) -> float:
        """What is left in the barrel."""
        return self.plunger.residual_nl / _NL_PER_ML

    @property
    def stored_volume_ml(self) -> float:
        """What the line's compliance holds above atmospheric pressure."""
        return self.line.stored_nl / _NL_PER_ML

    @property
    def drawn_volume_ml(self) -> float:
        """What the plunger has swept since power-on."""
        return self.plunger.drawn_nl / _NL_PER_ML

    @property
    def line_pressure_mmhg(self) -> float:
        """Pressure in the syringe, above atmosphere."""
        return self.line.pressure_pa / PA_PER_MMHG

    @property
    def motor_enabled(self) -> bool:
        """Whether ENABLE is high now."""
        return self.now_ns < self.enable.enabled_until_ns()

    @property
    def step_count(self) -> int:
        """Signed STEP edges while the motor was enabled."""
        return self.drive.step_count

    @property
    def encoder_count(self) -> int:
        """Signed quadrature counts of the lead screw."""
        return self.drive.encoder_count

    @property
    def led(self) -> str:
        """Name of the light pattern while it is lit, `off` between."""
        return self.light.name(self.now_ns)

    @property
    def sounder(self) -> str:
        """Name of the sound pattern while it sounds, `off` between."""
        return self.buzzer.name

    @property
    def sounder_bursts(self) -> list[Burst]:
        """The bursts of sound that are over, oldest first."""
        self.buzzer.settle(self.now_ns)
        return self.buzzer.bursts

    def _port_a(self) -> tuple[int, int]:
        """Levels at the expander's inputs, and which are driven; nFAULT is an open drain."""
        levels = AIR_SEEN if self.sees_air else 0
        if self.buzzer.is_heard(self.now_ns):
            levels |= SOUNDER_HEARD
        driven = AIR_SEEN | SOUNDER_HEARD
        has_line = self.motor_driver is None
        return levels, driven | DRIVER_RUNS if self.has_motor_fault and has_line else driven

    def _take_port_b(self, levels: int, driven: int) -> None:
        """Light, second sounder and latch follow the expander's outputs."""
        red, green, blue = (bool(levels & part) for part in LIGHT)
        self.light.set((red, green, blue), self.now_ns)
        self.buzzer.set_second(on=bool(levels & SECOND_SOUNDER), now_ns=self.now_ns)
        if driven & ARMED:
            self.power_loss_alarm.arm(self.now_ns, is_armed=bool(levels & ARMED))

    def _mount(self, model: str, fill_ml: float, bore_um: int | None) -> None:
        syringe = by_model(model)
        if syringe is None:
            known = ", ".join(row.model for row in SYRINGES)
            raise WrongUsage("unknown_syringe", f"no syringe {model!r}", f"known are {known}")
        fill_nl = fill_ml * _NL_PER_ML
        if not 0 <= fill_nl <= syringe.capacity_nl:
            raise WrongUsage(
                "fill_range",
                f"fill {fill_ml} mL is outside 0 to {syringe.capacity_nl / _NL_PER_ML} mL",
                "choose a fill that the syringe holds",
            )
        self._model = model
        self.slack.gap_um = 0.0 if self.config.primed else self.config.slack_um
        self.plunger.mount(bore_um or syringe.bore_um, fill_nl, float(syringe.capacity_nl))
        self._carriage_zero_um = self.drive.carriage_um + fill_nl / (
            self.plunger.area_um2 * NL_PER_FL
        )


def _hold_us(profile: Mapping[str, object], config: PlantConfig) -> int:
    if config.charge_pump_hold_us is not None:
        return config.charge_pump_hold_us
    return 1_000 * whole(profile.get("stream.enable_hold_ms", _FAST_PUMP_HOLD_MS))
