"""What has to be done so that a board holds what it shall: the difference, and nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from evenflow import device_key
from evenflow.emulator.flash import HASHES, PACKAGES, list_of
from evenflow.errors import Refused
from evenflow.flash.content import LIBRARY, PREVIOUS_LIBRARY, Content, sum_of
from evenflow.flash.survey import MAIN_FILE, POINTER, SLOTS, Facts, Survey

# Folders and what the file system moves meanwhile.
_SPARE_BLOCKS = 24
# Not to be copied from: they are replaced meanwhile. An empty one is like any other empty file.
_MOVING = (POINTER, MAIN_FILE, device_key.ON_DEVICE)
_UNFINISHED = tuple(f"{path}.new" for path in _MOVING)


@dataclass(frozen=True, slots=True)
class Plan:
    """Paths on the board. `pointer` is what the file that names the slot shall hold."""

    slot: str
    sums: Mapping[str, str]
    remove: tuple[str, ...] = ()
    copy: tuple[tuple[str, str], ...] = ()
    upload: Mapping[str, bytes] = field(default_factory=dict)
    main: bytes | None = None
    # Else what is there starts the old firmware until all is done.
    is_main_first: bool = False
    pointer: bytes | None = None
    # Of a firmware that lay beside the slots, or of a flash that was interrupted.
    remove_afterwards: tuple[str, ...] = ()
    needs_key: bool = False

    @property
    def upload_bytes(self) -> int:
        """How much goes over the line."""
        return sum(len(content) for content in self.upload.values()) + len(self.main or b"")

    @property
    def upload_paths(self) -> tuple[str, ...]:
        """What goes over the line, but for key and pointer."""
        return (*self.upload, *((MAIN_FILE,) if self.main is not None else ()))

    @property
    def file_count(self) -> int:
        """Files of the firmware, their list and main.py with them."""
        return len(self.sums) + 1

    @property
    def is_empty(self) -> bool:
        """Whether the board holds all of it already."""
        return not (self.upload_paths or self.pointer or self.remove_afterwards or self.needs_key)


def make(content: Content, survey: Survey) -> Plan:
    """The shortest way to that content that never touches the slot which the board starts."""
    sums = _wanted(content, survey)
    listed = list_of(sums)
    files = {**content.files, HASHES: listed}
    sums = {**sums, HASHES: sum_of(listed)}
    main = None if survey.sums.get(MAIN_FILE) == sum_of(content.main) else content.main
    is_main_first = MAIN_FILE not in survey.sums
    leftovers = _leftovers(survey)
    needs_key = device_key.ON_DEVICE not in survey.sums
    if survey.active is not None and survey.below(survey.active) == sums:
        return Plan(
            survey.active, sums, main=main, remove_afterwards=leftovers, needs_key=needs_key
        )
    slot = SLOTS[0] if survey.named != SLOTS[0] else SLOTS[1]
    there = survey.below(slot)
    elsewhere = {
        digest: path
        for path, digest in survey.sums.items()
        if not path.startswith(slot + "/") and path not in (*_MOVING, *_UNFINISHED)
    }
    missing = [path for path in sums if there.get(path) != sums[path]]
    return Plan(
        slot,
        sums,
        remove=tuple(f"{slot}/{path}" for path in sorted(there) if path not in sums),
        copy=tuple(
            (elsewhere[sums[path]], f"{slot}/{path}")
            for path in missing
            if sums[path] in elsewhere
        ),
        upload={f"{slot}/{path}": files[path] for path in missing if sums[path] not in elsewhere},
        main=main,
        is_main_first=is_main_first,
        pointer=f"{slot[1:]} {sums[HASHES]}\n".encode("ascii"),
        remove_afterwards=leftovers,
        needs_key=needs_key,
    )


def check_room(plan: Plan, survey: Survey, facts: Facts) -> None:
    """Refused if the board's file system cannot hold the second slot."""
    sizes = [
        *(len(content) for content in plan.upload.values()),
        *(survey.sizes_bytes[source] for source, _ in plan.copy),
    ]
    replaced = {*plan.upload, *plan.remove, *(target for _, target in plan.copy)}
    freed = [size for path, size in survey.sizes_bytes.items() if path in replaced]
    needed = _blocks(sizes, facts) - _blocks(freed, facts) + _SPARE_BLOCKS
    if plan.pointer is not None and needed > facts.free_blocks:
        raise Refused(
            "no_room",
            f"the board's file system has {facts.free_blocks} free blocks of "
            f"{facts.block_bytes} bytes, and this needs {needed}",
            "use --erase, which removes everything that is on it; --backup DIR keeps it before",
        )


def _blocks(sizes_bytes: Iterable[int], facts: Facts) -> int:
    return sum(-(-size // facts.block_bytes) for size in sizes_bytes)


def _wanted(content: Content, survey: Survey) -> dict[str, str]:
    """With the library before this one, for a board whose library is spoilt one day."""
    sums = {path: sum_of(values) for path, values in content.files.items()}
    previous = survey.listed.get(LIBRARY) if survey.active else None
    if previous == sums.get(LIBRARY):
        previous = survey.listed.get(PREVIOUS_LIBRARY)
    if previous is not None:
        sums[PREVIOUS_LIBRARY] = previous
    return dict(sorted(sums.items()))


def _leftovers(survey: Survey) -> tuple[str, ...]:
    """Tops of what no firmware in a slot reads."""
    known = {*PACKAGES, HASHES, LIBRARY, PREVIOUS_LIBRARY, "board.json"}
    tops = {path.split("/")[1] for path in survey.sums}
    return tuple(sorted(f"/{top}" for top in tops if top in known or f"/{top}" in _UNFINISHED))
