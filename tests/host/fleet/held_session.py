"""Records a session of an emulated pump, and stands at some shares of its volume until told to go.

    python held_session.py RECORD SHARE ...

It says `stands` on stdout each time, and goes on with the next line of stdin.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))

from host.session.scripted import SilentView
from host.telemetry.recorded import record

from evenflow.session.view import Progress


class Held(SilentView):
    """Stands at each of the shares once, in their order."""

    def __init__(self, shares: list[float]) -> None:
        """Of the volume, 0 to 1."""
        super().__init__()
        self._shares = shares

    def progress(self, now: Progress) -> None:
        """Stand, where it is time."""
        super().progress(now)
        if self._shares and now.share >= self._shares[0]:
            self._shares.pop(0)
            sys.stdout.write("stands\n")
            sys.stdout.flush()
            sys.stdin.readline()


if __name__ == "__main__":
    record(Path(sys.argv[1]), Held([float(one) for one in sys.argv[2:]]))
