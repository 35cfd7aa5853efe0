"""The word that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or all of them."""
    choices = list(known)
    near = get_close_matches(word, choices, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(choices)}"
