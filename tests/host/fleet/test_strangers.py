"""Others on the same broker, and brokers that are not ours: nothing is stored, nothing fails."""

import asyncio
import json
import os
import random
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import aiomqtt
import pytest
from host.broker import PASSWORD, RunningBroker, certificates
from host.broker import running as running_broker
from host.fleet.parts import (
    arguments,
    closed_count,
    everything,
    fault_count,
    once,
    running,
    until,
)

from evenflow.fleet import names
from evenflow.fleet.batch import NOWHERE, Answer, Batch, decoded_answers, encoded
from evenflow.fleet.outbox import Outbox
from evenflow.telemetry.store import create
from evenflow.telemetry.tables import EVENT

pytestmark = pytest.mark.requirement("SEC-05", "LOG-06")

SITE, BRIDGE = "main", "stranger"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    """Anybody may speak and hear."""
    with running_broker(tmp_path / "broker") as found:
        yield found


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[RunningBroker]:
    """With TLS and a password."""
    with running_broker(tmp_path / "broker", has_tls=True, wants_password=True) as found:
        yield found


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A database that is a file, with its tables."""
    path = tmp_path / "fleet.db"
    create(path).close()
    return path


def first_batch(recorded: Path) -> Batch:
    """All of the session, which is small, without its end."""
    outbox = Outbox(lambda: [recorded])
    ((_, (source,)),) = outbox.look()
    batch = outbox.following(source, NOWHERE, 1).batch
    outbox.close()
    return replace(batch, closing=None)


async def asked(broker: RunningBroker, *batches: Batch) -> list[Answer]:
    """What the ingest answers, once it is there, to each of them."""
    answers = []
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.subscribe(names.ingest_online(SITE, "+"), 1)
        async for message in client.messages:
            if json.loads(bytes(message.payload))["online"]:
                break
        await client.subscribe(names.stored(SITE, BRIDGE), 1)
        for batch in batches:
            topic = names.rows(SITE, BRIDGE, batch.session_id)
            await client.publish(topic, encoded(batch), 1)
            message = await anext(client.messages)
            answers += decoded_answers(bytes(message.payload))
    return answers


def test_a_batch_twice_is_stored_once(recorded: Path, broker: RunningBroker, fleet: Path) -> None:
    batch = first_batch(recorded)
    with running("ingest", broker, "--db", str(fleet)):
        one, other = asyncio.run(asked(broker, batch, replace(batch, number=2)))

    assert (one.code, one.position) == (other.code, other.position)
    assert everything(fleet)["frames"] == everything(recorded)["frames"]


def test_a_row_that_was_changed_on_the_way_is_refused_and_the_true_one_is_stored(
    recorded: Path, broker: RunningBroker, fleet: Path
) -> None:
    batch = first_batch(recorded)
    events = [dict(row) for row in batch.rows[EVENT]]
    events[5]["detail_json"] = '{"to": "infusing"}'
    with running("ingest", broker, "--db", str(fleet)):
        changed = replace(batch, rows={**batch.rows, EVENT: events})
        (answer,) = asyncio.run(asked(broker, changed))
        kept = everything(fleet)["event"]
        done = once(broker, recorded.parent.parent)

    assert answer.code == "changed"
    assert answer.reason.startswith("event 6:")
    assert kept == everything(recorded)["event"][:5]
    assert done.returncode == 0, done.stderr
    assert everything(fleet) == everything(recorded)


def test_any_bytes_of_a_stranger_store_nothing_and_stop_nobody(
    tmp_path: Path, recorded: Path, broker: RunningBroker, fleet: Path
) -> None:
    randoms = random.Random(7)
    host = names.of_this_host()
    session_id = str(everything(recorded)["session"][0]["id"])
    topics = [
        names.rows(SITE, host, session_id),
        names.rows(SITE, BRIDGE, "x"),
        names.rows(SITE, "\u00e4 b", "x"),
        names.stored(SITE, host),
        names.ingest_online(SITE, BRIDGE),
        names.pump(SITE, host, "x"),
    ]
    genuine = encoded(first_batch(recorded))

    async def disturb() -> None:
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            for _ in range(300):
                cut = bytearray(genuine[: randoms.randrange(len(genuine))])
                if cut:
                    cut[randoms.randrange(len(cut))] ^= randoms.randrange(1, 256)
                noise = randoms.randbytes(randoms.randrange(200))
                for payload in (bytes(cut), noise, b"", b'{"v": 1, "answers": [{}]}'):
                    await client.publish(randoms.choice(topics), payload, 1)

    with running("bridge", broker, "--runs", str(recorded.parent.parent)) as bridge:
        asyncio.run(disturb())
        with running("ingest", broker, "--db", str(fleet), "--json") as ingest:
            until(lambda: closed_count(fleet) == 1)
            asyncio.run(disturb())
            assert bridge.poll() is None
            assert ingest.poll() is None
    assert everything(fleet) == everything(recorded)
    assert fault_count(fleet) == 0


def test_with_tls_and_a_password_a_session_is_whole(
    tmp_path: Path, recorded: Path, guarded: RunningBroker, fleet: Path
) -> None:
    with running("ingest", guarded, "--db", str(fleet)):
        done = once(guarded, recorded.parent.parent, "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["complete"] == 1
    assert everything(fleet) == everything(recorded)
    assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["bridge", "ingest"])
def test_a_wrong_password_is_refused_by_name(
    command: str, guarded: RunningBroker, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not this\n", encoding="utf-8")
    wrong.chmod(0o600)

    done = _refused(command, guarded, tmp_path, "--password-file", str(wrong))

    assert done["code"] == "broker_refused"


@pytest.mark.parametrize("command", ["bridge", "ingest"])
def test_a_broker_of_another_authority_is_refused_by_name(
    command: str, guarded: RunningBroker, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    guarded.ca = certificates(tmp_path / "other")

    done = _refused(command, guarded, tmp_path)

    assert done["code"] == "broker_certificate"


def _refused(command: str, broker: RunningBroker, folder: Path, *options: str) -> dict[str, str]:
    where = ["--db", str(folder / "record.db")] if command == "ingest" else ["--once"]
    done = subprocess.run(
        arguments(command, broker, *options, *where, "--json"),
        env={**os.environ, "EVENFLOW_MQTT_PASSWORD": PASSWORD},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    error: dict[str, str] = json.loads(done.stdout)["error"]
    return error
