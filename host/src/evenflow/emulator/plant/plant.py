"""The plant: the world that the controller's pins are wired to, and what may happen to it.

Stimuli are methods named like those of scenarios (`plant.occlude` is `occlude`).
"""

from evenflow.boards.mechanism import whole
from evenflow.emulator.plant.contact import CLOSED, CUT, OPEN
from evenflow.emulator.plant.siphon import head_pa
from evenflow.emulator.plant.switches import KEYS
from evenflow.emulator.plant.tmc2209 import S2GA
from evenflow.emulator.plant.world import World
from evenflow.errors import WrongUsage

_NL_PER_UL = 1_000
# From one bounce of a seat or clamp switch to the next.
BOUNCE_MS = 1


class Plant(World):
    """One pump's mechanics, fluid, supply and panel, with everything that can be done to them."""

    def occlude(self) -> None:
        """Block the line at the patient's end."""
        self.line.is_occluded = True

    def release_occlusion(self) -> None:
        """Open the line; what the compliance stored flows on."""
        self.line.is_occluded = False
        self.line.is_at_rest = False

    def stall(self) -> None:
        """The motor stands while STEP goes on."""
        self.drive.is_stalled = True

    def release_stall(self) -> None:
        """The motor follows STEP again."""
        self.drive.is_stalled = False

    def air(self, volume_ul: float) -> None:
        """A bubble is next to leave the syringe."""
        self.bubbles.inject(volume_ul * _NL_PER_UL, self.line.pressure_pa)

    def unseat_plunger(self) -> None:
        """Open the plunger's grip: the carriage moves, and only pressure moves the plunger."""
        self._throw("plunger", closed=False)
        self._let_go()

    def seat_plunger(self) -> None:
        """Grip the plunger where it stands."""
        self._throw("plunger", closed=True)
        self.plunger.seat()
        self.siphon.stop()

    def free_flow(self) -> None:
        """The grip fails, its switch still closed, on a syringe high above the patient."""
        self.line.set_head(head_pa(self.config.free_flow_head_mm))
        self._let_go()

    def open_barrel(self) -> None:
        """Open the barrel clamp."""
        self._throw("barrel", closed=False)

    def close_barrel(self) -> None:
        """Shut the barrel clamp."""
        self._throw("barrel", closed=True)

    def back_pressure(self, mmhg: float) -> None:
        """Set the pressure at the patient's end."""
        self.line.set_back_pressure(mmhg)

    def set_fill(self, ml: float) -> None:
        """Exchange the content: the same syringe, filled to so many mL, gripped anew."""
        self._mount(self._model, ml, self.config.bore_um)

    def swap_syringe(self, model: str, ml: float | None = None) -> None:
        """Mount another syringe; filled as the one before unless `ml` says otherwise."""
        self._mount(model, self.syringe_volume_ml if ml is None else ml, None)

    def encoder_freeze(self) -> None:
        """The encoder's count stays, whatever the screw does."""
        self.drive.freeze_encoder()

    def encoder_release(self) -> None:
        """The encoder counts again; it jumps to the screw's place."""
        self.drive.is_encoder_frozen = False

    def force_freeze(self) -> None:
        """The force reading stays what it was."""
        self.force.freeze()

    def force_open(self) -> None:
        """A wire of the force bridge is off."""
        self.force.open_bridge()

    def force_short(self) -> None:
        """The signal wires of the force bridge touch."""
        self.force.short_bridge()

    def force_release(self) -> None:
        """The force sensor measures again."""
        self.force.repair()

    def temperature(self, c: float) -> None:
        """Set the temperature inside."""
        self.inside_c = c
        self.force.celsius = c

    def motor_fault(self) -> None:
        """The motor's driver switches off until its supply is cycled; STEP moves nothing."""
        self.has_motor_fault = True
        if self.motor_driver is not None:
            self.motor_driver.fail(S2GA)
        self.change_power()

    def sounder_open(self) -> None:
        """The sounder's wire comes off."""
        self.buzzer.open_wire(self.now_ns)

    def expander_off(self) -> None:
        """The port expander answers no more; its outputs stay."""
        self.bus.take_off(whole(self.profile["expander.address"]))

    def expander_on(self) -> None:
        """The port expander answers again."""
        self.bus.put_back(whole(self.profile["expander.address"]))

    def memory_off(self) -> None:
        """The memory answers no more."""
        self.bus.take_off(whole(self.profile["journal.address"]))

    def memory_on(self) -> None:
        """The memory answers again, with what it held."""
        self.bus.put_back(whole(self.profile["journal.address"]))

    def contact_open(self) -> None:
        """The external contact opens, on a whole line."""
        self.contact.state = OPEN

    def contact_close(self) -> None:
        """The external contact closes, on a whole line."""
        self.contact.state = CLOSED

    def contact_cut(self) -> None:
        """The external contact's wire is off."""
        self.contact.state = CUT

    def mains_off(self) -> None:
        """Mains is lost; the battery carries the pump."""
        self.supply.mains_off()

    def mains_on(self) -> None:
        """Mains is back."""
        self.supply.mains_on()

    def battery(self, percent: float) -> None:
        """Set the battery's charge."""
        self.supply.set_battery(percent)

    def battery_fade(self, percent: float) -> None:
        """Set the battery's capacity, of that of a new one."""
        self.supply.fade(percent)

    def power_cut(self) -> None:
        """Nothing has power any more, battery or not."""
        self.supply.cut()

    def power_restore(self) -> None:
        """What there is of mains and battery supplies the pump again."""
        self.supply.restore()

    def brownout(self, ms: float) -> None:
        """The supply dips for so long."""
        self.supply.dip(ms)

    def connect_patient(self) -> None:
        """Connect the line: from now on what flows out is the patient's."""
        self.exchanged_nl += self.line.connect()

    def disconnect_patient(self) -> None:
        """Take the line off the patient: what flows out is waste."""
        self.line.disconnect()

    def press(self, key: str, ms: float = 200) -> None:
        """Press a key of the panel now and let it go after so many ms."""
        self.hold(key)
        self.after_ms(ms, lambda: self.release(key))

    def hold(self, key: str) -> None:
        """Press a key of the panel and keep it pressed."""
        self.switches.set(_known_key(key), closed=True)

    def release(self, key: str) -> None:
        """Let a key of the panel go."""
        self.switches.set(_known_key(key), closed=False)

    def _throw(self, name: str, *, closed: bool) -> None:
        """Change a switch, which bounces first; what was thrown last settles last."""
        switches = self.switches
        switches.set(name, closed=closed)
        pair_count = round(self.config.switch_bounce_ms / (2 * BOUNCE_MS))
        for pair in range(pair_count):
            at_ms = (2 * pair + 1) * BOUNCE_MS
            self.after_ms(at_ms, lambda: switches.set(name, closed=not closed))
            self.after_ms(at_ms + BOUNCE_MS, lambda: switches.set(name, closed=closed))

    def _let_go(self) -> None:
        self.plunger.unseat()
        self.line.is_at_rest = False


def _known_key(key: str) -> str:
    if key not in KEYS:
        raise WrongUsage("unknown_key", f"no key {key!r}", f"keys are {', '.join(KEYS)}")
    return key
