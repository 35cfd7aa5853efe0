"""The guard of the link alone: what a tag must be, what it costs, and who is the one writer."""

import hashlib
import hmac
import random

import pytest

from pumpcore.link_guard import (
    FIRST_PAUSE_TICKS,
    FREE_FAILURES,
    FRESH_TICKS,
    LONGEST_PAUSE_TICKS,
    OFFER_TICKS,
    LinkGuard,
)
from pumpcore.memory import put
from pumpcore.refusal_words import REFUSALS
from pumpcore.wire import messages, tag

pytestmark = pytest.mark.requirement("SEC-01", "SEC-02", "SEC-10")

DEVICE_KEY = bytes(range(32))
UNIQUE_ID = b"board-01"
HOST_NONCE = b"h" * tag.NONCE_BYTES
PUMP_NONCE = b"p" * tag.NONCE_BYTES
OPERATOR = tag.ROLES.index("operator")


class Scene:
    """A guard, and a host that has its key."""

    def __init__(self) -> None:
        """Nobody has asked for a session."""
        self.guard = LinkGuard(DEVICE_KEY, UNIQUE_ID)
        self.tick = 1_000
        self.number = 0
        self.key: tag.Key | None = None

    def offer(self, role: int = OPERATOR, nonce: bytes = HOST_NONCE) -> None:
        """A session for whoever asks."""
        self.tick += OFFER_TICKS
        proof = self.guard.offer(role, nonce, PUMP_NONCE, self.tick)
        key = tag.role_key(DEVICE_KEY, tag.ROLES[role])
        self.key = tag.session_key(key, UNIQUE_ID, nonce, PUMP_NONCE)
        self.number = self.guard.number
        assert proof == tag.proof(self.key)

    def payload(self, counter: int, tick: int | None = None, body: bytes = b"\x22ab") -> bytearray:
        """A command of that body with its tag, from byte 1 on, and room after it."""
        assert self.key is not None
        end = 1 + len(body)
        payload = bytearray(b"\0" + body + bytes(64))
        payload[end] = self.number
        put(payload, end + 1, counter, 4)
        put(payload, end + 5, self.tick if tick is None else tick, 4)
        at = end + tag.MAC_AT
        payload[at : at + tag.MAC_BYTES] = tag.mac(self.key, payload[1:at])
        return payload

    def judge(self, payload: bytearray, *, is_stop: bool = False, at: int = 4) -> str:
        """A tick later: the refusal's name."""
        self.tick += 1
        code = self.guard.judge(payload, at, self.tick, tag.OPERATOR, is_stop=is_stop)
        return str(REFUSALS[code].name)

    def ask(self, counter: int, **how: int) -> str:
        """Judge a whole and proper command."""
        return self.judge(self.payload(counter, **how))


@pytest.fixture
def scene() -> Scene:
    """A session is offered to the operator."""
    made = Scene()
    made.offer()
    return made


def test_codes_are_hmac_sha_256() -> None:
    """RFC 2104, by the standard library; no MicroPython brings it."""
    for count in (0, 1, 63, 64, 65, 200):
        content = bytes(index & 0xFF for index in range(count))
        expected = hmac.digest(DEVICE_KEY, b"purpose" + content, hashlib.sha256)
        assert tag.Key(DEVICE_KEY).code(b"purpose", content) == expected


def test_keys_of_roles_boards_and_sessions_all_differ() -> None:
    keys = {tag.role_key(key, role) for key in (DEVICE_KEY, bytes(32)) for role in tag.ROLES}
    assert len(keys) == 2 * len(tag.ROLES)
    proofs = {
        tag.proof(tag.session_key(key, board, host, pump))
        for key in keys
        for board in (UNIQUE_ID, b"board-02")
        for host in (HOST_NONCE, PUMP_NONCE)
        for pump in (HOST_NONCE, PUMP_NONCE)
    }
    assert len(proofs) == len(keys) * 8


def test_proper_commands_are_done_in_order(scene: Scene) -> None:
    assert [scene.ask(counter) for counter in (1, 2, 9, 10)] == ["none"] * 4
    assert scene.guard.failure_count == 0


def test_each_is_done_once(scene: Scene) -> None:
    first = scene.payload(5)
    assert scene.judge(first) == "none"
    assert scene.judge(first) == "auth_replayed"
    assert scene.ask(4) == "auth_replayed"
    assert scene.ask(6) == "none"
    assert scene.guard.failure_count == 2


@pytest.mark.parametrize(
    ("age_ticks", "expected"),
    [(0, "none"), (FRESH_TICKS, "none"), (FRESH_TICKS + 1, "auth_stale"), (-1, "auth_stale")],
)
def test_a_command_lasts_five_seconds(scene: Scene, age_ticks: int, expected: str) -> None:
    """By the pump's ticks, and none is from the future."""
    assert scene.ask(1, tick=scene.tick + 1 - age_ticks) == expected


def test_a_command_of_a_tick_to_come_is_not_done_when_it_is_there(scene: Scene) -> None:
    """Whoever forges telemetry may have the host tag for later: such a frame is spent at once."""
    assert scene.ask(1) == "none"
    later = scene.payload(2, tick=scene.tick + 1_000)
    assert scene.judge(later) == "auth_stale"
    scene.tick += 1_100
    assert scene.judge(later) == "auth_replayed"
    assert scene.ask(3) == "none"


def test_who_has_proven_the_key_is_not_kept_out_by_wrong_codes(scene: Scene) -> None:
    assert scene.ask(1) == "none"
    for counter in range(2, 40):
        wrong = scene.payload(1_000 + counter)
        wrong[4 + tag.MAC_AT] ^= 1
        assert scene.judge(wrong) == "auth_wrong"
        assert scene.ask(counter) == "none"


def test_a_role_that_may_not_ends_nobodys_session(scene: Scene) -> None:
    assert scene.ask(1) == "none"
    number, key = scene.number, scene.key
    scene.offer(tag.ROLES.index("service"), nonce=b"s" * tag.NONCE_BYTES)
    assert scene.ask(1) == "auth_role"
    scene.number, scene.key = number, key
    assert scene.ask(2) == "none"


def test_no_two_sessions_at_once_have_one_number() -> None:
    """Nor are those of one boot likely to be those of the next: it begins anywhere."""
    for first in (0, 1, 254, 255):
        scene = Scene()
        scene.guard = LinkGuard(DEVICE_KEY, UNIQUE_ID, first)
        scene.offer()
        assert scene.ask(1) == "none"
        held = scene.number
        for _ in range(600):
            scene.offer(nonce=b"x" * tag.NONCE_BYTES)
            assert scene.number not in (0, held)
            assert list(scene.guard.numbers) == [held, scene.number]


def test_without_a_tag_nothing_is_done(scene: Scene) -> None:
    assert scene.judge(scene.payload(1), at=0) == "auth_missing"
    assert scene.judge(scene.payload(1), at=0, is_stop=True) == "auth_missing"


def test_no_bit_of_command_or_tag_may_change() -> None:
    """A code that is wrong anywhere; what else is refused before a code is made is as good."""
    refused = set()
    for bit in range(8 * (3 + tag.TAG_BYTES)):
        scene = Scene()
        scene.offer()
        payload = scene.payload(1, tick=scene.tick - 100)
        payload[1 + bit // 8] ^= 1 << bit % 8
        refused.add(scene.judge(payload))
    assert refused == {"auth_wrong", "auth_session", "auth_replayed", "auth_stale"}


def test_a_session_ends_only_by_a_proof_of_the_next(scene: Scene) -> None:
    """Who has no key may ask for sessions all day; the newest that proves the key is the one."""
    assert scene.ask(1) == "none"
    number, key = scene.number, scene.key
    scene.offer(nonce=b"x" * tag.NONCE_BYTES)
    second_number, second_key = scene.number, scene.key
    scene.number, scene.key = number, key
    assert scene.ask(2) == "none"
    scene.number, scene.key = second_number, second_key
    assert scene.ask(1) == "none"
    scene.number, scene.key = number, key
    assert scene.ask(3) == "auth_session"


def test_an_offer_that_nobody_took_up_is_replaced(scene: Scene) -> None:
    number, key = scene.number, scene.key
    scene.offer(nonce=b"x" * tag.NONCE_BYTES)
    scene.number, scene.key = number, key
    assert scene.ask(1) == "auth_session"


def test_a_role_does_its_own_and_may_always_stop() -> None:
    for role, name in enumerate(tag.ROLES):
        scene = Scene()
        scene.offer(role)
        expected = "none" if name == "operator" else "auth_role"
        assert scene.ask(1) == expected
        assert scene.judge(scene.payload(2), is_stop=True) == "none"


def test_pauses_double_up_to_a_minute(scene: Scene) -> None:
    """What comes in a pause is not looked at, and does not lengthen it."""
    spans = []
    assert scene.judge(_wrong(scene)) == "auth_wrong"
    while len(spans) < FREE_FAILURES + 8:
        began = scene.tick
        while scene.judge(_wrong(scene)) == "auth_pause":
            assert scene.tick - began <= LONGEST_PAUSE_TICKS
        spans.append(scene.tick - began)
    doubled = [FIRST_PAUSE_TICKS << step for step in range(6)]
    most = [LONGEST_PAUSE_TICKS] * (len(spans) - len(doubled) - FREE_FAILURES + 1)
    assert spans == [1] * (FREE_FAILURES - 1) + doubled + most


def _wrong(scene: Scene) -> bytearray:
    wrong = scene.payload(1, tick=scene.tick)
    wrong[4 + tag.MAC_AT] ^= 1
    return wrong


def test_a_pause_does_not_hold_a_stop(scene: Scene) -> None:
    for _ in range(FREE_FAILURES):
        assert scene.judge(_wrong(scene)) == "auth_wrong"
    assert scene.ask(1) == "auth_pause"
    assert scene.judge(scene.payload(1), is_stop=True) == "none"


def test_one_code_a_tick_and_one_for_stop(scene: Scene) -> None:
    """However much comes."""
    first, second, stop, later = (scene.payload(counter) for counter in (1, 2, 3, 4))
    guard, tick = scene.guard, scene.tick
    told = [
        guard.judge(first, 4, tick, tag.OPERATOR, is_stop=False),
        guard.judge(second, 4, tick, tag.OPERATOR, is_stop=False),
        guard.judge(stop, 4, tick, 0, is_stop=True),
        guard.judge(later, 4, tick, 0, is_stop=True),
    ]
    assert [REFUSALS[code].name for code in told] == ["none", "auth_busy", "none", "auth_busy"]


def test_offers_are_few() -> None:
    scene = Scene()
    scene.offer()
    assert not scene.guard.may_offer(scene.tick + OFFER_TICKS - 1)
    assert scene.guard.may_offer(scene.tick + OFFER_TICKS)


def test_a_session_survives_a_flood_of_garbage(scene: Scene) -> None:
    """A hundred thousand of them: none is done, and the next proper command is."""
    chance = random.Random(7)
    genuine = scene.payload(1)
    assert scene.judge(genuine) == "none"
    for _ in range(100_000):
        garbage = bytearray(genuine)
        for _ in range(chance.randrange(1, 5)):
            garbage[1 + chance.randrange(3 + tag.TAG_BYTES)] ^= chance.randrange(1, 256)
        assert scene.judge(garbage) != "none"
    scene.tick += LONGEST_PAUSE_TICKS
    assert scene.ask(2) == "none"


def test_every_command_that_changes_something_has_roles() -> None:
    """SEC-09: the table is whole: a question, STOP, or for somebody."""
    for message in messages.MESSAGES:
        if message.direction == messages.TO_DEVICE:
            is_free = message.name in tag.QUESTIONS or message.name == "stop"
            assert is_free != bool(tag.roles_of(message.name)), message.name
