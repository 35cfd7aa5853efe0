"""What a batch is on the line; whatever else comes is refused, and nothing fails at it."""

import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenflow.fleet.batch import (
    MAX_BYTES,
    NOWHERE,
    Answer,
    Batch,
    Garbled,
    Position,
    decoded,
    decoded_answers,
    encoded,
    encoded_answers,
)
from evenflow.fleet.outbox import Outbox
from evenflow.telemetry.tables import EVENT, FRAMES

pytestmark = pytest.mark.requirement("LOG-06", "SEC-05")

ROW: dict[str, object] = {
    "seq": 1,
    "tick_count": 5,
    "t_us": 2**40,
    "wall_at": "2026-01-05T00:00:00Z",
    "source": "pump",
    "name": "µ\U0001f600",
    "detail_json": "{}",
    "row_hash": None,
}


def _payload(**changes: object) -> bytes:
    content = {
        "v": 1,
        "session": "s",
        "opening_hash": "0",
        "number": 1,
        "rows": {"event": {"columns": list(ROW), "lines": [list(ROW.values())]}},
    }
    return zlib.compress(json.dumps(content | changes).encode() + b"\n")


def _event(**changes: object) -> bytes:
    row = ROW | changes
    return _payload(rows={"event": {"columns": list(row), "lines": [list(row.values())]}})


def test_a_batch_is_read_back_as_it_was(recorded: Path) -> None:
    outbox = Outbox(lambda: [recorded])
    ((_, (source,)),) = outbox.look()
    batch = outbox.following(source, NOWHERE, 7).batch
    outbox.close()

    assert batch.opening is not None
    assert batch.rows[FRAMES]
    assert decoded(encoded(batch)) == batch


def test_answers_are_read_back_as_they_were() -> None:
    position = Position(
        is_known=True, is_closed=False, seqs={"event": 3, "frames": 0, "command": 9}
    )
    answers = [Answer("s", 5, position), Answer("t", 6, NOWHERE, "changed", "event 3: not so")]

    assert decoded_answers(encoded_answers(answers)) == answers


def test_the_row_of_these_tests_is_one() -> None:
    assert decoded(_event()).rows[EVENT] == [ROW]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\0" * 100,
        zlib.compress(b""),
        zlib.compress(b"[]"),
        zlib.compress(b"[" * 100_000),
        zlib.compress(b"1" * 10_000),
        zlib.compress(b"\0" * (MAX_BYTES + 1)),
        _payload()[:-1],
        _payload() + b"x",
        _payload(v=2),
        _payload(session="../x"),
        _payload(session=None),
        _payload(number=True),
        _payload(number=1.5),
        _payload(opening_hash="\0"),
        _payload(rows=[]),
        _payload(rows={"session": {}}),
        _payload(rows={"event": []}),
        _payload(rows={"event": {"columns": ["seq"], "lines": [[1]]}}),
        _payload(rows={"event": {"columns": ["seq", "seq"], "lines": [[1, 1]]}}),
        _payload(rows={"event": {"columns": [["seq"]], "lines": []}}),
        _payload(rows={"event": {"columns": list(ROW), "lines": [[1]]}}),
        _payload(rows={"event": {"columns": list(ROW), "lines": 5}}),
        _payload(opening={"id": "s"}),
        _payload(opening={"closed_at": "now"}),
        _payload(closing={"id": "s"}),
        _event(session_id="other"),
        _event(seq=None),
        _event(seq=True),
        _event(seq=2**31),
        _event(t_us=2**63),
        _event(tick_count=1.0),
        _event(name="\0"),
        _event(name="\ud800"),
        _event(name=5),
        _event(name={"bytes": 0}),
        _event(name={"bytes": 1}),
        _event(name={"bytes": -1}),
        _event(name={}),
        _event(extra=1),
    ],
)
def test_what_is_no_batch_is_refused(payload: bytes) -> None:
    with pytest.raises(Garbled):
        decoded(payload)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused(payload: bytes) -> None:
    for one in (payload, zlib.compress(payload)):
        with pytest.raises(Garbled):
            decoded(one)
        with pytest.raises(Garbled):
            decoded_answers(one)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["seq", "columns", "lines", "bytes", "x"]), inner)
    ),
    max_leaves=8,
)


@given(st.sampled_from(["session", "opening_hash", "number", "rows", "opening", "closing"]), _JSON)
def test_any_json_in_any_place_is_a_batch_or_refused(name: str, value: object) -> None:
    try:
        found = decoded(_payload(**{name: value}))
    except Garbled:
        return
    assert isinstance(found, Batch)


@given(_JSON)
def test_any_json_in_place_of_an_answer_is_refused(value: object) -> None:
    for content in ({"v": 1, "answers": [value]}, {"v": 1, "answers": value}, value):
        try:
            found = decoded_answers(json.dumps(content).encode())
        except Garbled:
            continue
        assert found == []
