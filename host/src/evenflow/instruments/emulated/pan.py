"""What lies on an emulated balance's pan, and what its weighing makes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

UG_PER_G = 1_000_000
BEHAVIOURS = {
    "overload": "as if too much lay on the pan",
    "underload": "as if the pan were missing",
    "unstable": "never at rest: each reading a few digits from the last, and said to be so",
    "drift": "three digits more at each reading, and said to be stable",
    "busy": "adjusts itself, and weighs nothing",
    "other_unit": "shows carats, as after a press of its unit key",
}
_NOISE_DIGITS = (0, 4, -3, 7, -5, 2)
_DRIFT_DIGITS = 3


def _nothing() -> int:
    return 0


@dataclass(slots=True)
class Pan:
    """A weighing cell of a capacity and a last digit, both in micrograms; see `weighed`."""

    mass_ug: Callable[[], int] = _nothing
    resolution_ug: int = 100
    capacity_ug: int = 220 * UG_PER_G
    is_stable: Callable[[], bool] = lambda: True
    tare_ug: int = 0
    _count: int = field(default=0)

    def weighed(self, behaviour: str) -> tuple[int | str, bool]:
        """Net mass, or what is wrong in a word of BEHAVIOURS, and whether it is at rest."""
        if behaviour in ("overload", "underload", "busy"):
            return behaviour, True
        gross_ug = self.mass_ug()
        if gross_ug > self.capacity_ug:
            return "overload", True
        if gross_ug < -self.capacity_ug // 10:
            return "underload", True
        self._count += 1
        net_ug = gross_ug - self.tare_ug
        is_stable = self.is_stable()
        if behaviour == "unstable":
            net_ug += _NOISE_DIGITS[self._count % len(_NOISE_DIGITS)] * self.resolution_ug
            is_stable = False
        elif behaviour == "drift":
            net_ug += self._count * _DRIFT_DIGITS * self.resolution_ug
        # To the nearest digit, halves to the even one, as displays do not tell.
        return round(net_ug / self.resolution_ug) * self.resolution_ug, is_stable

    def set_to_zero(self) -> None:
        """What lies on the pan counts as nothing from now on."""
        self.tare_ug = self.mass_ug()


def grams(mass_ug: int, resolution_ug: int) -> str:
    """In grams, with as many decimals as the resolution has."""
    decimals = len(str(UG_PER_G)) - len(str(resolution_ug))
    whole, part = divmod(abs(mass_ug), UG_PER_G)
    text = f"{whole}.{part:06d}"[: len(str(whole)) + 1 + decimals].removesuffix(".")
    return f"-{text}" if mass_ug < 0 else text
