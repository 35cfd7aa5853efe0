"""Writes the JSON Schema of board files, and page and picture of each; --check only compares."""

import json
import sys
from pathlib import Path

from evenflow import boards
from evenflow.boards import page, picture, schema

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "boards"


def main() -> int:
    """Write what is not current, or with --check say so (exit 1); what has no board goes."""
    wanted = generated()
    strays = {path for path in FOLDER.glob("*") if path not in wanted}
    stale = [path for path, text in wanted.items() if _text(path) != text] + sorted(strays)
    if stale and "--check" in sys.argv[1:]:
        names = ", ".join(str(path.relative_to(ROOT)) for path in stale)
        print(f"{names}: not current; run `make gen`", file=sys.stderr)
        return 1
    for path in stale:
        if path in strays:
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {'removed' if path in strays else 'written'}")
    return 0


def generated() -> dict[Path, str]:
    """Every file and its text."""
    made = {
        ROOT / "board_configs" / "schema.json": json.dumps(schema.board_file_schema(), indent=2)
        + "\n"
    }
    for path in boards.known():
        profile = boards.load(path)
        made[FOLDER / f"{path.stem}.md"] = page.markdown(profile)
        made[FOLDER / f"{path.stem}.svg"] = picture.svg(profile)
    return made


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
