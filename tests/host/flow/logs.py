"""Balance logs of a run that is known: a flow, an evaporation before and after, noise."""

from random import Random

from evenflow.flow import balance_log


def log(
    *,
    ml_per_h: float = 5.0,
    run_s: int = 7200,
    rest_s: int = 300,
    before_mg_per_h: float = -12.0,
    after_mg_per_h: float = -12.0,
    noise_ug: float = 100.0,
    every_s: int = 10,
    g_per_ml: float = 0.998,
    facts: dict[str, str | float] | None = None,
) -> str:
    """Rows as `flow record` writes them; evaporation goes from the one to the other evenly."""
    draw = Random(5)
    text = balance_log.head(
        {"rate_ml_per_h": 5.0, "balance": "a test"} if facts is None else facts
    )
    whole_s = run_s + 2 * rest_s
    for t_s in range(0, whole_s + every_s, every_s):
        run = min(max(t_s - rest_s, 0), run_s)
        grams = ml_per_h * run / 3600 * g_per_ml
        before = min(t_s, rest_s) / 3600 * before_mg_per_h
        during = run / 3600 * (before_mg_per_h + after_mg_per_h) / 2
        after = max(t_s - rest_s - run_s, 0) / 3600 * after_mg_per_h
        mass_ug = round(grams * 1e6 + (before + during + after) * 1e3 + draw.gauss(0, noise_ug))
        phase = "before" if t_s < rest_s else "run" if t_s <= rest_s + run_s else "after"
        text += balance_log.row(t_s, phase, mass_ug, is_stable=phase != "run")
    return text
