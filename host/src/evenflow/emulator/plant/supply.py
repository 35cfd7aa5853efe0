"""The pump's supply: mains, a battery behind it, and a rail that dips may pull down.

The rail has a capacitor that bridges a dip for its hold-up time, at constant power:

    t = C (U^2 - U_off^2) / (2 P)

A longer dip is a brown-out: the controller is in reset from t on to the end of the dip, motor,
light and sounder are dark, and it starts as at power-on. An RP2040 cannot tell the two apart:
`machine.reset_cause()` gives PWRON_RESET for both (its CHIP_RESET register has one flag, HAD_POR,
for power-on and brown-out; data sheet RP2040, 2.12.8). They are counted here, and the watchdog's
resets at the board.

Next-event, but for the battery: while it carries the pump it is discharged in steps of a second,
with the load that there is at the step's end. On mains it charges with a constant current.
"""

from typing import TYPE_CHECKING

from evenflow.emulator.plant.battery import Battery

if TYPE_CHECKING:
    from collections.abc import Callable

    from evenflow.emulator.plant.world import World

_STEP_MS = 1_000.0
_MS_PER_S = 1_000.0
_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000


def hold_up_ms(capacitor_uf: float, volts: float, off_volts: float, power_w: float) -> float:
    """How long a dip may be that nobody notices."""
    energy_uj = capacitor_uf * (volts * volts - off_volts * off_volts) / 2
    return energy_uj / power_w / 1_000


class Supply:
    """Whether the pump has power, and why not. `on_change` is told when that changes."""

    def __init__(self, world: "World") -> None:
        """On, from mains, as the world's configuration has it."""
        config = world.config
        self.battery = Battery(config.battery_ah, config.battery_ohm)
        self.battery.set_charge(config.battery_percent / 100)
        self.is_on = True
        self.has_mains = True
        # Mains and battery are both off, by a switch or a hand.
        self.is_cut = False
        # The rail has fallen in a dip.
        self.is_down = False
        self.dip_count = 0
        self.brownout_count = 0
        self.on_change: Callable[[], None] = _ignore
        self._world = world
        self._config = config
        self._charging_from_ns = 0
        self._down_until_ns = 0
        self._is_stepping = False

    @property
    def load_w(self) -> float:
        """What the pump takes now."""
        if not self.is_on:
            return 0.0
        motor_w = self._config.motor_power_w if self._world.motor_enabled else 0.0
        return self._config.idle_power_w + motor_w

    @property
    def battery_percent(self) -> float:
        """The battery's charge now."""
        self._charge()
        return self.battery.percent

    @property
    def battery_v(self) -> float:
        """The battery's voltage now, under the load that it carries."""
        self._charge()
        return self.battery.voltage_v(0.0 if self.has_mains else self.load_w)

    # ---- what happens ------------------------------------------------------------------------

    def mains_off(self) -> None:
        """Mains is lost: the battery carries the pump, if it can."""
        self._charge()
        self.has_mains = False
        self._update()

    def mains_on(self) -> None:
        """Mains is back; the battery charges."""
        if not self.has_mains:
            self.has_mains = True
            self._charging_from_ns = self._world.now_ns
        self._update()

    def set_battery(self, percent: float) -> None:
        """The battery has that charge."""
        self._charge()
        self.battery.set_charge(percent / 100)
        self._update()

    def fade(self, percent: float) -> None:
        """Of the battery's capacity so much is left."""
        self._charge()
        self.battery.fade(percent / 100)
        self._update()

    def cut(self) -> None:
        """Nothing has power any more."""
        self.is_cut = True
        self._update()

    def restore(self) -> None:
        """What there is of mains and battery supplies the pump again."""
        self.is_cut = False
        self._update()

    def dip(self, ms: float) -> None:
        """The rail's source is gone for so long."""
        self.dip_count += 1
        if not self.is_on:
            return
        config = self._config
        bridged_ms = hold_up_ms(
            config.rail_capacitor_uf, config.rail_v, config.rail_off_v, self.load_w
        )
        if ms > bridged_ms:
            until_ns = self._world.now_ns + round(ms * _NS_PER_MS)
            self._down_until_ns = max(self._down_until_ns, until_ns)
            self._world.after_ms(bridged_ms, self._fall)
            self._world.after_ms(ms, self._rise)

    # ---- what follows ------------------------------------------------------------------------

    def _fall(self) -> None:
        if self.is_on:
            self.brownout_count += 1
            self.is_down = True
            self._update()

    def _rise(self) -> None:
        if self.is_down and self._world.now_ns >= self._down_until_ns:
            self.is_down = False
            self._update()

    def _update(self) -> None:
        has_source = self.has_mains or not self.battery.is_exhausted
        is_on = has_source and not self.is_cut and not self.is_down
        if is_on != self.is_on:
            self.is_on = is_on
            self._world.change_power()
            self.on_change()
        if self._is_on_battery and not self._is_stepping:
            self._is_stepping = True
            self._world.after_ms(_STEP_MS, self._step)

    @property
    def _is_on_battery(self) -> bool:
        return self.is_on and not self.has_mains

    def _step(self) -> None:
        self._is_stepping = False
        if self._is_on_battery:
            self.battery.discharge(self.load_w, _STEP_MS / _MS_PER_S)
            self._update()

    def _charge(self) -> None:
        """Bring a charge that went on by itself up to the present."""
        if self.has_mains:
            now_ns = self._world.now_ns
            if self.battery.charge < 1.0 and not self.is_cut:
                span_s = (now_ns - self._charging_from_ns) / _NS_PER_S
                self.battery.recharge(self._config.battery_charge_a, span_s)
            self._charging_from_ns = now_ns


def _ignore() -> None:
    """Nobody follows the supply."""
