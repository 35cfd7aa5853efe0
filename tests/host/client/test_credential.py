"""The host's side of a session: which pump it believes, and what it tags."""

import secrets

import pytest

from evenflow import device_key
from evenflow.client.credential import Credential
from evenflow.client.records import Session
from evenflow.errors import Refused
from pumpcore.link_guard import LinkGuard
from pumpcore.wire import messages, tag
from pumpcore.wire.endpoint import Endpoint

pytestmark = pytest.mark.requirement("SEC-01", "SEC-02")

KEY = secrets.token_bytes(tag.KEY_BYTES)
UNIQUE_ID = b"board-77"
NONCE = bytes(range(16))


def credential(role: str = "operator") -> Credential:
    key = device_key.of_board(UNIQUE_ID, KEY).of_role(role)
    assert key is not None
    return Credential(key, NONCE)


def offered(wanted: Credential, key: bytes = KEY, name: bytes | None = None) -> Session:
    """What a pump with that key answers."""
    chance = secrets.token_bytes(tag.NONCE_BYTES)
    guard = LinkGuard(key, UNIQUE_ID)
    role = wanted.request()["role"]
    assert isinstance(role, int)
    proof = guard.offer(role, NONCE, chance, 100)
    return Session(1, guard.number, name or tag.key_name(key), chance, proof)


def test_the_pump_that_has_the_key_is_believed() -> None:
    for role in tag.ROLES:
        wanted = credential(role)
        assert not wanted.is_open
        wanted.begin(offered(wanted))
        assert wanted.is_open


def test_a_stranger_does_not_pass_for_the_pump() -> None:
    """By its key, by the name of another's, or by a session that was heard."""
    wanted = credential()
    with pytest.raises(Refused) as refused:
        wanted.begin(offered(wanted, bytes(32)))
    assert refused.value.code == "other_key"
    with pytest.raises(Refused) as refused:
        wanted.begin(offered(wanted, bytes(32), tag.key_name(KEY)))
    assert refused.value.code == "pump_unproven"
    heard = offered(wanted)
    again = credential()
    again._nonce = bytes(16)
    with pytest.raises(Refused) as refused:
        again.begin(heard)
    assert refused.value.code == "pump_unproven"
    assert not wanted.is_open
    assert not again.is_open


def test_no_two_frames_of_a_session_are_alike() -> None:
    """A request that is sent again has a tag of its own."""
    wanted = credential()
    wanted.begin(offered(wanted))
    endpoint = Endpoint(messages.TO_HOST)
    frames = set()
    for _ in range(10):
        length = endpoint.write(messages.by_name("stop"), [7], wanted.tagged(100))
        frames.add(bytes(endpoint.outgoing[:length]))
    assert len(frames) == 10
