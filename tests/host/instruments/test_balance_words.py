"""Each answer that the manuals list, to the drivers: exact micrograms, or the right error."""

from typing import TYPE_CHECKING, cast

import pytest
from host.instruments.bench import opened, refusal

from evenflow.errors import EvenflowError

if TYPE_CHECKING:
    from evenflow.instruments.instrument import Balance

pytestmark = pytest.mark.requirement("FLO-01")


class Scripted:
    """Answers each command with a line of a table, or not, and the asked weight with another."""

    behaviour = ""

    def __init__(self, weight: bytes, answers: dict[bytes, bytes | None], ask: bytes) -> None:
        """`weight` is what `ask` brings, and may be changed."""
        self.weight = weight
        self._answers = answers
        self._ask = ask
        self._rest = b""

    def heard(self, received: bytes) -> bytes:
        # One that brings no answer may come in one piece with the next.
        *commands, self._rest = (self._rest + received).split(b"\r\n")
        said = [self.weight if one == self._ask else self._answers[one] for one in commands]
        return b"".join(one + b"\r\n" for one in said if one is not None)


def mt_sics(weight: bytes) -> Scripted:
    return Scripted(weight, {b"@": b'I4 A "7"', b"T": b"T L", b"I2": b"I2 L"}, b"SI")


def sbi(weight: bytes) -> Scripted:
    answers: dict[bytes, bytes | None] = {
        b"\x1bx2_": b"SerNo.    0047304196",
        b"\x1bx1_": b"nothing known",
    }
    return Scripted(weight, answers, b"\x1bP")


@pytest.mark.parametrize(
    ("answer", "mass_ug", "resolution_ug", "is_stable"),
    [
        (b"S S   100.0000 g", 100_000_000, 100, True),
        (b"S D    -0.0001 g", -100, 100, False),
        (b"S M    0.00001 g", 10, 10, True),
        (b"S N       12.3 mg", 12_300, 100, False),
        (b"S S     1.2345 kg", 1_234_500_000, 100_000, True),
        (b"S S        230 g", 230_000_000, 1_000_000, True),
        (b"S S 1.5 g", 1_500_000, 100_000, True),
    ],
)
async def test_mt_sics_weights_are_exact(
    *, answer: bytes, mass_ug: int, resolution_ug: int, is_stable: bool
) -> None:
    async with opened("mt-sics", mt_sics(answer)) as driver:
        balance = cast("Balance", driver)
        weight = await balance.read()

    assert (weight.mass_ug, weight.is_stable) == (mass_ug, is_stable)
    assert balance.resolution_ug == resolution_ug


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"S I", "instrument_unstable"),
        (b"S +", "instrument_overload"),
        (b"S -", "instrument_underload"),
        (b"S L", "instrument_refused"),
        (b"ES", "instrument_refused"),
        (b"ET", "instrument_refused"),
        (b"EL", "instrument_refused"),
        (b"S S  Error 10b", "instrument_refused"),
        (b"S S   100.0000 lb", "instrument_unit"),
        (b"S S   100.0000 oz", "instrument_unit"),
        (b"S S     0.0001 mg", "instrument_unit"),
        (b"S S   100.0000", "instrument_answer"),
        (b"S S   10.0.000 g", "instrument_answer"),
        (b"S S          . g", "instrument_answer"),
        (b"S S        1e3 g", "instrument_answer"),
        (b"S S        nan g", "instrument_answer"),
        (b"S S", "instrument_answer"),
        (b"S", "instrument_answer"),
        (b"S X   100.0000 g", "instrument_answer"),
        (b"T S   100.0000 g", "instrument_answer"),
        (b"Z A", "instrument_answer"),
        (b"SI", "instrument_answer"),
        (b"", "instrument_answer"),
        # A byte lost on the line: one digit fewer, and the field is short.
        (b"S S   10.0000 g", "instrument_answer"),
        (b"S S  100.0000 g", "instrument_answer"),
    ],
)
async def test_mt_sics_answers_that_are_no_weight(answer: bytes, code: str) -> None:
    emulated = mt_sics(b"S S   100.0000 g")
    async with opened("mt-sics", emulated) as driver:
        emulated.weight = answer
        error = await refusal(cast("Balance", driver).read())

    assert error.code == code


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (b"S S   100.0000 g", b"S S   10.00000 g"),
        (b"S S   100.0000 g", b"S D    100.000 g"),
        (b"S S   100.0000 g", b"S S     0.1000 kg"),
        (b"S S 100.0000 g", b"S S 100.000 g"),
        (b"S S 100.0000 g", b"S S 1000000 g"),
        (b"S D 100.0000 g", b"S S 100.00000 g"),
    ],
)
async def test_mt_sics_that_changes_its_steps_is_refused(first: bytes, later: bytes) -> None:
    emulated = mt_sics(first)
    async with opened("mt-sics", emulated) as driver:
        balance = cast("Balance", driver)
        emulated.weight = later
        errors = [await refusal(balance.read()), await refusal(balance.read())]
        emulated.weight = first
        weight = await balance.read()

    assert [error.code for error in errors] == ["instrument_answer"] * 2
    assert weight.mass_ug == 100_000_000
    assert balance.resolution_ug == 100


async def test_mt_sics_in_another_unit_of_the_same_steps_is_read() -> None:
    emulated = mt_sics(b"S S   100.0000 g")
    async with opened("mt-sics", emulated) as driver:
        emulated.weight = b"S S   100000.0 mg"
        weight = await cast("Balance", driver).read()

    assert weight.mass_ug == 100_000_000


@pytest.mark.parametrize("answer", [b"L", b"I", b"A no quotes", b'A "cut'])
async def test_mt_sics_that_does_not_say_who_it_is(answer: bytes) -> None:
    emulated = mt_sics(b"S S   100.0000 g")
    emulated._answers[b"I2"] = b"I2 " + answer
    async with opened("mt-sics", emulated) as driver:
        error = await refusal(driver.identity())

    assert error.code in ("instrument_refused", "instrument_unstable", "instrument_answer")


async def test_mt_sics_that_refuses_to_tare() -> None:
    async with opened("mt-sics", mt_sics(b"S S   100.0000 g")) as driver:
        error = await refusal(cast("Balance", driver).tare())

    assert error.code == "instrument_refused"


async def test_what_streams_before_the_reset_is_dropped() -> None:
    emulated = mt_sics(b"S S   100.0000 g")
    emulated._answers[b"@"] = b'S D     9.9999 g\r\nS D     9.9998 g\r\nI4 A "7"'
    async with opened("mt-sics", emulated) as driver:
        weight = await cast("Balance", driver).read()

    assert weight.mass_ug == 100_000_000


async def test_a_stream_without_end_is_no_balance() -> None:
    emulated = mt_sics(b"S S   100.0000 g")
    emulated._answers[b"@"] = b"\r\n".join([b"S D     9.9999 g"] * 80)

    with pytest.raises(EvenflowError) as error:
        async with opened("mt-sics", emulated):
            pass

    assert error.value.code == "instrument_answer"


@pytest.mark.parametrize(
    ("line", "mass_ug", "resolution_ug"),
    [
        (b"+ 123.4567 g  ", 123_456_700, 100),
        (b"-   0.0001 g  ", -100, 100),
        (b"    0.0000 g  ", 0, 100),
        (b"+1234567.8 g  ", 1_234_567_800_000, 100_000),
        (b"N     +  12.3456 g  ", 12_345_600, 100),
        (b"G     -  12.345  g  ", -12_345_000, 1000),
        (b"      +  12.3456 g  ", 12_345_600, 100),
        (b"N     + 123.5[6] g  ", 123_560_000, 10_000),
    ],
)
async def test_sbi_weights_are_exact(line: bytes, mass_ug: int, resolution_ug: int) -> None:
    async with opened("sartorius-sbi", sbi(line)) as driver:
        balance = cast("Balance", driver)
        weight = await balance.read()

    assert (weight.mass_ug, weight.is_stable) == (mass_ug, True)
    assert balance.resolution_ug == resolution_ug


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"      H       ", "instrument_overload"),
        (b"      HH      ", "instrument_overload"),
        (b"      L       ", "instrument_underload"),
        (b"      LL      ", "instrument_underload"),
        (b"      C       ", "instrument_refused"),
        (b"   Err  54    ", "instrument_refused"),
        (b"   Err 101    ", "instrument_refused"),
        (b"      --      ", "instrument_answer"),
        (b"              ", "instrument_answer"),
        (b"Stat      High      ", "instrument_overload"),
        (b"Stat  Low           ", "instrument_underload"),
        (b"Stat      Cal. Ext. ", "instrument_refused"),
        (b"Stat     ERR 054    ", "instrument_refused"),
        (b"Stat     APP.ERR    ", "instrument_refused"),
        (b"Stat     DIS.ERR    ", "instrument_refused"),
        (b"Stat     PRT.ERR    ", "instrument_refused"),
        (b"Stat  +  12.3456 g  ", "instrument_answer"),
        (b"Qnt   +      235 pcs", "instrument_answer"),
        (b"+      235 pcs", "instrument_unit"),
        (b"+  12.3456 ct ", "instrument_unit"),
        (b"+ 12345.67 mg ", "instrument_unit"),
        # A byte lost on the line.
        (b"+ 23.4567 g  ", "instrument_answer"),
        (b"+ 123.4567 g ", "instrument_answer"),
        (b"N     + 2.3456 g  ", "instrument_answer"),
        (b"+ 12..4567 g  ", "instrument_answer"),
        (b"+      1e3 g  ", "instrument_answer"),
        (b"", "instrument_answer"),
    ],
)
async def test_sbi_lines_that_are_no_weight(line: bytes, code: str) -> None:
    emulated = sbi(b"+  17.5000 g  ")
    async with opened("sartorius-sbi", emulated) as driver:
        emulated.weight = line
        error = await refusal(cast("Balance", driver).read())

    assert error.code == code


@pytest.mark.parametrize(
    "later", [b"+ 100000.00   ", b"+   0.10000   ", b"+  100.000 g  ", b"+ 100.00000   "]
)
async def test_sbi_that_changes_its_steps_is_refused(later: bytes) -> None:
    """A unit key was pressed, or a digit lost: an unstable line does not name its unit."""
    emulated = sbi(b"+ 100.0000 g  ")
    async with opened("sartorius-sbi", emulated) as driver:
        balance = cast("Balance", driver)
        emulated.weight = later
        error = await refusal(balance.read())
        emulated.weight = b"+ 100.0000    "
        weight = await balance.read()

    assert error.code == "instrument_answer"
    assert (weight.mass_ug, weight.is_stable) == (100_000_000, False)
    assert balance.resolution_ug == 100


async def test_sbi_takes_its_steps_from_the_first_stable_line() -> None:
    lines = [b"+  100.000    ", b"+  100.000    "]
    emulated = sbi(b"+ 100.0000 g  ")
    emulated.heard = lambda received: (  # type: ignore[method-assign]
        lines.pop() + b"\r\n"
        if lines and received == b"\x1bP\r\n"
        else Scripted.heard(emulated, received)
    )
    async with opened("sartorius-sbi", emulated) as driver:
        resolution_ug = cast("Balance", driver).resolution_ug

    assert (lines, resolution_ug) == ([], 100)


async def test_sbi_in_milligrams_is_read_where_the_rig_file_says_so() -> None:
    async with opened("sartorius-sbi", sbi(b"+  1234.56 mg "), unit="mg") as driver:
        weight = await cast("Balance", driver).read()

    assert weight.mass_ug == 1_234_560


async def test_sbi_that_has_never_told_its_unit_is_not_opened() -> None:
    with pytest.raises(EvenflowError) as error:
        async with opened("sartorius-sbi", sbi(b"+  12.3456    ")):
            pass

    assert error.value.code == "instrument_unstable"


async def test_sbi_that_does_not_say_its_model() -> None:
    async with opened("sartorius-sbi", sbi(b"+  17.5000 g  ")) as driver:
        error = await refusal(driver.identity())

    assert error.code == "instrument_answer"


async def test_sbi_that_passes_over_the_tare_command_is_found_out() -> None:
    emulated = sbi(b"+  17.5000 g  ")
    emulated._answers[b"\x1bT"] = None
    async with opened("sartorius-sbi", emulated) as driver:
        error = await refusal(cast("Balance", driver).tare())

    assert error.code == "instrument_refused"
