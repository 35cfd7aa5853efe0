"""Figures as a person reads them."""

from evenflow.session.view import Progress
from pumpcore import units

_S_PER_MIN = 60
_MIN_PER_H = 60


def clock(span_s: float) -> str:
    """h:mm:ss."""
    whole = int(span_s)
    minutes, seconds = divmod(whole, _S_PER_MIN)
    hours, minutes = divmod(minutes, _MIN_PER_H)
    return f"{hours}:{minutes:02d}:{seconds:02d}"


def ml(volume_nl: float) -> str:
    """Millilitres with three decimals."""
    return f"{volume_nl / units.NL_PER_ML:.3f} mL"


def mg(mass_mg: float | None) -> str:
    """Milligrams with two decimals; empty without a drug."""
    return "" if mass_mg is None else f"{mass_mg:.2f} mg"


def rate(rate_ul_per_h: int) -> str:
    """mL/h with two decimals."""
    return f"{rate_ul_per_h / units.UL_PER_ML:.2f} mL/h"


def digest(content: bytes) -> str:
    """In groups of four, to be read aloud."""
    text = content.hex()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def band(ng_per_ml: tuple[float, float]) -> str:
    """A band across models."""
    lowest, highest = ng_per_ml
    return f"{lowest:.0f} to {highest:.0f} ng/mL"


def line(now: Progress) -> str:
    """Where an infusion is, in one line that fits a terminal of 80 columns."""
    delivered, remaining = ml(now.delivered_nl).removesuffix(" mL"), ml(now.remaining_nl)
    figures = (
        f"{now.state_name} {100 * now.share:3.0f} %  {rate(now.commanded_ul_per_h)}  "
        f"delivered {delivered}, remaining {remaining}  {round(now.pressure_mmhg)} mmHg"
    )
    override = ("soft limit overridden",) if now.is_overridden else ()
    return "  ".join((figures, *override, *now.alarm_names))
