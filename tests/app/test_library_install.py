"""A drug library over the link: whole, newer, and in its place at once; else the old one stays."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from app.link_host import STAGE
from app.link_host import LinkHost as Host
from core import ketamine

from evenflow.client.library_parts import installation, parts
from evenflow.dose.library import Library, compile_library, shipped
from pumpapp import drug_library, library_install
from pumpcore.library import MAX_LIBRARY_BYTES, Entry

pytestmark = pytest.mark.requirement("LIB-04", "LIB-17")

NEWER = replace(shipped(), version="9.0.0")


@pytest.fixture(autouse=True)
def flash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the firmware is in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / drug_library.FILE).write_bytes(compile_library(shipped()))
    return tmp_path


def host() -> Host:
    """A pump that holds the shipped library."""
    bench = Host()
    held = bench.loop.commands._library  # the object that the whole pump shares
    held.adopt(drug_library.load().library)
    return bench


def install(pump: Host, compiled: bytes) -> str:
    """The first refusal on the way, or `none`."""
    for part in parts(compiled):
        refusal = pump.refusal("library_part", **part)
        if refusal != "none":
            return refusal
    return pump.refusal("install_library", **installation(compiled))


def digest(pump: Host) -> object:
    return pump.ask("hello")[1]["library"]


def test_a_newer_one_is_used_at_once_and_the_one_before_is_kept(flash: Path) -> None:
    pump = host()
    assert install(pump, compile_library(NEWER)) == "none"

    assert digest(pump) == NEWER.digest
    assert pump.ask("hello")[1]["library_version"] == "9.0.0"
    assert (flash / drug_library.FILE).read_bytes() == compile_library(NEWER)
    assert (flash / drug_library.PREVIOUS_FILE).read_bytes() == compile_library(shipped())
    assert install(pump, compile_library(NEWER)) == "none"
    assert (flash / drug_library.PREVIOUS_FILE).read_bytes() == compile_library(shipped())


@pytest.mark.parametrize(
    "other",
    [
        replace(shipped(), version="0.0.9"),
        replace(shipped(), name="same", valid_until=shipped().valid_until.replace(year=2029)),
    ],
)
def test_neither_an_older_one_nor_another_of_the_same_version_is_taken(
    other: Library, flash: Path
) -> None:
    pump = host()

    assert install(pump, compile_library(other)) == "library_version"
    assert digest(pump) == shipped().digest
    assert (flash / drug_library.FILE).read_bytes() == compile_library(shipped())
    assert not (flash / drug_library.PREVIOUS_FILE).exists()


def _changed(compiled: bytes, old: bytes, new: bytes) -> bytes:
    assert old in compiled
    return compiled.replace(old, new, 1)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda compiled: _changed(compiled, b"mood-clinic", b"mood-clinik"),
        lambda compiled: _changed(compiled, b'"schema":2', b'"schema":3'),
        lambda compiled: compiled[:-1],
        lambda compiled: compiled + b" ",
    ],
)
def test_one_that_is_not_as_it_was_compiled_changes_nothing(spoil: object, flash: Path) -> None:
    pump = host()
    compiled = compile_library(NEWER)
    assert callable(spoil)
    for part in parts(spoil(compiled)):
        assert pump.refusal("library_part", **part) == "none"
    wish = installation(compiled) | {"size_bytes": len(spoil(compiled))}

    assert pump.refusal("install_library", **wish) == "library_invalid"
    assert digest(pump) == shipped().digest
    assert (flash / drug_library.FILE).read_bytes() == compile_library(shipped())


def test_limits_beyond_the_pump_s_own_are_no_library() -> None:
    entry = shipped().entries[0]
    heavy = replace(entry.weight.hard_high, value=10**20)
    beyond = replace(entry, weight=replace(entry.weight, hard_high=heavy))
    compiled = compile_library(replace(NEWER, entries=(beyond,)))

    assert install(host(), compiled) == "library_invalid"


def test_parts_come_in_order_and_the_same_again_changes_nothing() -> None:
    pump = host()
    first, second, third, *_ = parts(compile_library(NEWER))
    assert pump.refusal("library_part", **second) == "library_part"
    assert pump.refusal("library_part", **first) == "none"
    assert pump.refusal("library_part", **third) == "library_part"
    assert pump.refusal("library_part", **second) == "none"
    assert pump.refusal("library_part", **second) == "none"
    wish = installation(compile_library(NEWER))
    assert pump.refusal("install_library", **wish) == "library_part"
    assert pump.refusal("library_part", **first | {"offset": MAX_LIBRARY_BYTES}) == "library_part"


def test_while_a_programme_is_at_hand_no_library_is_taken() -> None:
    pump = Host()
    _, staged = pump.ask("stage", **STAGE)
    assert staged["digest"]

    assert install(pump, compile_library(NEWER)) == "programme_at_hand"
    assert digest(pump) == ketamine.DIGEST


class PowerCutError(BaseException):
    """The supply is gone."""


class Supply:
    """Lets so many changes of the flash happen, and then none."""

    def __init__(self, count: int) -> None:
        """The count is that of renames and of files begun."""
        self._left = count

    def rename(self, old: str, new: str) -> None:
        """As of `os`."""
        self._spend()
        Path(old).replace(new)

    def open(self, path: str, mode: str) -> object:
        """As the built-in one."""
        if "w" in mode:
            self._spend()
        return Path(path).open(mode)

    def _spend(self) -> None:
        if not self._left:
            raise PowerCutError
        self._left -= 1


@pytest.mark.requirement("PWR-08")
@pytest.mark.parametrize("count", range(4))
def test_whenever_the_power_fails_one_of_the_two_is_there(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy is begun, it becomes the version before, and the new one takes its place."""
    pump = host()
    for part in parts(compile_library(NEWER)):
        assert pump.refusal("library_part", **part) == "none"
    supply = Supply(count)
    monkeypatch.setattr(library_install, "os", supply)
    monkeypatch.setattr(library_install, "open", supply.open, raising=False)
    wish = installation(compile_library(NEWER))
    if count < 3:
        with pytest.raises(PowerCutError):
            pump.refusal("install_library", **wish)
    else:
        assert pump.refusal("install_library", **wish) == "none"

    loaded = drug_library.load()
    assert loaded.problem == ""
    assert loaded.library.version == (shipped().version if count < 3 else NEWER.version)


def test_a_spoilt_library_is_mended_by_its_own_version(flash: Path) -> None:
    """What boot fell back to is the version before; the same one again is no rollback."""
    content = compile_library(shipped())
    (flash / drug_library.PREVIOUS_FILE).write_bytes(content)
    (flash / drug_library.FILE).write_bytes(content[:-3])
    pump = host()
    assert drug_library.load().is_previous
    assert install(pump, content) == "none"

    assert not drug_library.load().is_previous
    assert json.loads((flash / drug_library.FILE).read_bytes())["version"] == shipped().version


def test_one_that_does_not_fit_the_memory_is_refused_and_the_old_one_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_room(_: bytes) -> object:
        raise MemoryError

    pump = host()
    before = digest(pump)
    with monkeypatch.context() as patch:
        patch.setattr(library_install, "parse", no_room)
        assert install(pump, compile_library(NEWER)) == "library_memory"

    assert digest(pump) == before
    assert install(pump, compile_library(NEWER)) == "none"


def test_one_on_the_flash_that_does_not_fit_is_told_and_the_one_before_is_used(
    flash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(content: bytes) -> object:
        if b'"version":"9.0.0"' in content:
            raise MemoryError
        return sound(content)

    sound = drug_library.parse
    monkeypatch.setattr(drug_library, "parse", too_much)
    (flash / drug_library.PREVIOUS_FILE).write_bytes(compile_library(shipped()))
    (flash / drug_library.FILE).write_bytes(compile_library(NEWER))

    loaded = drug_library.load()

    assert loaded.is_previous
    assert "MemoryError" in loaded.problem
    assert loaded.library.version == shipped().version


def _of(**changes: object) -> bytes:
    """The shipped library compiled with other values, and a digest that is right."""
    content = json.loads(compile_library(NEWER))
    entry = {name: changes.pop(name) for name in list(changes) if name in Entry._fields}
    for name, value in entry.items():
        content["entries"][0][Entry._fields.index(name)] = value
    content |= changes
    del content["schema"], content["digest"]
    body = json.dumps(content, separators=(",", ":"))[1:].encode()
    found = sha256(body).digest()[:8].hex()
    return b'{"schema":2,"digest":"%s",' % found.encode() + body


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_until_s": "x"},
        {"valid_until_s": 1.5},
        {"version": "abc"},
        {"version": "1..2"},
        {"version": "1.2"},
        {"version": "1.2.-3"},
        {"version": 7},
        {"entries": 5},
        {"entries": [[1]]},
        {"ident": "1"},
        {"ident": 2},
        {"ident": True},
        {"drug": 5},
        {"mass_high_ng": None},
        {"mass_high_ng": 10**15},
        {"dose_high_ng_per_kg": "1000000"},
        {"dose_low_ng_per_kg": 10**9},
        {"duration_low_ms": 7_200_001},
        {"concentrations_ng_per_ml": 2_000_000},
        {"concentrations_ng_per_ml": [0]},
        {"syringes": 7},
        {"syringes": ["7"]},
        {"spacing_s": 1.5},
        {"vital_stops": [180, 110, 45, 130]},
        {"baseline_mmhg": "1234"},
        {"steps": 2},
        {"near_end_ms": -1},
    ],
    ids=str,
)
def test_what_no_host_compiles_is_refused_and_the_old_one_stays(
    changes: dict[str, object], flash: Path
) -> None:
    pump = host()
    compiled = _of(**changes)
    for part in parts(compiled):
        assert pump.refusal("library_part", **part) == "none"
    wish = {"size_bytes": len(compiled), "digest": bytes.fromhex(compiled[22:38].decode())}

    assert pump.refusal("install_library", **wish) == "library_invalid"

    assert digest(pump) == shipped().digest
    # Nor does it come up with it after the next power-on.
    (flash / drug_library.FILE).write_bytes(compiled)
    assert drug_library.load().library.entries == ()


def test_nested_beyond_the_stack_is_no_library() -> None:
    body = b'"entries":' + b"[" * 5_000 + b"]" * 2_000
    found = sha256(body).digest()[:8].hex().encode()
    compiled = b'{"schema":2,"digest":"%s",' % found + body
    pump = host()
    for part in parts(compiled):
        assert pump.refusal("library_part", **part) == "none"
    wish = {"size_bytes": len(compiled), "digest": bytes.fromhex(found.decode())}

    assert pump.refusal("install_library", **wish) == "library_invalid"


def test_a_full_flash_is_refused_by_name_and_leaves_no_part(
    flash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> object:
        raise OSError(28, "no space")

    pump = host()
    with monkeypatch.context() as patch:
        patch.setattr(library_install, "open", full, raising=False)
        assert install(pump, compile_library(NEWER)) == "library_storage"
    with monkeypatch.context() as patch:
        patch.setattr(library_install.os, "rename", full)
        assert install(pump, compile_library(NEWER)) == "library_storage"

    assert sorted(path.name for path in flash.iterdir()) == [drug_library.FILE]
    assert install(pump, compile_library(NEWER)) == "none"
