"""Addresses, passwords and certificates: what is refused before anything is said to anybody."""

import asyncio
import ssl
from pathlib import Path

import aiomqtt
import pytest

from evenflow.errors import EvenflowError, Refused, WrongUsage
from evenflow.fleet import broker as broker_module
from evenflow.fleet import names
from evenflow.fleet.broker import Broker, Waits

pytestmark = pytest.mark.requirement("SEC-06")


def _broker(address: str, *, is_plain_right: bool = False) -> Broker:
    return broker_module.broker(
        address,
        password=lambda: "secret",
        tls=ssl.create_default_context,
        is_plain_right=is_plain_right,
    )


@pytest.mark.parametrize(
    ("address", "host", "port", "user"),
    [
        ("mqtt://localhost", "localhost", 1883, None),
        ("mqtt://127.0.0.1:1884", "127.0.0.1", 1884, None),
        ("mqtt://me@[::1]", "::1", 1883, "me"),
        ("mqtts://me%40home@broker.example/", "broker.example", 8883, "me@home"),
    ],
)
def test_an_address_is_taken_apart(address: str, host: str, port: int, user: str | None) -> None:
    found = _broker(address)

    assert (found.host, found.port, found.user) == (host, port, user)
    assert found.password == ("secret" if user else None)
    assert (found.tls is not None) == address.startswith("mqtts")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "broker",
        "http://broker",
        "mqtts://",
        "mqtts://b:x",
        "mqtts://b:99999",
        "mqtts://b/x",
        "mqtts://b?x=1",
        "mqtts://[::1",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        _broker(address)
    assert refused.value.code == "bad_broker"


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(WrongUsage) as refused:
        _broker("mqtts://me:hunter2@broker")
    assert refused.value.code == "password_in_address"
    assert "hunter2" not in str(refused.value)

    with pytest.raises(WrongUsage) as refused:
        _broker("mqtts://me:hunter2@broker:x")
    assert "hunter2" not in str(refused.value)


def test_plain_to_another_machine_is_refused_unless_a_person_says_so() -> None:
    for address in ("mqtt://broker", "mqtt://192.0.2.1", "mqtt://me@localhost.example"):
        with pytest.raises(Refused) as refused:
            _broker(address)
        assert refused.value.code == "plain_broker"
        assert _broker(address, is_plain_right=True).tls is None


def test_a_password_is_in_no_text_of_the_broker() -> None:
    found = _broker("mqtts://me@broker")

    assert "secret" not in f"{found} {found!r}"


def test_a_password_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("secret\n", encoding="utf-8")
    path.chmod(0o640)
    with pytest.raises(Refused) as refused:
        broker_module.from_file(path)
    assert refused.value.code == "password_file_open"
    path.chmod(0o600)

    assert broker_module.from_file(path) == "secret"


def test_an_empty_password_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.touch(0o600)
    with pytest.raises(Refused) as refused:
        broker_module.from_file(path)
    assert refused.value.code == "password_file_empty"


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("none", encoding="utf-8")
    with pytest.raises(EvenflowError) as refused:
        broker_module.tls_context(path, None, None)
    assert refused.value.code == "bad_certificate"


def test_attempts_come_less_often_until_one_goes_well() -> None:
    waits = Waits(first_s=1.0, longest_s=5.0)

    assert [waits.next_s() for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    waits.went_well()
    assert waits.next_s() == 1.0


@pytest.mark.requirement("SEC-05")
async def test_messages_that_nobody_takes_are_held_up_to_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(broker_module._Bounded, "BOUND_BYTES", 1_000)
    queue = broker_module._Bounded()
    message = aiomqtt.Message("topic", b"x" * 400, 1, False, 1, None)
    for _ in range(3):
        queue.put_nowait(message)
    with pytest.raises(asyncio.QueueFull):
        queue.put_nowait(message)
    await queue.get()

    queue.put_nowait(message)
    assert queue.qsize() == 3


@pytest.mark.parametrize("name", ["", "a/b", "+", "#", "a b", "-a", "x" * 65, "\0"])
def test_a_name_that_could_not_be_in_a_topic_is_refused(name: str) -> None:
    with pytest.raises(WrongUsage):
        names.checked(name, "site")


def test_this_host_has_a_name() -> None:
    assert names.is_name(names.of_this_host())
