"""Where a record lies is said without a password, and what cannot be opened is refused by name."""

import sys

import pytest

from evenflow.errors import CheckFailed, WrongUsage
from evenflow.telemetry.address import address
from evenflow.telemetry.store import create, open_existing

pytestmark = pytest.mark.requirement("LOG-01")

UNSEEN = "s3cr3t"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_by_psycopg_and_named_without_its_password(scheme: str) -> None:
    found = address(f"{scheme}://nurse:{UNSEEN}@ward/records?sslpassword={UNSEEN}")

    assert found.url.drivername == "postgresql+psycopg"
    assert found.url.password == UNSEEN
    assert found.path is None
    assert UNSEEN not in found.name
    assert found.without_secrets(f"no {UNSEEN} here") == "no *** here"


def test_a_files_name_is_a_file_however_it_is_written() -> None:
    assert address("record.db").path == address("sqlite:///record.db").path.absolute()
    assert address("record.db").name == "record.db"


@pytest.mark.parametrize(
    "where",
    [
        f"postgresql://nurse:{UNSEEN}@ward:port/records",
        f"nosuchdatabase://nurse:{UNSEEN}@ward/records",
        f"postgresql+nosuchdriver://nurse:{UNSEEN}@ward/records",
        f" ://nurse:{UNSEEN}@ward",
    ],
)
def test_what_is_no_database_is_refused_without_its_password(where: str) -> None:
    with pytest.raises(WrongUsage) as error:
        create(where)

    assert UNSEEN not in str(error.value)


def test_a_server_that_does_not_answer_is_told_without_its_password(tmp_path: object) -> None:
    where = f"postgresql://nurse:{UNSEEN}@/records?host={tmp_path}"

    with pytest.raises(CheckFailed) as error:
        create(where)

    assert error.value.code == "record_failed"
    assert UNSEEN not in str(error.value)


def test_a_missing_driver_names_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(WrongUsage) as error:
        open_existing("postgresql://ward/records")

    assert error.value.code == "no_driver"
    assert "evenflow[postgres]" in error.value.hint
