"""What a session needs to know of its programme, in one place and in the pump's integers."""

from dataclasses import dataclass

from evenflow.boards import Profile, mechanism
from evenflow.client.records import Staged
from evenflow.dose.plan import Plan
from pumpcore import syringe, units
from pumpcore.programme import kvo_most_nl

_PA_PER_MMHG = units.PA_PER_MMHG_NUM / units.PA_PER_MMHG_DEN
# mN over um^2 is GPa.
_PA_PER_GPA = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures of the staged programme; `volume_nl` is what its whole microsteps come to.

    `kvo_nl` is the most that may follow them to keep the vein open; 0 where none was ordered.

    Encoder counts times `encoder_steps_num / encoder_steps_den` are microsteps; num is 0 where
    this host has no profile of the board, and then the encoder cannot be read. `observe_s` is None
    where the order asks for no observation.
    """

    volume_nl: int
    kvo_nl: int
    rate_ul_per_h: int
    fill_nl: int
    area_um2: int
    femtolitres_per_microstep: int
    concentration_ng_per_ml: int
    stops_on_link_loss: bool
    observe_s: float | None
    encoder_steps_num: int
    encoder_steps_den: int

    def volume_of_nl(self, microsteps: int) -> int:
        """Volume of so many microsteps, floored."""
        return microsteps * self.femtolitres_per_microstep // units.FL_PER_NL

    def kept_open_nl(self, counted_nl: int) -> int:
        """Of a counted volume, what was given after the dose to keep the vein open."""
        return max(counted_nl - self.volume_nl, 0) if self.kvo_nl else 0

    def mass_mg(self, volume_nl: float) -> float | None:
        """Drug in a volume; None without a drug."""
        if not self.concentration_ng_per_ml:
            return None
        return volume_nl * self.concentration_ng_per_ml / units.NL_PER_ML / units.NG_PER_MG

    def pressure_mmhg(self, above_friction_mn: int) -> float:
        """Pressure that a force on the plunger means, its running friction taken off."""
        return above_friction_mn * _PA_PER_GPA / self.area_um2 / _PA_PER_MMHG

    def flow_nl(self, span_s: float) -> int:
        """Volume that the programme's rate gives in a time."""
        return round(self.rate_ul_per_h * units.NL_PER_UL * span_s / units.S_PER_H)


def facts_of(plan: Plan, staged: Staged, profile: Profile | None) -> Facts:
    """From the plan, the pump's answer to it, and the board's profile if this host knows it."""
    fields = plan.stage_values(staged.programme_number)
    observe = plan.order.observe
    by_encoder = (0, 1)
    if profile is not None:
        counts_per_turn = mechanism.whole(profile["encoder.counts_per_turn"])
        by_encoder = (mechanism.microsteps_per_turn(profile), counts_per_turn)
    return Facts(
        volume_nl=staged.microsteps * staged.femtolitres_per_microstep // units.FL_PER_NL,
        kvo_nl=0 if plan.order.kvo is None else kvo_most_nl(plan.order.kvo.whole),
        rate_ul_per_h=staged.rate_ul_per_h,
        fill_nl=mechanism.whole(fields["fill_nl"]),
        area_um2=syringe.area_um2(plan.order.bore_um),
        femtolitres_per_microstep=staged.femtolitres_per_microstep,
        concentration_ng_per_ml=mechanism.whole(fields["concentration_ng_per_ml"]),
        stops_on_link_loss=bool(fields["stop_on_link_loss"]),
        observe_s=None if observe is None else float(observe.value / units.MS_PER_S),
        encoder_steps_num=by_encoder[0],
        encoder_steps_den=by_encoder[1],
    )
