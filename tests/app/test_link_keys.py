"""A board with a key, through its loop: who may do what, what is told, and what is journalled."""

import secrets
from collections.abc import Callable

import pytest
from app.link_host import STAGE, LinkHost, refusal_of

from evenflow import device_key
from evenflow.client.credential import Credential
from evenflow.client.records import Session
from pumpapp.commands import LINK_ACCEPTS, LINK_HAS_KEY, LINK_IS_BENCH, LINK_NEEDS_KEY
from pumpapp.link_keys import LinkKeys, parse
from pumpcore import journal_record
from pumpcore.interlock import STATES
from pumpcore.wire import messages, tag

pytestmark = pytest.mark.requirement("SEC-01", "SEC-09")

KEY = secrets.token_bytes(tag.KEY_BYTES)
COMMANDS = [message for message in messages.MESSAGES if message.direction == messages.TO_DEVICE]


class KeyedHost(LinkHost):
    """The host of a board that has a key; `has` is the host's own."""

    def __init__(self, has: bytes = KEY, **flags: bool) -> None:
        """Without a session."""
        super().__init__(**({"link__bench": False} | flags))
        loop = self.loop
        loop.commands.require(LinkKeys(KEY, loop.board, loop.recorder))
        self._has = has

    def session(self, role: str = "operator") -> Credential:
        """A session in that role."""
        key = device_key.of_board(self.loop.board.unique_id, self._has).of_role(role)
        assert key is not None
        credential = Credential(key, secrets.token_bytes(tag.NONCE_BYTES))
        self.loop.tick(30)
        name, values = self.ask("open_session", **credential.request())
        assert name == "session"
        credential.begin(Session(**values))  # type: ignore[arg-type]
        return credential

    def tagged(self, credential: Credential) -> Callable[[bytearray, int], int]:
        """As of the tick that was heard last."""
        return credential.tagged(self.loop.loop.tick_count - 1)


def test_a_keyed_board_says_so_and_a_bench_stays_open() -> None:
    _, told = KeyedHost().ask("hello")
    assert told["link_flags"] == LINK_ACCEPTS | LINK_HAS_KEY | LINK_NEEDS_KEY
    bench = KeyedHost(link__bench=True)
    _, told = bench.ask("hello")
    assert told["link_flags"] == LINK_ACCEPTS | LINK_HAS_KEY | LINK_IS_BENCH
    assert bench.refusal("acknowledge") == "none"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("role", tag.ROLES)
def test_each_role_may_what_the_table_says_and_nobody_anything_without_a_tag(
    command: messages.Message, role: str
) -> None:
    host = KeyedHost()
    fields: dict[str, object] = {"nonce": bytes(16)} if command.name == "open_session" else {}
    if command.name in tag.QUESTIONS:
        name, answer = host.ask(command.name, **fields)
        assert name != "answer" or refusal_of(answer) == "none"
        return
    assert host.refusal(command.name) == "auth_missing"
    assert host.telemetry()["last_request_id"] == 0
    credential = host.session(role)
    name, answer = host.ask(command.name, host.tagged(credential))
    is_refused = name == "answer" and refusal_of(answer) == "auth_role"
    may = command.name == "stop" or tag.roles_of(command.name) >> tag.ROLES.index(role) & 1
    assert is_refused != may
    assert (host.telemetry()["last_request_id"] == 77) == may


def test_a_session_infuses_and_stops() -> None:
    """At the pump's state, under the key alone."""
    host = KeyedHost()
    credential = host.session()
    _, staged = host.ask("stage", host.tagged(credential), **STAGE)
    digest = staged["digest"]
    assert host.refusal("confirm", programme_number=5, digest=digest) == "auth_missing"
    confirmed = host.refusal("confirm", host.tagged(credential), programme_number=5, digest=digest)
    assert confirmed == "none"
    bench = host.bench
    bench.kernel.preparation.checklist = 7
    bench.fit(20_000_000)
    bench.keys = 4
    host.loop.tick(30)
    assert bench.state() == "infusing"
    assert host.refusal("stop") == "auth_missing"
    assert bench.state() == "infusing"
    assert host.refusal("stop", host.tagged(credential)) == "none"
    assert bench.state() == "paused"


@pytest.mark.requirement("SEC-02")
def test_a_frame_that_was_heard_does_nothing_again() -> None:
    """Replayed at once, later, after a reset, and after another session."""
    host = KeyedHost()
    credential = host.session()
    stage = host.frame("stage", host.tagged(credential), **STAGE)
    ((name, _),) = host.hear(stage)
    assert name == "staged"
    host.ask("cancel", host.tagged(credential), programme_number=5)
    ((_, answer),) = host.hear(stage)
    assert refusal_of(answer) == "auth_replayed"
    second = host.session()
    assert host.refusal("acknowledge", host.tagged(second)) == "none"
    ((_, answer),) = host.hear(stage)
    assert refusal_of(answer) == "auth_session"
    restarted = KeyedHost()
    ((_, answer),) = restarted.hear(stage)
    assert refusal_of(answer) == "auth_session"
    for one in (host, restarted):
        assert one.telemetry()["state"] == STATES.index("idle")


@pytest.mark.requirement("SEC-02")
def test_a_frame_that_was_held_back_is_stale_after_five_seconds() -> None:
    host = KeyedHost()
    credential = host.session()
    held = host.frame("stop", host.tagged(credential))
    host.loop.tick(251)
    ((_, answer),) = host.hear(held)
    assert refusal_of(answer) == "auth_stale"


@pytest.mark.requirement("SEC-06")
def test_another_boards_key_opens_nothing() -> None:
    host = KeyedHost(has=secrets.token_bytes(32))
    key = device_key.of_board(host.loop.board.unique_id, KEY).of_role("operator")
    other = device_key.of_board(host.loop.board.unique_id, bytes(32)).of_role("operator")
    assert key is not None
    assert other is not None
    _, values = host.ask("open_session", role=0, nonce=bytes(16))
    session = tag.session_key(
        other.key,
        host.loop.board.unique_id,
        bytes(16),
        values["nonce"],  # type: ignore[arg-type]
    )

    def forged(payload: bytearray, end: int) -> int:
        payload[end] = values["number"]  # type: ignore[assignment]
        payload[end + 1 : end + 9] = (1).to_bytes(4, "little") + (
            host.loop.loop.tick_count - 1
        ).to_bytes(4, "little")
        at = end + tag.MAC_AT
        payload[at : at + 16] = tag.mac(session, payload[1:at])
        return end + tag.TAG_BYTES

    assert host.refusal("acknowledge", forged) == "auth_wrong"


@pytest.mark.requirement("SEC-10")
def test_refusals_are_in_the_journal_and_a_flood_of_them_does_not_fill_it() -> None:
    host = KeyedHost()
    recorder = host.loop.recorder
    first = recorder.journal.next_sequence
    for _ in range(200):
        host.refusal("acknowledge")
    host.loop.tick(3_000)
    host.refusal("acknowledge")
    host.loop.tick(50)
    noted = [
        record
        for sequence in range(first, recorder.journal.next_sequence)
        if (record := _record(host, sequence)).kind == journal_record.AUTH_REFUSED
    ]
    assert [record.value for record in noted] == [1, 201]


def _record(host: LinkHost, sequence: int) -> journal_record.Record:
    _, page = host.ask("read_journal", first_sequence=sequence)
    raw = page["record_0"]
    assert isinstance(raw, bytes)
    return journal_record.decode(raw)


def test_one_code_a_tick_however_many_commands_come() -> None:
    """The next is told to come again, and a STOP among them is done in that tick."""
    host = KeyedHost()
    credential = host.session()
    frames = [
        host.frame("acknowledge", host.tagged(credential), request_id=1),
        host.frame("acknowledge", host.tagged(credential), request_id=2),
        host.frame("stop", host.tagged(credential), request_id=3),
    ]
    told = {answer["request_id"]: refusal_of(answer) for _, answer in host.hear(*frames)}
    assert told == {1: "none", 2: "auth_busy", 3: "none"}


@pytest.mark.requirement("SEC-13")
def test_no_message_carries_a_key_to_the_board() -> None:
    """The one with bytes of chance proves nothing, and changes no key."""
    for command in COMMANDS:
        names = {field.name for field in command.fields}
        assert not {name for name in names if "key" in name}, command.name
    host = KeyedHost()
    before = host.session()
    assert host.refusal("acknowledge", host.tagged(before)) == "none"
    host.loop.tick(30)
    host.ask("open_session", role=1, nonce=KEY[:16])
    assert host.refusal("acknowledge", host.tagged(before)) == "none"


@pytest.mark.parametrize("content", [b"", b"00", b"zz" * 32, b"00" * 31, b"00" * 33, b"\0"])
def test_a_spoilt_key_is_none(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(content)


def test_with_a_spoilt_key_nothing_is_done_but_stop() -> None:
    host = LinkHost(link__bench=True)
    host.loop.commands.lock()
    assert host.refusal("acknowledge") == "link_locked"
    assert host.refusal("stop") == "none"


@pytest.mark.requirement("SEC-08")
def test_of_stops_beyond_what_a_host_says_only_those_of_a_session_are_done() -> None:
    """A tick has ten commands, and two more that stop: none of them is a stranger's."""
    host = KeyedHost()
    credential = host.session()
    pings = [host.frame("ping", request_id=number) for number in range(1, 11)]
    forged = [host.frame("stop", request_id=number) for number in range(20, 25)]
    genuine = [host.frame("stop", host.tagged(credential), request_id=30)]

    told = {answer["request_id"] for _, answer in host.hear(*pings, *forged, *genuine)}

    assert told == {*range(1, 11), 30}


@pytest.mark.requirement("SEC-08")
def test_a_bench_answers_two_stops_beyond_what_a_host_says() -> None:
    host = KeyedHost(link__bench=True)
    pings = [host.frame("ping", request_id=number) for number in range(1, 11)]
    stops = [host.frame("stop", request_id=number) for number in range(20, 25)]

    told = [answer["request_id"] for _, answer in host.hear(*pings, *stops)]

    assert told == [*range(1, 11), 20, 21]
