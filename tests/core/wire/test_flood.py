"""What an endpoint makes of a flood: every STOP, wherever a piece ends, and nothing else."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_DEVICE, TO_HOST, by_name

pytestmark = pytest.mark.requirement("SEC-08", "SEC-10")

PIECE = 256


def frame(name: str, request_id: int, tag: bytes = b"") -> bytes:
    """A frame without other fields; `tag` is any 25 bytes."""
    endpoint = Endpoint(TO_HOST)

    def tagged(payload: bytearray, end: int) -> int:
        payload[end : end + len(tag)] = tag
        return end + len(tag)

    length = endpoint.write(by_name(name), [request_id], tagged)
    return bytes(endpoint.outgoing[:length])


def stops(flood: bytes, piece: int = PIECE) -> list[int]:
    """Request ids of the STOPs that are found."""
    endpoint = Endpoint(TO_DEVICE)
    found = []
    for start in range(0, len(flood), piece):
        part = bytearray(flood[start : start + piece].ljust(piece, b"\xee"))
        if endpoint.skim(part, len(flood[start : start + piece])):
            found.append(endpoint.values[0])
    return found


@given(
    before=st.binary(max_size=600),
    after=st.binary(max_size=600),
    request_id=st.integers(0, 0xFFFF),
    tag=st.one_of(st.just(b""), st.binary(min_size=25, max_size=25)),
    piece=st.integers(40, 300),
)
def test_a_stop_is_found_in_any_noise_wherever_a_piece_ends(
    before: bytes, after: bytes, request_id: int, tag: bytes, piece: int
) -> None:
    """But for marks of a STOP in that noise, of which so many are looked at."""
    noise = before.replace(b"\x24", b"\x25"), after
    flood = noise[0] + b"\0" + frame("stop", request_id, tag) + noise[1]
    assert request_id in stops(flood, piece)


@pytest.mark.parametrize("name", ["ping", "inspect", "stop"])
def test_between_frames_of_others_each_stop_is_found(name: str) -> None:
    """A hundred a tick, and one STOP in each piece."""
    found = []
    for shift in range(60):
        others = [frame(name, 7) for _ in range(30)]
        others.insert(shift % 30, frame("stop", 1_000 + shift))
        found += [one for one in stops(b"x" * shift + b"\0" + b"".join(others)) if one != 7]
    if name == "stop":
        # One in a piece is enough: it is done.
        assert set(stops(frame("stop", 7) * 100)) == {7}
    else:
        assert found == [1_000 + shift for shift in range(60)]


def test_nothing_but_stop_is_ever_found() -> None:
    chance = random.Random(3)
    endpoint = Endpoint(TO_DEVICE)
    for _ in range(20_000):
        genuine = bytearray(frame("stop", 1))
        genuine[chance.randrange(len(genuine))] ^= 1 << chance.randrange(8)
        piece = bytes(genuine) + frame("acknowledge", 2) + b"\0\0" + frame("ping", 36)
        assert not endpoint.skim(bytearray(piece), len(piece))


def test_after_a_flood_the_next_whole_frame_is_heard() -> None:
    endpoint = Endpoint(TO_DEVICE)
    for tail in (b"", b"\x01", b"\x24" * 30, b"\x99" * 200):
        piece = bytearray(b"\xaa" * 40 + b"\0" + tail)
        endpoint.skim(piece, len(piece))
        line = b"\0" + frame("ping", 5)
        endpoint.feed(line, len(line))
        message = endpoint.poll()
        assert message is not None
        assert (message.name, endpoint.values[0]) == ("ping", 5)


@pytest.mark.parametrize("other", ["stop", "tagged", "ping", "nonce"])
def test_where_a_session_is_needed_no_others_hide_its_stop(other: str) -> None:
    """Untagged STOPs, those of other sessions, and frames full of its mark."""
    endpoint = Endpoint(TO_DEVICE)
    endpoint.stop_sessions = bytearray((0x25, 0x77))
    genuine = frame("stop", 9, b"\x77" + b"\x24" * 24)
    between = {
        "stop": frame("stop", 7),
        "tagged": frame("stop", 7, b"\x76" + b"t" * 24),
        "ping": frame("ping", 0x2424),
        "nonce": frame("ping", 0x2424, b"\x24" * 25),
    }[other]
    for place in range(8):
        frames = [between] * 8
        frames.insert(place, genuine)
        flood = b"\0" + b"".join(frames)
        for start in range(0, len(flood), PIECE):
            piece = bytearray(flood[start : start + PIECE])
            if endpoint.skim(piece, len(piece)):
                assert endpoint.values[0] == 9
                break
        else:
            pytest.fail(f"not found behind {place}")


@pytest.mark.parametrize("fill", [b"\0", b"\x24", b"\x01\x24\0", b"\x24\0"])
def test_a_piece_of_marks_ends(fill: bytes) -> None:
    """However many: those that are looked at are bounded."""
    piece = bytearray((fill * PIECE)[:PIECE])
    assert not Endpoint(TO_DEVICE).skim(piece, len(piece))
