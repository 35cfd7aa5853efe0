"""main.py starts the slot that is named, if it is the one that was put there, and nothing else."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from evenflow import resources
from evenflow.emulator import FlashImage
from evenflow.emulator.flash import hashes_of

pytestmark = pytest.mark.requirement("TST-01", "TST-03")

MAIN = resources.path("firmware", "main.py").read_bytes()
NEEDS_FLASHING = "Evenflow: this board needs flashing: "
# Bytecode of a version that no MicroPython here takes.
ALIEN = b"M\x05\x00\x1f"


def firmware(name: str) -> dict[str, bytes]:
    """Says who it is, and where it is."""
    said = f"import os\n\n\ndef main():\n    print('started', {name!r}, os.getcwd())\n"
    return {"pumpapp/__init__.py": b"", "pumpapp/main.py": said.encode()}


def slot(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    """A slot and its list."""
    listed = {**files, "hashes.json": hashes_of(files)}
    return {f"{folder}/{path}": content for path, content in listed.items()}


def pointer(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    """The file that names a slot."""
    digest = sha256(files[f"{folder}/hashes.json"]).hexdigest()
    return {"slot": f"{folder} {digest}\n".encode()}


A = slot("a", firmware("one"))
B = slot("b", firmware("two"))


@pytest.fixture
def printed(image: FlashImage, switched_on: Callable) -> Callable[[dict[str, bytes]], str]:
    """What a board with these files prints before its prompt."""

    def boot(files: dict[str, bytes]) -> str:
        image.format()
        image.store({"main.py": MAIN, **files})
        person = switched_on(image)
        text = person.read_until(b"MicroPython")
        assert not person.board.plant.step_times
        return str(text)

    return boot


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({**A, **B, **pointer("a", A)}, "started one /a\n"),
        ({**A, **B, **pointer("b", B)}, "started two /b\n"),
        (firmware("plain"), "started plain /\n"),
        ({**firmware("plain"), **B, **pointer("b", B)}, "started two /b\n"),
        ({**firmware("plain"), **B}, "started plain /\n"),
        ({f"lib/{path}": text for path, text in firmware("mip").items()}, "started mip /\n"),
    ],
    ids=["a", "b", "beside", "not-beside", "unfinished", "mip"],
)
def test_the_named_slot_starts_or_else_what_lies_beside(
    files: dict[str, bytes], expected: str, printed: Callable
) -> None:
    assert printed(files) == expected


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "ImportError"),
        ({**A, "slot": b""}, "the file slot is spoilt"),
        ({**A, "slot": b"a"}, "the file slot is spoilt"),
        ({**A, "slot": b"\xff\xfe"}, "the file slot is spoilt"),
        ({**A, **pointer("b", B)}, "slot b is not there"),
        ({**firmware("plain"), **pointer("b", B)}, "slot b is not there"),
        (
            {**A, **pointer("a", slot("a", firmware("other")))},
            "slot a is not the one that was put there",
        ),
        (
            {**slot("a", {"pumpapp/__init__.py": b""}), **pointer("a", slot("a", {}))},
            "slot a is not the one that was put there",
        ),
    ],
    ids=["bare", "empty", "half", "noise", "none", "none-beside", "another", "list"],
)
def test_anything_else_says_that_the_board_needs_flashing(
    files: dict[str, bytes], reason: str, printed: Callable
) -> None:
    assert printed(files).startswith(NEEDS_FLASHING + reason)


def test_a_slot_without_a_package_takes_none_from_elsewhere(printed: Callable) -> None:
    part = slot(
        "a",
        {
            "pumpapp/__init__.py": b"",
            "pumpapp/main.py": b"import pumpcore\n\n\ndef main():\n    pass\n",
        },
    )
    elsewhere = {"pumpcore/__init__.py": b"", "lib/pumpcore/__init__.py": b""}

    text = printed({**part, **pointer("a", part), **elsewhere})
    assert text.startswith(NEEDS_FLASHING + "ImportError")


def test_bytecode_of_another_version_says_that_the_board_needs_flashing(
    printed: Callable,
) -> None:
    alien = slot("a", {"pumpapp/__init__.py": b"", "pumpapp/main.mpy": ALIEN})

    text = printed({**alien, **pointer("a", alien)})
    assert text.startswith(NEEDS_FLASHING + "ValueError")
