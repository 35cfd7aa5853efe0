"""Captures by sigrok-cli, on a stand-in that writes what the real program writes."""

from pathlib import Path

import pytest
from host.instruments.bench import VirtualClock, refusal

from evenflow.instruments.catalogue import check, open_instrument
from evenflow.instruments.emulated import sigrok_program
from evenflow.instruments.instrument import Edge, Identity, InstrumentError
from evenflow.instruments.sigrok import Sigrok
from evenflow.instruments.vcd import Dump

pytestmark = pytest.mark.requirement("DES-10")

CHANNELS = {"step": "D0", "enable": "D2"}
CHANGES = [(0, "D0", False), (0, "D2", True), (7, "D0", True), (9, "D0", False), (20, "D2", False)]
END = 40


async def opened(program: Path, sample_rate_hz: int = 1_000_000) -> Sigrok:
    capture = await open_instrument(
        "sigrok",
        "fx2lafw",
        VirtualClock(),
        channels=CHANNELS,
        program=str(program),
        sample_rate_hz=sample_rate_hz,
    )
    assert isinstance(capture, Sigrok)
    return capture


@pytest.mark.parametrize(
    ("sample_rate_hz", "sample_ns"), [(1_000_000, 1000), (200_000, 5000), (8_000_000, 125)]
)
async def test_edges_have_their_moments_to_a_sample(
    tmp_path: Path, sample_rate_hz: int, sample_ns: int
) -> None:
    analyser = await opened(sigrok_program.made(tmp_path, CHANGES, END), sample_rate_hz)
    await analyser.begin()
    capture = await analyser.finish()
    await analyser.close()

    zero_ns = 1000 * 1_000_000_000
    assert capture.began_at_ns == zero_ns
    assert capture.ended_at_ns == zero_ns + END * sample_ns
    assert capture.resolution_ns == sample_ns
    assert capture.levels == {"step": False, "enable": True}
    assert capture.edges == {
        "step": [
            Edge(zero_ns + 7 * sample_ns, is_high=True),
            Edge(zero_ns + 9 * sample_ns, is_high=False),
        ],
        "enable": [Edge(zero_ns + 20 * sample_ns, is_high=False)],
    }
    assert capture.rising_ns("step") == [zero_ns + 7 * sample_ns]
    assert capture.lost_count == 0


async def test_who_it_is_and_a_second_capture_starts_anew(tmp_path: Path) -> None:
    analyser = await opened(sigrok_program.made(tmp_path, CHANGES, END))
    identity = await analyser.identity()
    await analyser.begin()
    await analyser.begin()
    first = await analyser.finish()
    await analyser.begin()
    second = await analyser.finish()

    assert identity == Identity(
        "", "fx2lafw - Stand-in with 8 channels: D0 D1", "", "sigrok-cli 0.7.2"
    )
    assert first.edges == second.edges


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("overrun", "instrument_lost"),
        ("cut", "instrument_lost"),
        ("backwards", "instrument_answer"),
    ],
)
async def test_a_capture_with_a_gap_is_no_capture(
    tmp_path: Path, behaviour: str, code: str
) -> None:
    analyser = await opened(sigrok_program.made(tmp_path, CHANGES, END, behaviour))
    await analyser.begin()
    if behaviour == "overrun" and analyser._reader is not None:
        await analyser._reader
    error = await refusal(analyser.finish())

    assert error.code == code
    if behaviour == "overrun":
        assert "Device stopped" in error.reason


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [("garbage", "instrument_answer"), ("silent", "instrument_silent")],
)
async def test_a_capture_that_does_not_begin(tmp_path: Path, behaviour: str, code: str) -> None:
    analyser = await opened(sigrok_program.made(tmp_path, CHANGES, END, behaviour))
    if behaviour == "silent":
        analyser._start_s = 0.2
    error = await refusal(analyser.begin())
    after = await refusal(analyser.finish())

    assert error.code == code
    assert after.code == "instrument_lost"


async def test_no_analyser_and_no_program_are_told_apart(tmp_path: Path) -> None:
    absent = sigrok_program.made(tmp_path, CHANGES, END, "absent")
    no_analyser = await refusal(opened(absent))
    no_program = await refusal(opened(tmp_path / "nothing"))

    assert (no_analyser.code, no_program.code) == ("instrument_missing", "instrument_missing")
    assert "no such analyser" in no_analyser.reason
    assert "apt install sigrok-cli" in no_program.hint


@pytest.mark.parametrize(
    ("channels", "count"),
    [
        ({"step": "D0", "dir": "D1"}, 0),
        ({}, 1),
        ({"step": "D0", "dir": "D0"}, 1),
        ({"step": "D0=x,D1"}, 1),
        ({"st,ep": "D0"}, 1),
        ({"step": 0}, 1),
        ("D0", 1),
    ],
)
def test_channels_are_a_table_of_names(channels: object, count: int) -> None:
    table = {"kind": "sigrok", "address": "fx2lafw", "channels": channels}

    assert len(check("capture", table)) == count


HEAD = ("$timescale 1 us $end", "$var wire 1 ! step $end", "$enddefinitions $end", "#0 0!")


@pytest.mark.parametrize(
    "lines",
    [
        ("$enddefinitions $end",),
        ("$var wire 1 ! step $end", "$enddefinitions $end"),
        (*HEAD, "#5 2!"),
        (*HEAD, "#5 1?"),
        (*HEAD, "#5 1! 0"),
        (*HEAD, "#0 1!"),
        (*HEAD, "#x 1!"),
        (*HEAD, "#9", "#10 1!"),
        (*HEAD, "#9", "#10"),
        (*HEAD, "1!"),
        ("step",),
        ("$comment", "anything", "$end", "anything"),
    ],
)
def test_a_line_that_is_none_of_a_dump_is_refused(lines: tuple[str, ...]) -> None:
    dump = Dump("capture")

    *before, last = lines
    for line in before:
        dump.take(line)

    with pytest.raises(InstrumentError) as error:
        dump.take(last)

    assert error.value.code == "instrument_answer"


def test_a_dump_of_the_real_program_is_read() -> None:
    """As libsigrok 0.5.2 wrote it, from its demo driver at 12 MHz."""
    dump = Dump("capture")
    for line in (
        "$date Mon Nov 23 20:10:13 2026 $end",
        "$version libsigrok 0.5.2 $end",
        "$comment",
        "  Acquisition with 1/8 channels at 12 MHz",
        "$end",
        "$timescale 100 ps $end",
        "$scope module libsigrok $end",
        "$var wire 1 ! step $end",
        "$upscope $end",
        "$enddefinitions $end",
        "#0 1!",
        "#833 0!",
        "#3333 1!",
        "#6667 0!",
        "#10000",
        "",
    ):
        dump.take(line)

    assert dump.end_ns == 1000
    assert [(edge.at_ns, edge.is_high) for edge in dump.edges["step"]] == [
        (83, False),
        (333, True),
        (666, False),
    ]
