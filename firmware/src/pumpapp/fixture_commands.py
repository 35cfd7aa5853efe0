"""What a host may ask of a fixture, a row a command, and what is refused."""

import sys

from pumpapp import FIRMWARE_VERSION
from pumpapp.fixture_follow import Follower
from pumpapp.fixture_force import ForceSource
from pumpapp.fixture_stamps import Teller
from pumpcore._compat import TYPE_CHECKING
from pumpcore.fixture.messages import ANALOGUE, OUTPUTS, REFUSALS, SCHEMA, TICK_NS
from pumpcore.profile import Profile

if TYPE_CHECKING:
    from pumpboard.rp2.fixture_board import FixtureBoard

_DONE = REFUSALS.index("none")
_NO_OUTPUT = REFUSALS.index("output")
_VALUE = REFUSALS.index("value")
_COMMAND = REFUSALS.index("command")


class FixtureCommands:
    """Carries out one command; each says what is to be, so that twice is as good as once."""

    def __init__(
        self,
        board: "FixtureBoard",
        profile: Profile,
        follower: Follower,
        force: ForceSource,
        teller: Teller,
    ) -> None:
        """Of those parts."""
        self.outputs = 0
        self._board = board
        self._name = profile["board.name"]
        self._follower = follower
        self._force = force
        self._teller = teller
        self._table = {
            "set_output": self._set_output,
            "set_force": self._set_force,
            "set_analogue": self._set_analogue,
            "set_encoder": self._set_encoder,
            "set_capture": self._set_capture,
        }

    def execute(self, name: str, values: list) -> int:
        """Index in REFUSALS; `values` are the command's fields behind its request."""
        command = self._table.get(name)
        return _COMMAND if command is None else command(values)

    def hello(self, request_id: int) -> list:
        """Fields of hello_reply."""
        version = ".".join([str(part) for part in sys.implementation.version[:3]])
        return [
            request_id,
            SCHEMA,
            FIRMWARE_VERSION,
            self._name,
            "%s %s" % (sys.implementation.name, version),
            self._board.unique_id,
            TICK_NS,
        ]

    def _set_output(self, values: list) -> int:
        output, is_on = values
        if output >= len(OUTPUTS):
            return _NO_OUTPUT
        if is_on > 1:
            return _VALUE
        self._board.outputs[output].set(is_on)
        bit = 1 << output
        self.outputs = self.outputs | bit if is_on else self.outputs & ~bit
        return _DONE

    def _set_force(self, values: list) -> int:
        self._force.go_to(values[0], values[1])
        return _DONE

    def _set_analogue(self, values: list) -> int:
        if values[0] >= len(ANALOGUE):
            return _NO_OUTPUT
        self._board.analogue[values[0]].set(values[1])
        return _DONE

    def _set_encoder(self, values: list) -> int:
        if values[0] > 1:
            return _VALUE
        self._follower.set_following(follows=values[0] == 1)
        return _DONE

    def _set_capture(self, values: list) -> int:
        if values[0] > 1:
            return _VALUE
        self._teller.set_capturing(is_on=values[0] == 1)
        return _DONE
