"""The trumpet of Appendix A written plainly: interval flows, and their mean in every window."""

from itertools import pairwise


def trumpet(
    volume_ml: list[float], rate_ml_per_h: float, sample_s: float, windows_min: list[float]
) -> tuple[dict[float, tuple[float, float, int]], float]:
    """(greatest, least, count of windows) by window, and the error of all."""
    errors = []
    for before, after in pairwise(volume_ml):
        flow_ml_per_h = (after - before) / sample_s * 3600
        errors.append(100 * (flow_ml_per_h - rate_ml_per_h) / rate_ml_per_h)
    found = {}
    for window_min in windows_min:
        length = round(window_min * 60 / sample_s)
        means = []
        for start in range(len(errors) - length + 1):
            total = 0.0
            for index in range(start, start + length):
                total += errors[index]
            means.append(total / length)
        found[window_min] = (max(means), min(means), len(means))
    return found, sum(errors) / len(errors)
