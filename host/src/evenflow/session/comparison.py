"""Host and pump must come to the same figures, or nothing is started."""

from dataclasses import dataclass

from evenflow.boards import Profile, mechanism
from evenflow.client.records import Staged
from evenflow.dose.plan import Plan
from evenflow.errors import Problem, Refused
from pumpcore import units


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure: what the host computed, and what the pump answered."""

    name: str
    by_host: int | str
    by_pump: int | str

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.by_host == self.by_pump


def compare(plan: Plan, staged: Staged, profile: Profile | None) -> list[Compared]:
    """Every figure, agreeing or not.

    The board's volume per microstep is judged only if this host has the board's profile; the
    number of microsteps always.
    """
    figures = plan.figures
    mass_ng = 0 if figures.mass_ng is None else int(figures.mass_ng)
    fl = staged.femtolitres_per_microstep
    compared = [
        Compared("mass_ng", mass_ng, staged.mass_ng),
        Compared("volume_nl", figures.pumped_volume_nl, staged.volume_nl),
        Compared("rate_ul_per_h", figures.pumped_rate_ul_per_h, staged.rate_ul_per_h),
    ]
    if profile is not None:
        expected = mechanism.femtolitres_per_microstep(profile, plan.order.bore_um)
        compared.append(Compared("femtolitres_per_microstep", expected, fl))
        fl = expected
    microsteps = figures.pumped_volume_nl * units.FL_PER_NL // fl if fl else 0
    compared.append(Compared("microsteps", microsteps, staged.microsteps))
    digest = "" if plan.digest is None else plan.digest.hex()
    compared.append(Compared("digest", digest, staged.digest.hex()))
    return compared


def require_agreement(compared: list[Compared]) -> None:
    """Refused, naming every figure on which host and pump differ."""
    problems = [
        Problem(
            one.name,
            "arithmetic",
            f"the host computes {one.by_host}, the pump {one.by_pump}",
            "do not infuse",
        )
        for one in compared
        if not one.agrees
    ]
    if problems:
        figures = "; ".join(f"{one.where}: {one.reason}" for one in problems)
        raise Refused(
            "arithmetic",
            f"host and pump do not agree on the programme: {figures}",
            "nothing was started; bring host, pump and board file to the same version",
            problems,
        )
