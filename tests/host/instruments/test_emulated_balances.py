"""The emulated balances, spoken to by hand: bytes as the makers' manuals document them."""

import pytest

from evenflow.instruments.emulated.mt_sics import EmulatedMtSics
from evenflow.instruments.emulated.pan import Pan, grams
from evenflow.instruments.emulated.sbi import EmulatedSbi

pytestmark = pytest.mark.requirement("FLO-01")

LOAD_UG = 17_500_040


def pan() -> Pan:
    return Pan(lambda: LOAD_UG)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"S", b"S S    17.5000 g"),
        (b"SI", b"S S    17.5000 g"),
        (b"T", b"T S    17.5000 g"),
        (b"Z", b"Z A"),
        (b"@", b'I4 A "0123456789"'),
        (b"I1", b'I1 A "01" "2.30" "2.20" "" ""'),
        (b"I2", b'I2 A "Emulated balance 220.0000 g"'),
        (b"I3", b'I3 A "1.10 0.0.0"'),
        (b"I4", b'I4 A "0123456789"'),
        (b"si", b"ES"),
        (b"SI ", b"ES"),
        (b"", b"ES"),
        (b"\xff", b"ES"),
    ],
)
def test_mt_sics_answers_as_its_manual_says(command: bytes, answer: bytes) -> None:
    assert EmulatedMtSics(pan()).heard(command + b"\r\n") == answer + b"\r\n"


@pytest.mark.parametrize(
    ("behaviour", "command", "answer"),
    [
        ("overload", b"SI", b"S +"),
        ("underload", b"SI", b"S -"),
        ("busy", b"SI", b"S I"),
        ("unstable", b"SI", b"S D    17.5004 g"),
        ("unstable", b"S", b"S I"),
        ("unstable", b"T", b"T I"),
        ("unstable", b"Z", b"Z I"),
        ("overload", b"T", b"T +"),
        ("underload", b"Z", b"Z -"),
        ("drift", b"S", b"S S    17.5003 g"),
        ("other_unit", b"SI", b"S S    17.5000 ct"),
    ],
)
def test_mt_sics_misbehaves_in_its_own_words(
    behaviour: str, command: bytes, answer: bytes
) -> None:
    balance = EmulatedMtSics(pan())
    balance.behaviour = behaviour

    assert balance.heard(command + b"\r\n") == answer + b"\r\n"


def test_a_list_of_mt_sics_commands_ends_with_a_and_goes_on_with_b() -> None:
    lines = EmulatedMtSics().heard(b"I0\r\n").split(b"\r\n")

    assert lines[0] == b'I0 B 0 "I0"'
    assert lines[-2:] == [b'I0 A 1 "T"', b""]


def test_a_command_that_has_not_ended_waits() -> None:
    balance = EmulatedMtSics(pan())

    assert balance.heard(b"S") == b""
    assert balance.heard(b"I\r\nI4\r\n") == b'S S    17.5000 g\r\nI4 A "0123456789"\r\n'


def test_taring_counts_what_lies_there_as_nothing() -> None:
    balance = EmulatedMtSics(pan())
    balance.heard(b"T\r\n")

    assert balance.heard(b"SI\r\n") == b"S S     0.0000 g\r\n"


def test_more_than_the_capacity_is_an_overload() -> None:
    assert EmulatedMtSics(Pan(lambda: 220_000_001)).heard(b"S\r\n") == b"S +\r\n"
    assert EmulatedMtSics(Pan(lambda: -22_000_001)).heard(b"S\r\n") == b"S -\r\n"


@pytest.mark.parametrize(
    ("has_header", "behaviour", "answer"),
    [
        (False, "", b"+  17.5000 g  "),
        (True, "", b"N     +  17.5000 g  "),
        (False, "unstable", b"+  17.5004    "),
        (True, "unstable", b"N     +  17.5004    "),
        (False, "overload", b"      H       "),
        (True, "overload", b"Stat      High      "),
        (False, "underload", b"      L       "),
        (True, "underload", b"Stat      Low       "),
        (False, "busy", b"      C       "),
        (True, "busy", b"Stat    Cal.Ext.    "),
        (True, "other_unit", b"N     +  17.5000 ct "),
    ],
)
def test_sbi_prints_lines_of_16_and_22_characters(
    *, has_header: bool, behaviour: str, answer: bytes
) -> None:
    balance = EmulatedSbi(pan(), has_header=has_header)
    balance.behaviour = behaviour

    printed = balance.heard(b"\x1bP\r\n")

    assert printed == answer + b"\r\n"
    assert len(printed) == (22 if has_header else 16)


def test_sbi_takes_commands_with_and_without_an_end_and_passes_over_others() -> None:
    balance = EmulatedSbi(pan())

    assert balance.heard(b"\x1b") == b""
    assert balance.heard(b"P") == b"N     +  17.5000 g  \r\n"
    assert balance.heard(b"what\x1bK\r\n\x1bx1_\r\n") == b"Model       EMULATED\r\n"
    assert balance.heard(b"\x1bx2_") == b"SerNo.    0047304196\r\n"
    assert balance.heard(b"\x1bT\r\n") == b""
    assert balance.heard(b"\x1bP\r\n") == b"N     +   0.0000 g  \r\n"


@pytest.mark.parametrize(
    ("mass_ug", "resolution_ug", "text"),
    [
        (1_234_560, 10, "1.23456"),
        (-1_200_000, 100_000, "-1.2"),
        (-500, 100, "-0.0005"),
        (3_000_000, 1_000_000, "3"),
        (0, 100, "0.0000"),
    ],
)
def test_grams_have_the_decimals_of_the_resolution(
    mass_ug: int, resolution_ug: int, text: str
) -> None:
    assert grams(mass_ug, resolution_ug) == text
