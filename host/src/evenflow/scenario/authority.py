"""The host's key in a scenario: which commands wait for a session, and the tags of the others.

Everything is drawn from the seed, so that a scenario repeats to the byte.
"""

from collections.abc import Callable
from hashlib import sha256

from evenflow.client.credential import Credential
from evenflow.client.handshake import LINK_NEEDS_KEY
from evenflow.client.records import HelloReply, Session
from evenflow.device_key import of_board
from evenflow.errors import Refused
from pumpcore.wire import tag

Fields = dict[str, int | bytes]


def key_of(seed: int) -> bytes:
    """The key of a scenario's board."""
    return sha256(f"device key {seed}".encode()).digest()


class Authority:
    """One host's: it has the board's key, and takes the role that a command needs."""

    def __init__(self, seed: int) -> None:
        """Nothing is known of the pump."""
        self._seed = seed
        self._nonce_count = 0
        self._unique_id: bytes | None = None
        self._credential: Credential | None = None

    def forget(self) -> None:
        """The pump or the host was restarted: there is no session, and no pump is known."""
        self._unique_id = None
        self._credential = None

    def meet(self, hello: HelloReply) -> None:
        """Who is there, and whether it asks for tags; a session that is open stays."""
        self._unique_id = hello.unique_id if hello.link_flags & LINK_NEEDS_KEY else None

    def is_needed(self, command: str) -> bool:
        """Whether the pump asks for a tag on that command."""
        return self._unique_id is not None and command not in tag.QUESTIONS

    def needs_session(self, command: str) -> bool:
        """Whether that command must wait until one is open in another role, or at all."""
        if not self.is_needed(command):
            return False
        credential = self._credential
        if credential is None or not credential.is_open:
            return True
        roles = tag.roles_of(command)
        return bool(roles) and not roles >> tag.ROLES.index(credential.role) & 1

    def request(self, command: str) -> Fields | None:
        """Fields of the `open_session` that this command needs; None while one is asked for."""
        if self._credential is not None and not self._credential.is_open:
            return None
        roles = tag.roles_of(command) or tag.OPERATOR
        role = next(name for bit, name in enumerate(tag.ROLES) if roles >> bit & 1)
        key = of_board(self._unique_id or b"", key_of(self._seed)).of_role(role)
        if key is None:
            raise RuntimeError("a board's key has every role's")
        self._nonce_count += 1
        chance = sha256(f"nonce {self._seed} {self._nonce_count}".encode()).digest()
        self._credential = Credential(key, chance[: tag.NONCE_BYTES])
        return self._credential.request()

    def begin(self, session: Session) -> None:
        """The pump has offered one; another board's is none."""
        credential = self._credential
        if credential is None or credential.is_open:
            return
        try:
            credential.begin(session)
        except Refused:
            self._credential = None

    def give_up(self) -> None:
        """The offer did not come."""
        if self._credential is not None and not self._credential.is_open:
            self._credential = None

    def tagged(self, command: str, tick_count: int) -> Callable[[bytearray, int], int] | None:
        """What Endpoint.write adds to that command; None where no tag is needed."""
        credential = self._credential
        if not self.is_needed(command) or credential is None or not credential.is_open:
            return None
        return credential.tagged(tick_count)
