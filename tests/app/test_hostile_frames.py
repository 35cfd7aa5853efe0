"""A pump that infuses under its key, and everything that a line may bring: none of it is done.

Truth is read in the fluid and at the STEP pin; what the pump answers is looked at beside it.
"""

import pytest
from app import stimuli
from app.hostile_frames import FIRST_ID, Hostile, is_theirs
from app.keyed_rig import KeyedRig
from app.rig import US_PER_S, bench_order

from evenflow.client.records import Answer, Staged
from pumpcore.wire import tag

pytestmark = pytest.mark.requirement("SEC-01", "SEC-02", "SEC-05", "SEC-10")

RATE_UL_PER_H = 30_000
VOLUME_NL = 45_000_000
# What the pump parses in a tick.
BYTES_A_TICK = 250
CHECKED_AT_ONCE = 10_000
# At 460,800 baud, 10 bits a byte, and a little faster.
US_PER_BYTE = 21.7
COUNTS = {"cpython": 1_000_000, "micropython": 50_000}


@pytest.fixture(params=list(COUNTS))
def rig(request: pytest.FixtureRequest) -> KeyedRig:
    """A keyed pump; nothing runs yet."""
    return KeyedRig(bench_order(RATE_UL_PER_H, VOLUME_NL), request.param)


def infusing(rig: KeyedRig) -> Hostile:
    """Up to three seconds after START; the host's frames are kept by whoever listens."""
    rig.start()
    rig.run_for(3)
    hostile = Hostile(rig, 7)
    # Genuine ones of now: done once, and known to all; their ids are of those that are watched.
    for request_id, name in enumerate(("acknowledge", "audio_pause", "presence"), FIRST_ID):
        frame = rig.frame(name, request_id)
        hostile.keep(frame)
        rig.board.write(frame)
        rig.run_for(0.1)
    # And one that is not, as the last that was done.
    rig.board.write(rig.frame("acknowledge", 0x100))
    rig.run_for(0.1)
    rig.heard.clear()
    return hostile


def assert_none_was_done(rig: KeyedRig) -> None:
    for record in rig.heard:
        if isinstance(record, Answer) and is_theirs(record.request_id):
            assert record.refusal != 0 or record.command_name in tag.QUESTIONS, record
        assert not isinstance(record, Staged)
    rig.heard.clear()


@pytest.mark.timeout(900)
def test_of_a_million_hostile_frames_none_is_done_and_no_step_is_lost(rig: KeyedRig) -> None:
    count = COUNTS[rig.runtime]
    with rig:
        hostile = infusing(rig)
        began_us, began_ml = rig.now_us, rig.plant.syringe_volume_ml
        sent = 0
        filled_to_us: float = rig.now_us
        while sent < count:
            # As much as the pump parses, and the line carries four times.
            while filled_to_us < rig.now_us + 20_000:
                frame = hostile.draw()
                rig.board.write(frame)
                filled_to_us += len(frame) * 20_000 / BYTES_A_TICK
                sent += 1
            rig.tick()
            if len(rig.heard) > CHECKED_AT_ONCE:
                assert_none_was_done(rig)
                assert rig.state == "infusing"
        assert_none_was_done(rig)
        rig.run_for(1)
        given_ml = began_ml - rig.plant.syringe_volume_ml
        expected_ml = RATE_UL_PER_H / 1_000 * (rig.now_us - began_us) / US_PER_S / 3_600
        assert given_ml == pytest.approx(expected_ml, rel=0.001)
        assert rig.board.reset_count == 0
        assert rig.alarms == set()
        assert rig.telemetry is not None
        assert not is_theirs(rig.telemetry.last_request_id)
        # Whoever has the key is heard at once with STOP, and after the pause with all else.
        stopped_at_us = rig.now_us
        rig.send("stop")
        rig.run_until(lambda: rig.state == "paused", 0.2)
        assert rig.now_us - stopped_at_us <= 200_000
        rig.run_for(61)
        rig.heard.clear()
        rig.send("acknowledge")
        rig.run_for(0.2)
        answers = [record for record in rig.heard if isinstance(record, Answer)]
        assert [one.refusal for one in answers if one.command_name == "acknowledge"] == [0]
        assert all(hostile.counts.values())


# An alarm's is that of a quiet line: the switch's debouncing, a tick and 5 ms; see test_stops.
BOUNDS_US = {"link": 200_000, "button": 100_000, "alarm": 85_000}
FLOODS = {
    "pings": lambda rig, _: rig.frame("ping", 0x8001),
    "noise": lambda _, hostile: hostile.noise(),
    "untagged": lambda _, hostile: hostile.untagged(),
    "forged": lambda _, hostile: hostile.forged(),
    "zeros": lambda *_: b"\0",
    "questions": lambda rig, _: rig.frame("hello", 0x8002, bytes(8)),
    "inspections": lambda rig, _: rig.frame("inspect", 0x8003),
    "sessions": lambda rig, _: rig.frame("open_session", 0x8004, 0, bytes(16)),
}


class Flood:
    """One kind of frames without a pause, as fast as the line carries them."""

    def __init__(self, rig: KeyedRig, hostile: Hostile, name: str) -> None:
        """Begins now."""
        self._rig = rig
        self._draw = lambda: FLOODS[name](rig, hostile)
        self._filled_to_us = rig.now_us

    def tick(self, between: bytes = b"") -> int:
        """One exchange; a frame of the host goes between two. When its last byte arrives."""
        rig = self._rig
        self._write(between)
        arrives_at_us = self._filled_to_us
        while self._filled_to_us < rig.now_us + 20_000:
            self._write(self._draw())
        rig.tick()
        return arrives_at_us

    def _write(self, frame: bytes) -> None:
        self._rig.board.write(frame)
        self._filled_to_us += len(frame) * US_PER_BYTE


@pytest.mark.requirement("SEC-08", "SEC-11")
@pytest.mark.parametrize("name", FLOODS)
@pytest.mark.parametrize("by", ["link", "button", "alarm"])
def test_in_a_flood_the_rate_stays_and_what_stops_stops(rig: KeyedRig, name: str, by: str) -> None:
    with rig:
        flood = Flood(rig, infusing(rig), name)
        rig.is_pinging = False
        began_us, began_ml = rig.now_us, rig.plant.syringe_volume_ml
        while rig.now_us - began_us < 20 * US_PER_S:
            flood.tick()
        given_ml = began_ml - rig.plant.syringe_volume_ml
        expected_ml = RATE_UL_PER_H / 1_000 * (rig.now_us - began_us) / US_PER_S / 3_600
        # A step is 0.175 uL, and two of them lie between the clock and the fluid.
        assert given_ml == pytest.approx(expected_ml, rel=0.001, abs=0.000_4)
        # The host's own pings may drown in it.
        assert rig.state == "infusing"
        assert rig.alarms <= {"link_lost"}
        assert_none_was_done(rig)
        rig.plant.records_steps = True
        caused_at_us: float = rig.now_us
        if by == "button":
            rig.plant.press("stop")
        elif by == "alarm":
            stimuli.unseat(rig)
        else:
            caused_at_us = flood.tick(rig.frame("stop", 0x101))
        while rig.now_us - caused_at_us < US_PER_S:
            flood.tick()
        assert rig.state == ("held" if by == "alarm" else "paused")
        assert rig.last_step_at_us() - caused_at_us <= BOUNDS_US[by]
