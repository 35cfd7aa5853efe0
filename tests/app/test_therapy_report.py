"""What is given, of what, for whom and how far it is, is told every second to whoever listens."""

import random
from itertools import pairwise

import pytest
from app.link_host import STAGE
from app.link_host import LinkHost as Host
from app.rig import Rig, bench_order
from core import ketamine

from evenflow.client.records import Therapy
from evenflow.client.stream import Received, Stream
from pumpcore import limits
from pumpcore.interlock import STATES
from pumpcore.library import Library
from pumpcore.limits import OutOfRange
from pumpcore.wire import messages

KETAMINE = {
    "entry": ketamine.IDENT,
    "drug": "ketamine",
    "concentration_ng_per_ml": 2_000_000,
    "weight_ng": 70 * 10**12,
    "mass_ng": 35_000_000,
    "volume_nl": 17_500_000,
    "rate_ul_per_h": 26_250,
    "programme_number": 5,
}


class Listener(Host):
    """A host that only listens, once something is staged."""

    def therapies(self, ticks: int) -> list[dict[str, object]]:
        """What was told of the therapy in so many ticks."""
        self._heard.clear()
        self.loop.tick(ticks)
        return [values for name, values in self._heard if name == "therapy"]


@pytest.mark.requirement("LIB-14")
def test_the_therapy_is_told_each_second_from_staging_on() -> None:
    host = Listener()
    assert host.therapies(200) == []
    _, staged = host.ask("stage", **STAGE)
    told = host.therapies(500)

    assert len(told) == 10
    for earlier, later in pairwise(told):
        assert later["tick_count"] - earlier["tick_count"] == 50
    for therapy in told:
        assert KETAMINE.items() <= therapy.items()
        for name in ("digest", "microsteps", "femtolitres_per_microstep"):
            assert therapy[name] == staged[name]
        assert (therapy["commanded_ul_per_h"], therapy["infused_s"]) == (0, 0)
        assert therapy["state"] == STATES.index("staged")
    host.ask("cancel", programme_number=5)
    assert host.therapies(200) == []


@pytest.mark.requirement("LIB-14")
def test_time_and_volume_go_on_in_motion_alone_and_begin_anew_with_another_order() -> None:
    host = Listener()
    staged = host.start()
    running = host.therapies(500)
    host.ask("stop")
    paused = host.therapies(500)

    assert [one["infused_s"] for one in running] == list(range(10)) or [
        one["infused_s"] for one in running
    ] == list(range(1, 11))
    assert {one["commanded_ul_per_h"] for one in running} == {26_250}
    assert running[-1]["delivered_microsteps"] == pytest.approx(
        10 * staged["microsteps"] / 2_400, abs=50
    )
    assert len({(one["infused_s"], one["delivered_microsteps"]) for one in paused}) == 1
    host.ask("cancel", programme_number=5)
    host.ask("stage", **STAGE)
    (first, *_) = host.therapies(100)
    assert (first["infused_s"], first["delivered_microsteps"]) == (0, 0)


@pytest.mark.requirement("LIB-14")
@pytest.mark.parametrize("runtime", ["cpython", "micropython"])
def test_at_the_line_of_a_board_it_is_never_older_than_a_second(runtime: str) -> None:
    with Rig(bench_order(60_000, 1_000_000), runtime) as rig:
        rig.keeps_frames = True
        rig.start()
        rig.frames.clear()
        rig.run_for(5)
        rows = rig.telemetry
        items = Stream().feed(b"\0" + b"".join(rig.frames))
    told = [
        item.record
        for item in items
        if isinstance(item, Received) and isinstance(item.record, Therapy)
    ]

    assert rows is not None
    assert len(told) == 5
    assert told[-1].drug == ""
    assert told[-1].rate_ul_per_h == told[-1].commanded_ul_per_h == 60_000
    assert rows.tick_count - told[-1].tick_count < 50
    assert told[-1].infused_s in (4, 5)


def test_a_drug_whose_name_the_wire_does_not_carry_is_no_entry() -> None:
    Library((ketamine.ENTRY._replace(drug="k" * 32),))
    for drug in ("", "k" * 33, "é" * 17):
        with pytest.raises(OutOfRange, match="drug_bytes"):
            Library((ketamine.ENTRY._replace(drug=drug),))


@pytest.mark.requirement("LIB-17")
def test_no_command_changes_the_library_a_limit_or_the_board() -> None:
    """A library comes whole, checked and newer: tests.app.test_library_install.

    Who may replace the files themselves is another matter: see docs/requirements.md.
    """
    chance = random.Random(5)
    host = Host()
    library = host.loop.commands._library
    known = (library.entries, library.digest)
    bounds = {name: value for name, value in vars(limits).items() if name.isupper()}
    profile = dict(host.bench.profile)
    commands = [one for one in messages.MESSAGES if one.direction == messages.TO_DEVICE]
    for _ in range(20):
        for command in commands:
            drawn = {}
            for field in command.fields[1:]:
                kind = messages.KINDS[field.kind]
                if kind.low is None:
                    known_bytes = (ketamine.DIGEST * kind.size_bytes)[: kind.size_bytes]
                    drawn[field.name] = chance.choice([bytes(kind.size_bytes), known_bytes])
                else:
                    drawn[field.name] = chance.choice([kind.low, 1, 5, kind.high])
            host.ask(command.name, **drawn)
            host.ask("stage", **STAGE)
            host.ask("cancel", programme_number=5)

    assert (library.entries, library.digest) == known
    assert {name: value for name, value in vars(limits).items() if name.isupper()} == bounds
    assert dict(host.bench.profile) == profile
    assert host.ask("hello")[1]["library"] == ketamine.DIGEST
