"""Rows go in by COPY or by INSERT and come out the same, in either database."""

from pathlib import Path

import pytest
from host.postgres import new_database
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from evenflow.telemetry.copying import copy_rows
from evenflow.telemetry.store import Store, create
from evenflow.telemetry.tables import FRAMES, SESSION

pytestmark = pytest.mark.requirement("LOG-01")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    where = tmp_path / "record.db" if request.param == "sqlite" else new_database()
    with create(where) as store:
        with store.engine.begin() as connection:
            texts = {c.name: "µ\t\\N" for c in SESSION.columns if not c.nullable}
            row = {**texts, "id": "one", "started_tick_count": 1}
            copy_rows(connection, SESSION, [row])
        yield store


def frames(*numbers: int) -> list[dict[str, object]]:
    return [
        {
            "session_id": "one",
            "seq": seq,
            "first_tick_count": seq,
            "t_us": 2**40,
            "frame_count": 50,
            "crc32": 2**32 - 1,
            "content": bytes(range(256)),
            "row_hash": None,
        }
        for seq in numbers
    ]


def numbers(store: Store) -> list[int]:
    with store.engine.connect() as connection:
        return list(connection.scalars(select(FRAMES.c.seq).order_by(FRAMES.c.seq)))


def test_rows_come_back_as_they_were(store: Store) -> None:
    with store.engine.begin() as connection:
        taken = copy_rows(connection, FRAMES, frames(1, 2, 3))

    with store.engine.connect() as connection:
        found = [dict(row) for row in connection.execute(select(FRAMES)).mappings()]
    assert taken == 3
    assert found == frames(1, 2, 3)


def test_nothing_is_nothing(store: Store) -> None:
    with store.engine.begin() as connection:
        assert copy_rows(connection, FRAMES, []) == 0


def test_what_is_delivered_twice_is_stored_once(store: Store) -> None:
    with store.engine.begin() as connection:
        first = copy_rows(connection, FRAMES, frames(1, 2), skip_known=True)
        second = copy_rows(connection, FRAMES, frames(2, 3), skip_known=True)

    assert (first, second) == (2, 1)
    assert numbers(store) == [1, 2, 3]


def test_without_leave_a_row_that_is_there_is_an_error_and_nothing_comes_in(store: Store) -> None:
    with store.engine.begin() as connection:
        copy_rows(connection, FRAMES, frames(1, 2))

    with pytest.raises(SQLAlchemyError), store.engine.begin() as connection:
        copy_rows(connection, FRAMES, frames(2, 3))
    assert numbers(store) == [1, 2]
