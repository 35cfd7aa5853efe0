"""sbom.cdx.json against what is really built, installed and flashed."""

import importlib.util
import json
import re
import subprocess
import sys
import zipfile
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path
from types import ModuleType

import pytest

from evenflow.emulator.flash import fixture_sources, sources

pytestmark = pytest.mark.requirement("SEC-12")

ROOT = Path(__file__).resolve().parents[2]
LIST = json.loads((ROOT / "sbom.cdx.json").read_text(encoding="utf-8"))
FIRMWARE, *LIBRARIES = LIST["components"]
FILES = {one["name"]: one["hashes"][0]["content"] for one in FIRMWARE["components"]}
PINS = {(one["name"], one["version"]): one for one in LIBRARIES}
SCOPES = {one["name"]: one["scope"] for one in LIBRARIES}
# What makes an environment, and ourselves.
_NOT_LOCKED = {"pip", "setuptools", "evenflow"}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every file of a wheel that is built now."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_distribution_of_the_lock_is_listed_with_its_version_and_all_its_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {}
    for block in re.split(r"\n(?=[a-z0-9])", text):
        if found := re.match(r"([a-z0-9._-]+)==([^ \\;]+)", block):
            locked[found.groups()] = set(re.findall(r"sha256:([0-9a-f]{64})", block))

    listed = {name: {each["content"] for each in one["hashes"]} for name, one in PINS.items()}
    assert len(LIBRARIES) == len(re.findall(r"^[^ #]", text, re.MULTILINE))
    assert listed == locked
    assert all(listed.values())


def test_everything_that_is_installed_is_listed_with_its_version() -> None:
    installed = {(_normal(one.name), one.version) for one in distributions()}

    ours = {(name, version) for name, version in installed if name not in _NOT_LOCKED}
    assert len(ours) > 50
    assert ours - PINS.keys() == set()


def test_what_a_wheel_requires_is_listed_as_more_than_a_tool(wheel: dict[str, bytes]) -> None:
    (metadata,) = [
        content.decode() for name, content in wheel.items() if name.endswith("dist-info/METADATA")
    ]
    required = re.findall(
        r"^Requires-Dist: ([A-Za-z0-9._-]+)(?:\[[^]]*\])?([^\n]*)", metadata, re.MULTILINE
    )

    assert len(required) > 10
    for name, rest in required:
        if _normal(name) != "evenflow":
            expected = "optional" if "extra ==" in rest else "required"
            assert SCOPES[_normal(name)] in {expected, "required"}, name


def test_the_firmware_in_a_wheel_is_the_firmware_listed(wheel: dict[str, bytes]) -> None:
    main = "evenflow/_data/firmware/main.py"
    built = {
        "main.py" if name == main else f"src/{name}": sha256(content).hexdigest()
        for name, content in wheel.items()
        if name == main or re.match(r"pump(core|board|app)/.*\.py$", name)
    }

    assert built == FILES


def test_a_wheel_carries_the_list(wheel: dict[str, bytes]) -> None:
    carried = [content for name, content in wheel.items() if "dist-info/sboms/" in name]

    assert [json.loads(content) for content in carried] == [LIST]


def test_what_is_flashed_and_what_mip_installs_is_listed() -> None:
    package = json.loads((ROOT / "firmware/package.json").read_text(encoding="utf-8"))
    listed = {name.removeprefix("src/") for name in FILES} - {"main.py"}

    # A pump's; a fixture is made by `evenflow flash` alone.
    assert {target for target, _ in package["urls"]} == {*sources()}
    fixture = fixture_sources()
    # On a fixture's flash it has the name of a pump's.
    flashed = {**fixture, **sources(), "pumpapp/fixture_main.py": fixture["pumpapp/main.py"]}
    assert {path: sha256(content).hexdigest() for path, content in flashed.items()} == {
        path: FILES[f"src/{path}"] for path in listed
    }


def test_the_list_is_what_cyclonedx_wants() -> None:
    assert LIST["bomFormat"] == "CycloneDX"
    assert LIST["specVersion"] == "1.6"
    assert LIST["version"] == 1
    us = LIST["metadata"]["component"]
    components = [us, *LIST["components"]]
    for one in [*components, *FIRMWARE["components"]]:
        assert one["type"] in {"application", "library", "firmware", "file"}
        assert one["name"]
        for each in one.get("hashes", ()):
            assert each["alg"] == "SHA-256"
            assert re.fullmatch(r"[0-9a-f]{64}", each["content"])
    for one in LIBRARIES:
        assert one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}"
        assert one["scope"] in {"required", "optional", "excluded"}
    references = [one["bom-ref"] for one in components]
    assert len(set(references)) == len(references)
    for one in LIST["dependencies"]:
        assert {one["ref"], *one["dependsOn"]} <= set(references)
    assert {one["ref"] for one in LIST["dependencies"]} == set(references) - {FIRMWARE["bom-ref"]}


def test_another_firmware_or_lock_makes_the_list_stale(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    generator = _generator()
    current = (ROOT / "sbom.cdx.json").read_text(encoding="utf-8")
    assert generator.generated_text() == current
    changed = tmp_path / "clock.py"
    changed.write_text("TICK_MS = 21\n", encoding="utf-8")
    monkeypatch.setattr(generator, "FIRMWARE", tmp_path)
    monkeypatch.setattr(generator, "frozen_files", lambda: [changed])

    assert generator.generated_text() != current


def test_a_line_of_the_lock_that_is_not_understood_is_said() -> None:
    with pytest.raises(ValueError, match="not understood"):
        _generator().read_lock("one==1.0 \\\n    --hash=md5:00\n")


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_sbom", ROOT / "tools/generate_sbom.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclass looks for its module.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
