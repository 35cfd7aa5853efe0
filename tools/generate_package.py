"""Writes firmware/package.json, which MicroPython's `mip` installs from; --check only compares."""

import json
import sys
import tomllib
from pathlib import Path

from evenflow.emulator.flash import sources

ROOT = Path(__file__).resolve().parents[1]
FIRMWARE = ROOT / "firmware"
TARGET = FIRMWARE / "package.json"


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
    """Each file of a pump, its place there and beside package.json; the version of the project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    urls = [[path, f"src/{path}"] for path in sorted(sources())]
    lines = ",\n    ".join(json.dumps(url) for url in urls)
    version = json.dumps(project["version"])
    return f'{{\n  "version": {version},\n  "deps": [],\n  "urls": [\n    {lines}\n  ]\n}}\n'


if __name__ == "__main__":
    sys.exit(main())
