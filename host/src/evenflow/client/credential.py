"""A key for one role on one board, and the tags of the commands under it.

`request` gives the fields of `open_session`, `begin` takes the pump's answer, and from then on
`tagged` makes what Endpoint.write puts behind a command.
"""

import hmac
from collections.abc import Callable

from evenflow import device_key
from evenflow.client.records import HelloReply, Session
from evenflow.device_key import Stored
from evenflow.errors import Refused
from pumpcore.memory import put
from pumpcore.wire import tag

Fields = dict[str, int | bytes]


def key_for(identity: HelloReply, role: str, own_key: bytes | None) -> Stored:
    """The key here for a role on that board; Refused if there is none.

    `own_key` is that of a board which is emulated in this process.
    """
    if own_key is not None:
        key = device_key.of_board(identity.unique_id, own_key).of_role(role)
    else:
        key = device_key.find(identity.unique_id.hex(), role)
    if key is None:
        raise Refused(
            "no_key",
            f"{identity.board} {identity.unique_id.hex()} takes commands under its key alone, and "
            f"this host has none for the role {role}",
            "import it from the host that flashed the pump: `evenflow keys export` there, "
            "`evenflow keys import` here",
        )
    return key


def any_role(identity: HelloReply, own_key: bytes | None) -> str:
    """One that this host has a key for on that board: every role may STOP."""
    if own_key is None:
        for role in tag.ROLES:
            if device_key.find(identity.unique_id.hex(), role) is not None:
                return str(role)
    return str(tag.ROLES[0])


class Credential:
    """One session, or the wish for one."""

    def __init__(self, key: Stored, nonce: bytes) -> None:
        """Of a role's key; `nonce` is this side's chance, 16 bytes, used once."""
        self._key = key
        self._nonce = nonce
        self._session: tag.Key | None = None
        self._number = 0
        self._counter = 0

    @property
    def role(self) -> str:
        """An element of tag.ROLES."""
        return self._key.role

    @property
    def is_open(self) -> bool:
        """Whether the pump has offered a session, and shown that it has the key."""
        return self._session is not None

    @property
    def place(self) -> tuple[int, int]:
        """Number of the session, and the counter of the last tag that was made in it."""
        return self._number, self._counter

    def request(self) -> Fields:
        """Fields of the `open_session` message."""
        return {"role": tag.ROLES.index(self._key.role), "nonce": self._nonce}

    def begin(self, answer: Session) -> None:
        """Refused if the pump has another key, or does not show that it has this one."""
        if answer.key != self._key.board_key:
            raise Refused(
                "other_key",
                f"the pump has the key {answer.key.hex()}, this host has "
                f"{self._key.board_key.hex()} for it",
                "import the key from the host that flashed it (`evenflow keys import`), or give "
                "the pump a new one (`evenflow keys rotate`)",
            )
        unique_id = bytes.fromhex(self._key.unique_id)
        session = tag.session_key(self._key.key, unique_id, self._nonce, answer.nonce)
        if not hmac.compare_digest(tag.proof(session), answer.proof):
            raise Refused(
                "pump_unproven",
                "what answers names the pump's key but does not have it",
                "look at what is connected: it is not the pump that it says it is",
            )
        self._session = session
        self._number = answer.number
        self._counter = 0

    def tagged(self, tick_count: int) -> Callable[[bytearray, int], int]:
        """Adds a tag to a payload that ends there; `tick_count` is the pump's, heard last."""
        session = self._session
        if session is None:
            raise RuntimeError("no session has begun")

        def add(payload: bytearray, end: int) -> int:
            self._counter += 1
            payload[end] = self._number
            put(payload, end + 1, self._counter, 4)
            put(payload, end + 5, tick_count, 4)
            mac_at = end + tag.MAC_AT
            payload[mac_at : mac_at + tag.MAC_BYTES] = tag.mac(session, payload[1:mac_at])
            return end + tag.TAG_BYTES

        return add
