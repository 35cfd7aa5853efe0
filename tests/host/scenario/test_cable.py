"""What a scenario does to the line, frame by frame."""

import pytest

from evenflow.scenario.agenda import Agenda
from evenflow.scenario.cable import Cable
from evenflow.scenario.log import Log
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_DEVICE, TO_HOST, by_name

pytestmark = pytest.mark.requirement("DES-09")

BAUD = 460_800


class Line:
    """A cable, and what came out at the device's end."""

    def __init__(self, seed: int = 1) -> None:
        """Whole."""
        self.at_device = bytearray()
        self.agenda = Agenda()
        self.log = Log()
        self.cable = Cable(self.at_device.extend, BAUD, seed, self.agenda, self.log)

    def wait(self, us: int) -> None:
        now_us = self.cable.now_us + us
        while self.agenda.next_us is not None and self.agenda.next_us <= now_us:
            self.agenda.do_due(self.agenda.next_us)
        self.cable.tick(now_us)


def ping(request_id: int) -> bytes:
    endpoint = Endpoint(TO_HOST)
    length = endpoint.write(by_name("ping"), [request_id])
    return bytes(endpoint.outgoing[:length])


def received(raw: bytes) -> tuple[list[int], int]:
    """Request ids of the whole pings in it, and how much else there was."""
    endpoint = Endpoint(TO_DEVICE)
    ids = []
    endpoint.feed(raw, len(raw))
    while endpoint.poll() is not None:
        ids.append(endpoint.values[0])
    return ids, endpoint.error_count


def test_a_whole_line_changes_nothing() -> None:
    line = Line()
    line.cable.send("ping", ping(1))

    assert bytes(line.at_device) == ping(1)
    assert line.cable.is_clear


def test_a_pulled_plug_lets_nothing_through_either_way() -> None:
    line = Line()
    line.cable.unplug()
    line.cable.send("ping", ping(1))
    line.cable.inject(b"\x01\x00")

    assert not line.at_device
    assert not line.cable.is_clear
    assert line.cable.carry(ping(2)) == b""
    line.cable.replug()
    line.cable.send("ping", ping(3))
    assert received(bytes(line.at_device)) == ([3], 0)
    assert line.cable.carry(ping(4)) == ping(4)


@pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
def test_that_share_of_frames_is_lost(rate: float) -> None:
    line = Line()
    line.cable.drop(rate)
    for request_id in range(1, 1001):
        line.cable.send("ping", ping(request_id))

    ids, errors = received(bytes(line.at_device))
    assert len(ids) == pytest.approx(1000 * (1 - rate), abs=45)
    assert errors == 0


def test_that_share_of_frames_has_one_byte_changed() -> None:
    line = Line()
    line.cable.corrupt(0.5)
    sent = [ping(request_id) for request_id in range(1, 401)]
    for frame in sent:
        before = len(line.at_device)
        line.cable.send("ping", frame)
        came = bytes(line.at_device[before:])
        assert len(came) == len(frame)
        assert sum(a != b for a, b in zip(came, frame, strict=True)) <= 1

    ids, _ = received(bytes(line.at_device))
    assert 150 < len(ids) < 250


def test_that_share_of_frames_comes_twice_towards_the_host_too() -> None:
    line = Line()
    line.cable.duplicate(1.0)
    line.cable.send("ping", ping(7))

    assert bytes(line.at_device) == 2 * ping(7)
    assert line.cable.carry(ping(8)) == 2 * ping(8)


def test_a_delay_keeps_order_and_comes_at_its_moment() -> None:
    line = Line()
    line.cable.delay(50)
    line.cable.send("ping", ping(1))
    line.cable.send("ping", ping(2))
    assert line.agenda.next_us == 50_000
    assert line.cable.carry(ping(3)) == b""
    line.wait(50_000)

    assert received(bytes(line.at_device)) == ([1, 2], 0)
    assert line.cable.carry(b"") == ping(3)


def test_half_a_frame_from_the_device_waits_for_its_other_half() -> None:
    line = Line()
    line.cable.drop(1e-9)
    frame = ping(9)

    assert line.cable.carry(frame[:4]) == b""
    assert line.cable.carry(frame[4:]) == frame


def test_half_a_frame_is_lost_with_the_plug() -> None:
    line = Line()
    line.cable.drop(1e-9)
    line.cable.carry(ping(1)[:4])
    line.cable.unplug()
    line.cable.carry(ping(1)[4:] + ping(2)[:4])
    line.cable.replug()

    assert line.cable.carry(ping(3)) == ping(3)


def test_a_flood_fills_what_the_line_carries_and_no_more() -> None:
    line = Line()
    line.cable.flood(1000)
    line.wait(20_000)

    line_bytes = BAUD // 10 * 20 // 1000
    assert line_bytes - len(ping(1)) < len(line.at_device) <= line_bytes
    line.wait(1_000_000)
    ids, errors = received(bytes(line.at_device))
    assert (len(ids), errors) == (1000, 0)


def test_the_last_genuine_frame_comes_again_and_a_missing_one_is_said() -> None:
    line = Line()
    line.cable.replay("ping")
    assert not line.at_device
    assert [(one["what"], one["code"]) for one in line.log.refusals] == [
        ("link.replay", "nothing_to_replay")
    ]
    line.cable.send("ping", ping(1))
    line.cable.send("ping", ping(2))
    line.cable.inject(ping(3))
    line.cable.replay("ping")

    assert received(bytes(line.at_device)) == ([1, 2, 3, 2], 0)


def test_the_same_seed_harms_the_same_frames() -> None:
    def harmed(seed: int) -> bytes:
        line = Line(seed)
        line.cable.corrupt(0.3)
        line.cable.drop(0.3)
        for request_id in range(1, 101):
            line.cable.send("ping", ping(request_id))
        return bytes(line.at_device)

    assert harmed(1) == harmed(1)
    assert harmed(1) != harmed(2)
