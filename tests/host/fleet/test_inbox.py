"""Batches of a real session, stored as they were; whatever does not follow is refused by name."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from host.fleet.parts import everything, rows_of
from host.postgres import new_database
from host.telemetry.frames import IDENTITY, opening
from sqlalchemy import Table

from evenflow.fleet import outbox as outbox_module
from evenflow.fleet.batch import NOWHERE, Answer, Batch, decoded, encoded
from evenflow.fleet.inbox import Inbox
from evenflow.fleet.outbox import Outbox
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import Store, create
from evenflow.telemetry.tables import CHAINED, COMMAND, EVENT, FRAMES, HASH
from evenflow.telemetry.timeline import Timeline
from evenflow.telemetry.verify import verify

pytestmark = pytest.mark.requirement("LOG-06")

Change = Callable[[Batch], Batch]


@pytest.fixture
def batches(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> list[Batch]:
    """The whole session in order, in batches of few rows, as they come off the line."""
    monkeypatch.setattr(outbox_module, "BATCH_BYTES", 16 * 1024)
    outbox = Outbox(lambda: [recorded])
    ((_, (source,)),) = outbox.look()
    position = NOWHERE
    found = []
    while not found or found[-1].closing is None:
        batch = outbox.following(source, position, len(found)).batch
        found.append(decoded(encoded(batch)))
        seqs = {
            table.name: position.seqs[table.name] + len(batch.rows[table]) for table in CHAINED
        }
        position = replace(position, is_known=True, seqs=seqs)
    outbox.close()
    assert len(found) > 5
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Empty."""
    where = tmp_path / "fleet.db" if request.param == "sqlite" else new_database()
    with create(where) as found:
        yield found


def stored(store: Store, batches: list[Batch]) -> list[Answer]:
    """One after the other."""
    inbox = Inbox(store)
    return [answer for batch in batches for answer in inbox.take([batch])]


def test_a_session_is_stored_as_it_was(recorded: Path, batches: list[Batch], store: Store) -> None:
    answers = stored(store, batches)

    assert [answer.code for answer in answers] == [""] * len(batches)
    assert answers[-1].position.is_closed
    assert rows_of(store) == everything(recorded)
    (line,) = Archive(store).sessions()
    assert verify(Archive(store), line.id) == []


def test_all_batches_in_one_transaction_are_stored_alike(
    recorded: Path, batches: list[Batch], store: Store
) -> None:
    Inbox(store).take(batches)

    assert rows_of(store) == everything(recorded)


def test_batches_that_come_twice_late_and_after_a_restart_change_nothing(
    recorded: Path, batches: list[Batch], store: Store
) -> None:
    for batch in batches:
        # An inbox that knows nothing, as after a restart, each time.
        for repeated in (batch, batch, batches[0]):
            (answer,) = Inbox(store).take([repeated])
            assert answer.code == ""

    assert rows_of(store) == everything(recorded)


def test_a_batch_after_one_that_was_lost_is_not_stored_and_the_answer_says_where_to_go_on(
    batches: list[Batch], store: Store
) -> None:
    first, _, third, *_ = batches

    before, after = stored(store, [first, third])

    assert (after.code, after.position) == ("", before.position)


def test_a_question_about_a_session_that_is_not_known_says_so(
    batches: list[Batch], store: Store
) -> None:
    (answer,) = stored(store, [replace(batches[1], opening=None)])

    assert answer.position == NOWHERE
    assert rows_of(store)["session"] == []


def _edit(table: Table, name: str, value: object) -> Change:
    def change(batch: Batch) -> Batch:
        rows = {one: [dict(row) for row in found] for one, found in batch.rows.items()}
        changed = rows[table][len(rows[table]) // 2]
        assert changed[name] != value
        changed[name] = value
        return replace(batch, rows=rows)

    return change


def _without_one(batch: Batch) -> Batch:
    rows = dict(batch.rows)
    rows[FRAMES] = [{**row, "seq": row["seq"] - 1} for row in rows[FRAMES][1:]]
    return replace(batch, rows=rows)


def _swapped(batch: Batch) -> Batch:
    rows = dict(batch.rows)
    first, second, *others = rows[COMMAND]
    second, first = {**second, "seq": first["seq"]}, {**first, "seq": second["seq"]}
    rows[COMMAND] = [second, first, *others]
    return replace(batch, rows=rows)


@pytest.mark.parametrize(
    ("change", "table"),
    [
        (_edit(EVENT, "detail_json", "{}"), EVENT),
        (_edit(EVENT, "t_us", 5), EVENT),
        (_edit(FRAMES, "content", b"\0" * 4000), FRAMES),
        (_edit(COMMAND, HASH, "0" * 64), COMMAND),
        (_without_one, FRAMES),
        (_swapped, COMMAND),
    ],
)
def test_a_row_that_does_not_follow_is_refused_by_name(
    change: Change, table: Table, batches: list[Batch], store: Store, recorded: Path
) -> None:
    whole = next(batch for batch in batches if len(batch.rows[table]) > 2)
    before = batches[: batches.index(whole)]

    *_, answer = stored(store, [*before, change(whole)])

    assert answer.code == "changed"
    assert answer.reason.startswith(f"{table.name} ")
    # What was stored is the beginning of what is true, and the rest can still come.
    kept = rows_of(store)
    for name, rows in everything(recorded).items():
        if name != "session":
            assert kept[name] == rows[: len(kept[name])]
    assert [one.code for one in stored(store, batches)] == [""] * len(batches)
    assert rows_of(store) == everything(recorded)


def test_an_opening_that_was_changed_stores_nothing(batches: list[Batch], store: Store) -> None:
    assert batches[0].opening is not None
    changed = {**batches[0].opening, "order_text": "schema = 1\n# more\n"}

    (answer,) = stored(store, [replace(batches[0], opening=changed)])

    assert (answer.code, answer.position) == ("changed", NOWHERE)
    assert rows_of(store)["session"] == []


def test_another_session_of_the_same_id_is_refused(batches: list[Batch], store: Store) -> None:
    other = replace(batches[1], opening_hash="0" * 64)

    *_, answer = stored(store, [batches[0], other])

    assert answer.code == "other_session"


def test_an_outcome_that_was_changed_is_refused_and_the_session_stays_open(
    batches: list[Batch], store: Store
) -> None:
    last = batches[-1]
    assert last.closing is not None
    changed = replace(last, closing={**last.closing, "outcome": "stopped"})

    *_, answer = stored(store, [*batches[:-1], changed])

    assert answer.code == "changed"
    assert not answer.position.is_closed
    assert rows_of(store)["session"][0]["closed_at"] is None


def test_a_seal_that_comes_before_the_last_rows_waits_for_them(
    batches: list[Batch], store: Store
) -> None:
    early = replace(batches[1], closing=batches[-1].closing)

    *_, answer = stored(store, [batches[0], early])

    assert answer.code == ""
    assert not answer.position.is_closed


def test_rows_behind_the_seal_are_refused(batches: list[Batch], store: Store) -> None:
    last = next(rows for rows in (batches[-1].rows[table] for table in CHAINED) if rows)[-1]
    table = next(table for table in CHAINED if batches[-1].rows[table])
    added = replace(batches[-1], rows={table: [{**last, "seq": last["seq"] + 1}]})

    *_, answer = stored(store, [*batches, added])

    assert answer.code == "added"


def test_two_ingests_on_one_database_store_each_row_once(
    recorded: Path, batches: list[Batch], store: Store
) -> None:
    one, other = Inbox(store), Inbox(store)
    one.take(batches[:2])
    other.take(batches[:3])
    # `one` does not know that the third is there.
    (answer,) = one.take([batches[2]])
    one.take(batches[3:])

    assert answer.code == ""
    assert rows_of(store) == everything(recorded)


def test_what_the_database_does_not_take_is_refused_and_holds_nobody_up(
    recorded: Path, batches: list[Batch], tmp_path: Path
) -> None:
    path = tmp_path / "stranger.db"
    # More than an index of PostgreSQL takes in a row.
    name = random.Random(7).randbytes(5_000).hex()
    with create(path) as record:
        recorder = Recorder(record, opening("stranger"), IDENTITY, Timeline())
        recorder.event("host", name, {})
        recorder.close("completed", {})
    outbox = Outbox(lambda: [path])
    ((_, (source,)),) = outbox.look()
    strange = outbox.following(source, NOWHERE, 1).batch
    outbox.close()

    with create(new_database()) as store:
        answers = Inbox(store).take([*batches[:2], strange, *batches[2:]])
        assert rows_of(store) == everything(recorded)

    codes = {answer.session_id: answer.code for answer in answers}
    assert codes == {"stranger": "not_storable", batches[0].session_id: ""}
