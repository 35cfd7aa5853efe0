"""Gives all of something back: one that cannot, or Ctrl-C, does not keep the others from it."""

from collections.abc import Awaitable, Iterable


async def all_of(steps: Iterable[Awaitable[None]]) -> None:
    """Each in turn, whatever came of those before it; then the first error is raised."""
    first: BaseException | None = None
    for step in steps:
        try:
            await step
        except BaseException as error:
            first = first or error
    if first is not None:
        raise first
