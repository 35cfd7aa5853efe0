"""Relay boards: the frames by hand, then the driver on an emulated board."""

from typing import TYPE_CHECKING, cast

import pytest
from host.instruments.bench import ANSWER_MS, VirtualClock, opened, refusal

from evenflow.errors import EvenflowError
from evenflow.instruments.emulated.relay_board import EmulatedRelayBoard
from evenflow.instruments.emulated.served import Over
from evenflow.instruments.relay_board import frame

if TYPE_CHECKING:
    from evenflow.instruments.instrument import Relays

pytestmark = pytest.mark.requirement("PWR-07")

TWO: dict[str, object] = {"channel_count": 2}


@pytest.mark.parametrize(
    ("channel", "closed", "sent"),
    [(1, True, "a00101a2"), (1, False, "a00100a1"), (2, True, "a00201a3"), (4, False, "a00400a4")],
)
def test_a_frame_is_as_the_makers_page_has_it(*, channel: int, closed: bool, sent: str) -> None:
    assert frame(channel, closed=closed).hex() == sent


def test_a_board_moves_on_sound_frames_alone_and_tells() -> None:
    moved: list[tuple[int, bool]] = []
    board = EmulatedRelayBoard(2, lambda channel, is_closed: moved.append((channel, is_closed)))

    assert board.heard(bytes.fromhex("a00201a3")) == b""
    assert board.heard(b"\xff") == b"CH1: OFF\r\nCH2: ON\r\n"
    assert board.heard(bytes.fromhex("a00101a3 a00301a4 a0")) == b""
    assert board.heard(bytes.fromhex("0201a3 55 ff")) == b"CH1: OFF\r\nCH2: ON\r\n"
    assert moved == [(2, True)]


@pytest.mark.parametrize("over", ["pty", "socket"])
async def test_contacts_move_and_go_back(over: Over) -> None:
    moved: list[tuple[int, bool]] = []
    board = EmulatedRelayBoard(2, lambda channel, is_closed: moved.append((channel, is_closed)))
    board.heard(frame(2, closed=True))
    moved.clear()
    async with opened("usb-relay", board, over, **TWO) as driver:
        relays = cast("Relays", driver)
        await relays.set(1, closed=True)
        await relays.set(2, closed=False)
        during = list(board.is_closed)
        await driver.close()

    assert during == [True, False]
    assert board.is_closed == [False, True]
    assert relays.channel_count == 2


async def test_a_board_that_tells_nothing_is_used_where_the_rig_file_says_so() -> None:
    board = EmulatedRelayBoard(1)
    board.behaviour = "mute"
    clock = VirtualClock()
    async with opened("usb-relay", board, clock=clock, channel_count=1, confirm="none") as driver:
        await cast("Relays", driver).set(1, closed=True)
        # Nothing confirms it: give the frame its way through the terminal.
        while not board.is_closed[0]:
            await clock.sleep(0.0)
        identity = await driver.identity()

    assert (identity.maker, identity.model) == ("", "")


async def test_a_welded_contact_does_not_keep_the_others_from_going_back() -> None:
    board = EmulatedRelayBoard(3)
    async with opened("usb-relay", board, channel_count=3) as driver:
        for channel in (1, 2, 3):
            await cast("Relays", driver).set(channel, closed=True)
        board.welded = {1, 2}
        error = await refusal(driver.close())

    assert board.is_closed == [True, True, False]
    assert (error.code, "contact 1" in error.reason) == ("instrument_refused", True)


async def test_a_line_that_went_away_is_still_shut() -> None:
    board = EmulatedRelayBoard(3)
    async with opened("usb-relay", board, channel_count=3) as driver:
        for channel in (1, 2, 3):
            await cast("Relays", driver).set(channel, closed=True)
        board.behaviour = "unplugged"
        error = await refusal(driver.close())
        await driver.close()

    assert error.code == "instrument_lost"


@pytest.mark.parametrize("channel", [0, 3, -1])
async def test_a_contact_that_the_board_lacks(channel: int) -> None:
    async with opened("usb-relay", EmulatedRelayBoard(2), **TWO) as driver:
        error = await refusal(cast("Relays", driver).set(channel, closed=True))

    assert error.code == "instrument_limit"


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("stuck", "instrument_refused"),
        ("mute", "instrument_silent"),
        ("silent", "instrument_silent"),
        ("half", "instrument_silent"),
        ("garbage", "instrument_answer"),
        ("echo", "instrument_answer"),
        ("late", "instrument_silent"),
        ("unplugged", "instrument_lost"),
    ],
)
async def test_a_hostile_board_never_confirms(behaviour: str, code: str) -> None:
    board = EmulatedRelayBoard(2)
    async with opened("usb-relay", board, answer_ms=ANSWER_MS, **TWO) as driver:
        relays = cast("Relays", driver)
        board.behaviour = behaviour
        error = await refusal(relays.set(1, closed=True))
        if behaviour != "unplugged":
            board.behaviour = ""
            await relays.set(2, closed=True)
        else:
            relays._moved.clear()  # type: ignore[attr-defined]

    assert error.code == code


@pytest.mark.parametrize("channel_count", [1, 3])
async def test_a_board_with_other_contacts_than_the_rig_file_says(channel_count: int) -> None:
    with pytest.raises(EvenflowError) as error:
        async with opened(
            "usb-relay", EmulatedRelayBoard(2), answer_ms=ANSWER_MS, channel_count=channel_count
        ):
            pass

    assert error.value.code in ("instrument_silent", "instrument_answer")
