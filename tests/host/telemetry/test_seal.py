"""A closed session is signed by its host: whose signature it is, is told; a false one is named."""

import json
import shutil
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from host.telemetry.frames import IDENTITY, batch, opening
from host.telemetry.recorded import edit, faults

from evenflow.cli import main
from evenflow.errors import Refused
from evenflow.signing import host_key, key, trust
from evenflow.telemetry import chain, seal
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import create, open_existing
from evenflow.telemetry.timeline import Timeline

pytestmark = pytest.mark.requirement("LOG-06")


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes this process another host; the first is `own`."""

    def become(name: str) -> Path:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / name))
        return tmp_path / name / "evenflow"

    become("own")
    return become


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "record.db")


def record(path: Path) -> Path:
    with create(path) as store:
        timeline = Timeline()
        recorder = Recorder(store, opening("one"), IDENTITY, timeline)
        added = batch(*range(1, 101))
        timeline.add(added)
        recorder.take(added)
        recorder.close("complete", {})
    return path


def signer(path: Path) -> seal.Signer | None:
    with open_existing(path) as store:
        return seal.signer(Archive(store).session_row("one"))


def codes(path: Path) -> list[str]:
    return [fault.code for fault in faults(path)]


def change_seal(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    raw = sqlite3.connect(path)
    with raw:
        ((text,),) = raw.execute("SELECT seal_json FROM session")
        content = json.loads(text)
        change(content)
        raw.execute("UPDATE session SET seal_json = ?", (json.dumps(content),))
    raw.close()


def test_a_session_is_signed_with_a_key_that_is_made_for_this_user_alone(path: Path) -> None:
    found = signer(path)

    assert found == seal.Signer(key.ident(host_key.own().public_key()), seal.THIS_HOST)
    assert stat.S_IMODE(host_key.path().stat().st_mode) == 0o600
    assert stat.S_IMODE(host_key.path().parent.stat().st_mode) == 0o700
    assert codes(path) == []


def test_the_key_is_made_once_and_no_two_hosts_share_one(
    configuration: Callable[[str], Path],
) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: key.ident(host_key.own().public_key()), range(8)))
    configuration("other")
    other = key.ident(host_key.own().public_key())

    assert len(set(keys)) == 1
    assert other not in keys
    assert [one.name for one in host_key.path().parent.iterdir()] == ["host.pem"]


def test_elsewhere_it_is_unknown_until_somebody_says_whose_it_is(
    path: Path, tmp_path: Path, configuration: Callable[[str], Path]
) -> None:
    shown = CliRunner().invoke(main, ["sessions", "key"]).stdout
    (tmp_path / "ward.pem").write_text(shown)
    configuration("other")
    before = signer(path)
    refused = CliRunner().invoke(main, ["sessions", "verify", "--known", "--db", str(path)])
    trust.add(trust.HOSTS, tmp_path / "ward.pem", "Ward 3", date(2026, 1, 5))
    after = signer(path)
    taken = CliRunner().invoke(main, ["sessions", "verify", "--known", "--db", str(path)])

    assert (before.by, after.by, after.key) == (None, "Ward 3", before.key)
    assert codes(path) == []
    assert (refused.exit_code, taken.exit_code) == (1, 0)
    assert "session: unknown_signer: " in refused.output
    assert f"signed by Ward 3, {after.key}" in taken.output
    assert not host_key.path().exists()


def test_who_may_sign_libraries_is_not_for_that_known_as_a_host(
    path: Path, tmp_path: Path, configuration: Callable[[str], Path]
) -> None:
    (tmp_path / "ward.pem").write_bytes(key.public_pem(host_key.own().public_key()))
    configuration("other")
    trust.add(trust.LIBRARIES, tmp_path / "ward.pem", "Pharmacy", date(2026, 1, 5))

    assert signer(path).by is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda one: one.pop("signature"), "not_signed"),
        (lambda one: one["signature"].update(value="00" * 64), "bad_signature"),
        (lambda one: one["signature"].update(value="none"), "bad_signature"),
        (lambda one: one["signature"].update(value=None), "bad_signature"),
        (lambda one: one["signature"].update(key="0" * 32), "bad_signature"),
        (lambda one: one["signature"].update(algorithm="none"), "bad_signature"),
        (lambda one: one["signature"].pop("public_key"), "bad_signature"),
        (lambda one: one["signature"].update(public_key="00"), "bad_signature"),
        (lambda one: one.update(signature=[]), "not_signed"),
    ],
)
def test_a_signature_that_was_changed_is_named(
    path: Path, change: Callable[[dict[str, object]], object], code: str
) -> None:
    change_seal(path, change)

    assert codes(path) == [code]


def test_a_seal_made_anew_needs_the_hosts_key(path: Path) -> None:
    """All hashes made good again, by somebody who has the code and not the key."""
    with open_existing(path) as store:
        row = Archive(store).session_row("one")
    row["outcome"] = "another"
    rows = json.loads(str(row["seal_json"]))["rows"]
    counts = {name: one["count"] for name, one in rows.items()}
    heads = {name: one["head"] for name, one in rows.items()}
    anew = json.loads(chain.seal(str(row["row_hash"]), counts, heads, row))
    edit(path, "UPDATE session SET outcome = 'another'")
    change_seal(path, lambda content: content.update(anew))

    assert codes(path) == ["bad_signature"]

    stranger = Ed25519PrivateKey.generate()
    ident = key.ident(stranger.public_key())
    made = stranger.sign(seal._text("one", anew["head"], ident)).hex()
    public = stranger.public_key().public_bytes_raw().hex()
    change_seal(
        path, lambda content: content["signature"].update(key=ident, public_key=public, value=made)
    )
    assert signer(path) == seal.Signer(ident, None)


def test_a_signature_of_another_session_does_not_stand_for_this_one(
    path: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copy(path, tmp_path / "other.db"))
    edit(other, "DELETE FROM event", "DELETE FROM frames", "DELETE FROM command")
    edit(other, "UPDATE session SET id = 'two'")
    with open_existing(other) as store, pytest.raises(seal.Unsigned):
        seal.signer(Archive(store).session_row("two"))


def test_a_host_that_cannot_have_a_key_says_so_and_records_all_the_same(
    tmp_path: Path, configuration: Callable[[str], Path]
) -> None:
    configuration("file").parent.write_text("not a folder")
    path = record(tmp_path / "unsigned.db")

    (fault,) = faults(path)
    assert fault.code == "not_signed"
    assert "host.pem" in fault.reason


def test_a_key_that_others_can_read_signs_nothing(path: Path) -> None:
    host_key.path().chmod(0o644)

    with pytest.raises(Refused) as refused:
        host_key.own()
    assert refused.value.code == "host_key_seen"


def test_a_session_from_before_signatures_is_read_and_said_to_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenflow.telemetry.recorder.SCHEMA", 2)
    monkeypatch.setattr("evenflow.telemetry.seal.signed", lambda _, text: text)
    path = record(tmp_path / "older.db")

    done = CliRunner().invoke(main, ["sessions", "verify", "--db", str(path)])
    asked = CliRunner().invoke(main, ["sessions", "verify", "--known", "--db", str(path)])
    content = CliRunner().invoke(main, ["sessions", "verify", "--json", "--db", str(path)]).stdout

    assert (done.exit_code, asked.exit_code) == (0, 1)
    assert "not signed: recorded before sessions were" in done.output
    assert json.loads(content)["sessions"][0]["signed"]["key"] is None
