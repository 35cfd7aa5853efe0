"""The host of a scenario: greets, stages, confirms, sends again, gives up."""

from dataclasses import fields
from pathlib import Path

import pytest

from evenflow.client.batch import Batch
from evenflow.client.layout import LAYOUTS, TELEMETRY_IDENT
from evenflow.client.records import Answer, HelloReply, Ledger, Staged
from evenflow.client.stream import Received
from evenflow.dose import order as order_file
from evenflow.dose.plan import Plan, plan
from evenflow.scenario.agenda import Agenda
from evenflow.scenario.authority import Authority
from evenflow.scenario.cable import Cable
from evenflow.scenario.desk import Desk
from evenflow.scenario.host import Host
from evenflow.scenario.log import Log
from evenflow.scenario.vocabulary import STATE_NAMES
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import SCHEMA, TO_DEVICE

pytestmark = pytest.mark.requirement("DES-09")


class Bench:
    """A host, and every command that reached the device."""

    def __init__(self, planned: Plan, *, confirms: bool = True) -> None:
        """Nothing sent yet."""
        self.sent: list[tuple[str, int]] = []
        self.log = Log()
        self.happened: list[str] = []
        self.stops: list[int] = []
        self.generations: list[int] = []
        self._endpoint = Endpoint(TO_DEVICE)
        cable = Cable(self._take, 460_800, 1, Agenda(), self.log)
        self.host = Host(
            cable,
            planned,
            Desk({"again": planned}, {}, 1_767_603_600),
            self.log,
            authority=Authority(1),
            confirms=confirms,
            happened=self.happened.append,
            stopping=lambda: self.stops.append(1),
        )

    def _take(self, raw: bytes) -> None:
        self._endpoint.feed(raw, len(raw))
        message = self._endpoint.poll()
        assert message is not None
        self.sent.append((message.name, self._endpoint.values[0]))
        if message.name == "new_patient":
            self.generations.append(self._endpoint.values[1])

    def wait(self, now_us: int) -> list[tuple[str, int]]:
        before = len(self.sent)
        self.host.tick(now_us)
        return [one for one in self.sent[before:] if one[0] != "ping"]

    def telemetry(self, state: str) -> None:
        layout = LAYOUTS[TELEMETRY_IDENT]
        row = [0] * (max(layout.columns.values()) + 3)
        row[layout.columns["state"]] = STATE_NAMES.index(state)
        batch = Batch()
        batch.rows.append(tuple(row))
        batch.frames.append(b"")
        self.host.receive([batch])

    def hear(self, record: HelloReply | Staged | Answer | Ledger) -> None:
        self.host.receive([Received(record, b"")])


HELLO = HelloReply(1, SCHEMA, "0.1", "pico", "x", bytes(8), bytes(8), "", 1, 1, 0, 0, 2, "")


@pytest.fixture
def planned(folder: Path) -> Plan:
    return plan(order_file.load(folder / "ketamine-70kg.toml"))


def staged(request_id: int, digest: bytes) -> Staged:
    return Staged(request_id, 1, 35_000_000, 17_500_000, 26_250, 100_013, 174_977, digest)


def greeted(planned: Plan, *, confirms: bool = True) -> Bench:
    bench = Bench(planned, confirms=confirms)
    bench.wait(0)
    bench.hear(HELLO)
    bench.telemetry("idle")
    return bench


def test_nothing_is_staged_before_the_device_has_said_who_it_is(planned: Plan) -> None:
    bench = Bench(planned)
    assert bench.wait(0) == [("hello", 1)]
    bench.telemetry("idle")
    assert bench.wait(100_000) == []
    assert bench.wait(200_000) == [("hello", 2)]
    bench.hear(HELLO)

    assert bench.wait(220_000) == [("stage", 3)]


def test_nothing_is_staged_while_the_device_tests_itself(planned: Plan) -> None:
    bench = greeted(planned)
    bench.telemetry("self_test")
    assert bench.wait(20_000) == []
    bench.telemetry("idle")

    assert bench.wait(40_000) == [("stage", 2)]


def test_the_person_reads_the_digest_and_confirms(planned: Plan) -> None:
    bench = greeted(planned)
    assert planned.digest is not None
    bench.wait(20_000)
    bench.hear(staged(2, planned.digest))
    assert bench.wait(1_500_000) == []
    assert bench.happened == []

    [(name, request_id)] = bench.wait(2_020_000)
    assert (name, bench.happened) == ("confirm", ["operator.confirm"])
    bench.hear(Answer(request_id, 0x22, 0, 9, 0))
    assert bench.wait(6_000_000) == []


def test_new_patient_reads_the_totals_and_clears_those(planned: Plan) -> None:
    bench = greeted(planned)
    bench.wait(20_000)
    before = len(bench.sent)
    bench.host.new_patient()
    ((name, request_id),) = bench.sent[before:]
    assert name == "read_ledger"
    others = [0] * (len(fields(Ledger)) - 2)
    bench.hear(Ledger(request_id, 77, *others))

    assert [name for name, _ in bench.sent[before:]] == ["read_ledger", "new_patient"]
    assert bench.generations == [77]


def test_new_patient_needs_a_host(planned: Plan) -> None:
    bench = greeted(planned)
    bench.host.kill()
    bench.host.new_patient()

    assert [one["code"] for one in bench.log.refusals] == ["no_host"]


@pytest.mark.requirement("DES-07")
def test_another_digest_is_never_confirmed(planned: Plan) -> None:
    bench = greeted(planned)
    bench.wait(20_000)
    bench.hear(staged(2, b"differs!"))

    assert bench.wait(5_000_000) == []
    assert [(one["what"], one["code"]) for one in bench.log.refusals] == [
        ("host.stage", "digest_differs")
    ]


def test_who_does_not_act_by_itself_waits_for_a_word(planned: Plan) -> None:
    bench = greeted(planned, confirms=False)
    assert planned.digest is not None
    bench.wait(20_000)
    bench.hear(staged(2, planned.digest))
    assert bench.wait(9_000_000) == []
    bench.host.confirm("operator.confirm")

    assert bench.sent[-1][0] == "confirm"
    assert bench.happened == []


def test_a_command_without_an_answer_is_sent_again_and_then_given_up(planned: Plan) -> None:
    bench = greeted(planned)
    assert bench.wait(20_000) == [("stage", 2)]
    again = [bench.wait(20_000 + 1_000_000 * second) for second in range(1, 7)]

    assert again == [[("stage", 2)]] * 4 + [[], []]
    assert [(one["what"], one["code"]) for one in bench.log.refusals] == [
        ("host.stage", "no_answer")
    ]


def test_the_host_is_heard_once_a_second(planned: Plan) -> None:
    bench = greeted(planned)
    for now_us in range(0, 5_000_001, 20_000):
        bench.host.tick(now_us)

    assert sum(name == "ping" for name, _ in bench.sent) in (5, 6)


def test_a_dead_host_says_nothing_and_a_new_one_stages_nothing(planned: Plan) -> None:
    bench = greeted(planned)
    bench.wait(20_000)
    bench.host.kill()
    before = list(bench.sent)
    for now_us in range(40_000, 5_000_000, 20_000):
        bench.host.tick(now_us)
    for act in (
        lambda: bench.host.request("stop", {}),
        lambda: bench.host.submit("again"),
        lambda: bench.host.confirm("operator.confirm"),
    ):
        act()
    assert bench.sent == before
    assert {one["code"] for one in bench.log.refusals} == {"no_host"}
    bench.host.restart()
    bench.host.tick(5_000_000)
    bench.hear(HELLO)
    bench.telemetry("idle")
    bench.host.tick(5_020_000)

    assert [name for name, _ in bench.sent[len(before) :]] == ["hello"]


def test_a_stop_is_told_as_it_is_sent(planned: Plan) -> None:
    bench = greeted(planned)
    bench.host.request("stop", {})
    bench.host.request("inspect", {})

    assert bench.stops == [1]
    assert [name for name, _ in bench.sent[-2:]] == ["stop", "inspect"]
