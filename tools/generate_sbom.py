"""Writes sbom.cdx.json, the list of all parts, as CycloneDX 1.6; --check only compares.

Of the firmware: every file that goes onto a board, with its SHA-256, whether it is frozen, flashed
or installed by `mip`. Of the host: every distribution of requirements.lock, with version and the
SHA-256 of each of its files; `required` if the package needs it, `optional` if an extra does,
`excluded` if it is for those who work on Evenflow alone. A wheel carries the list as PEP 770 says.
"""

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "sbom.cdx.json"
FIRMWARE = ROOT / "firmware"

_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:(?P<digest>[0-9a-f]{64})")
_VIA = re.compile(
    r"#\s+(?:via\s+)?(?P<name>[A-Za-z0-9._-]+)(?: \(pyproject\.toml(?P<group>:dev)?\))?$"
)
_OURS = "evenflow"
# The best that any of its users is.
_SCOPES = ("required", "optional", "excluded")

Content = dict[str, object]


@dataclass(slots=True)
class Pin:
    """One distribution of the lock."""

    name: str
    version: str
    digests: list[str] = field(default_factory=list)
    # Who needs it, and whether we ourselves do, for running or for the work.
    users: set[str] = field(default_factory=set)
    is_ours: bool = False
    is_for_work: bool = False

    @property
    def purl(self) -> str:
        """Its name for everybody."""
        return f"pkg:pypi/{self.name}@{self.version}"


def main() -> int:
    """Write the file, or with --check say whether it is current (exit 1 if not)."""
    text = generated_text()
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    name = TARGET.relative_to(ROOT)
    if "--check" in sys.argv[1:]:
        print(f"{name}: not current; run `make gen`", file=sys.stderr)
        return 1
    TARGET.write_text(text, encoding="utf-8")
    print(f"{name}: written")
    return 0


def generated_text() -> str:
    """A line for each component, so that a change shows as what it is."""
    head, components, dependencies = content()
    parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    parts.append(f'"components": {_lines(components)}')
    parts.append(f'"dependencies": {_lines(dependencies)}')
    return "{\n  " + ",\n  ".join(parts) + "\n}\n"


def _lines(items: list[Content]) -> str:
    lines = []
    for item in items:
        inner = item.get("components")
        if isinstance(inner, list):
            outer = json.dumps({**item, "components": []})
            lines.append(f"    {outer.removesuffix('[]}')}{_lines(inner)}}}")
        else:
            lines.append(f"    {json.dumps(item)}")
    return "[\n" + ",\n".join(lines) + "\n  ]"


def content() -> tuple[Content, list[Content], list[Content]]:
    """What stands first, the components, and who needs whom."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = read_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    scopes = scopes_of(pins, {_name_of(one) for one in project["dependencies"]})
    us = f"pkg:pypi/{_OURS}@{project['version']}"
    firmware = f"{us}#firmware"
    head: Content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": us,
                "name": _OURS,
                "version": project["version"],
                "purl": us,
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
    }
    components: list[Content] = [
        {
            "type": "firmware",
            "bom-ref": firmware,
            "name": f"{_OURS}-firmware",
            "version": project["version"],
            "components": list(_firmware_files()),
        }
    ]
    components += [
        {
            "type": "library",
            "bom-ref": pin.purl,
            "name": pin.name,
            "version": pin.version,
            "purl": pin.purl,
            "scope": scopes[pin.name],
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.digests],
        }
        for pin in pins
    ]
    needed: dict[str, list[str]] = {pin.name: [] for pin in pins}
    direct = [firmware]
    for pin in pins:
        if pin.is_ours or pin.is_for_work:
            direct.append(pin.purl)
        for user in pin.users:
            needed[user].append(pin.purl)
    dependencies: list[Content] = [{"ref": us, "dependsOn": direct}]
    dependencies += [{"ref": pin.purl, "dependsOn": sorted(needed[pin.name])} for pin in pins]
    return head, components, dependencies


def read_lock(text: str) -> list[Pin]:
    """In the lock's order; ValueError for a line that is none of its kinds.

    A name is there twice where one Python takes another version than the next.
    """
    pins: list[Pin] = []
    for line in text.splitlines():
        stripped = line.strip().removesuffix("\\").strip()
        if found := _PIN.match(line):
            pins.append(Pin(found["name"], found["version"]))
        elif not pins or stripped in {"", "# via"}:
            continue
        elif found := _HASH.fullmatch(stripped):
            pins[-1].digests.append(found["digest"])
        elif found := _VIA.fullmatch(stripped):
            if found["name"] != _OURS:
                pins[-1].users.add(found["name"])
            elif found["group"]:
                pins[-1].is_for_work = True
            else:
                pins[-1].is_ours = True
        else:
            raise ValueError(f"requirements.lock: not understood: {line!r}")
    return pins


def scopes_of(pins: list[Pin], required: set[str]) -> dict[str, str]:
    """How each is needed: as the most that any of its users is."""
    ranks = {pin.name: len(_SCOPES) - 1 for pin in pins}
    for pin in pins:
        if pin.is_ours:
            ranks[pin.name] = 0 if pin.name in required else 1
    while True:
        better = {
            pin.name: min([ranks[pin.name], *(ranks[user] for user in pin.users)]) for pin in pins
        }
        if better == ranks:
            return {name: _SCOPES[rank] for name, rank in ranks.items()}
        ranks = better


def frozen_files() -> list[Path]:
    """What firmware/manifest.py freezes of ours, in its order."""
    found: list[Path] = []
    for statement in ast.parse((FIRMWARE / "manifest.py").read_text(encoding="utf-8")).body:
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
            continue
        call = statement.value
        kind, argument = ast.unparse(call.func), ast.literal_eval(call.args[0])
        options = {one.arg: ast.literal_eval(one.value) for one in call.keywords}
        if kind == "package":
            found += sorted((FIRMWARE / options["base_path"] / argument).rglob("*.py"))
        elif kind == "module":
            found.append(FIRMWARE / argument)
    return found


def _firmware_files() -> Iterator[Content]:
    for path in frozen_files():
        yield {
            "type": "file",
            "name": path.relative_to(FIRMWARE).as_posix(),
            "hashes": [{"alg": "SHA-256", "content": sha256(path.read_bytes()).hexdigest()}],
        }


def _name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


if __name__ == "__main__":
    sys.exit(main())
