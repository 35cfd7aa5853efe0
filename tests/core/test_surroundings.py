"""Each condition around the plunger at its bound, and only in the states where it is judged."""

import pytest
from core import pico
from core.pump_bench import bench_order

from evenflow.emulator.plant.barrel import outer_mm, raw_barrel
from evenflow.emulator.plant.contact import CLOSED, CUT, OPEN, ExternalContact
from evenflow.emulator.plant.temperature import raw_temperature
from pumpcore import alarms, panel, syringe
from pumpcore.interlock import INFUSE, KEPT_OPEN, NO_JOB, STATES
from pumpcore.library import Library
from pumpcore.motion import Motion
from pumpcore.programme import derive
from pumpcore.surroundings import Surroundings
from pumpcore.tick_io import Inputs

BITS = 12
TICK_MS = 20
WALL_MM = 1.2
FULL_MM = 40.0
BORE_MM = 26.7
SOUND = panel.PLUNGER_SEATED | panel.BARREL_CLOSED | panel.MAINS_PRESENT | panel.EXPANDER_ALIVE
WITH_PROGRAMME = ("staged", "confirmed", "infusing", "paused", "held", "kvo")
WITH_PATIENT = ("confirmed", "infusing", "paused", "held", "kvo")


class Scene:
    """A 50 mL programme with everything in order; a test spoils one thing."""

    def __init__(self, state: str = "infusing", **changes: object) -> None:
        """Adopt, infusing if the state says so."""
        profile = pico.profile(**changes)
        self.motion = Motion(profile)
        self.surroundings = Surroundings(profile, self.motion)
        programme = derive(bench_order(1_200_000), profile, Library())
        self.surroundings.adopt(programme)
        self.fl = programme.femtolitres_per_microstep
        self.state = state
        self.switches = SOUND
        self.inputs = Inputs()
        self.inputs.raw_barrel = raw_barrel(BORE_MM + 2 * WALL_MM, FULL_MM, BITS)
        self.inputs.raw_contact = ExternalContact().raw(BITS)
        self.inputs.raw_temperature = raw_temperature(25, BITS)
        self.inputs.raw_battery = 27_660
        job = {"infusing": INFUSE, "kvo": KEPT_OPEN}.get(state, NO_JOB)
        if job:
            self.motion.begin(job, 1_200_000, self.fl, 100_000)

    def tick(self, ticks: int = 1) -> tuple[int, int]:
        """Both words after so many ticks."""
        for _ in range(ticks):
            self.surroundings.evaluate(
                self.inputs, STATES.index(self.state), self.switches, TICK_MS
            )
        return self.surroundings.lower, self.surroundings.upper

    def ticks_until(self, bit: int, most: int = 100, *, upper: bool = False) -> int:
        """How many ticks until a bit is there; 0 if it does not come."""
        for tick in range(1, most + 1):
            if self.tick()[upper] & bit:
                return tick
        return 0


def contact(state: str) -> int:
    line = ExternalContact()
    line.state = state
    return line.raw(BITS)


@pytest.mark.requirement("OCC-10")
@pytest.mark.parametrize("state", STATES)
def test_nothing_wrong_is_no_alarm(state: str) -> None:
    assert Scene(state).tick(100) == (0, 0)


# ---- the syringe's size -------------------------------------------------------------------------


@pytest.mark.requirement("SYR-03")
@pytest.mark.parametrize(("off_mm", "differs"), [(0.97, False), (1.03, True)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_barrel_that_differs_by_more_than_a_millimetre_is_another(
    off_mm: float, sign: int, *, differs: bool
) -> None:
    scene = Scene()
    scene.inputs.raw_barrel = raw_barrel(BORE_MM + 2 * WALL_MM + sign * off_mm, FULL_MM, BITS)

    # Half a second, in which a clamp may be shut, and the tick that finds it over.
    assert scene.ticks_until(alarms.SYRINGE_MISMATCH) == (26 if differs else 0)


@pytest.mark.requirement("SYR-03")
def test_every_two_syringes_more_than_a_millimetre_apart_are_told_apart() -> None:
    for ordered in syringe.SYRINGES:
        for fitted in syringe.SYRINGES:
            scene = Scene()
            programme = derive(bench_order(), pico.profile(), Library())
            programme.nominal_bore_um = ordered.bore_um
            scene.surroundings.adopt(programme)
            diameter_mm = outer_mm(fitted.bore_um, WALL_MM)
            scene.inputs.raw_barrel = raw_barrel(diameter_mm, FULL_MM, BITS)
            apart_um = abs(fitted.bore_um - ordered.bore_um)
            if abs(apart_um - 1_000) > 20:
                found = scene.ticks_until(alarms.SYRINGE_MISMATCH)
                assert bool(found) == (apart_um > 1_000), (ordered.model, fitted.model)


@pytest.mark.requirement("SYR-03")
@pytest.mark.parametrize("state", STATES)
def test_the_size_is_judged_as_long_as_there_is_a_programme(state: str) -> None:
    scene = Scene(state)
    scene.inputs.raw_barrel = 0

    assert bool(scene.ticks_until(alarms.SYRINGE_MISMATCH)) == (state in WITH_PROGRAMME)


@pytest.mark.requirement("SYR-03", "OCC-10")
def test_an_open_clamp_has_no_diameter_and_begins_the_half_second_anew() -> None:
    scene = Scene("staged")
    scene.inputs.raw_barrel = 0xFFFF
    scene.switches &= ~panel.BARREL_CLOSED
    assert scene.ticks_until(alarms.SYRINGE_MISMATCH) == 0
    scene.switches |= panel.BARREL_CLOSED
    assert scene.tick(25)[0] == 0
    scene.switches &= ~panel.BARREL_CLOSED
    scene.tick()
    scene.switches |= panel.BARREL_CLOSED

    assert scene.ticks_until(alarms.SYRINGE_MISMATCH) == 26


# ---- temperature --------------------------------------------------------------------------------


@pytest.mark.requirement("TST-16")
def test_above_55_degrees_it_is_hot_until_it_is_below_52() -> None:
    scene = Scene()
    for celsius, is_hot in (
        (54.5, False),
        (55.5, True),
        (54, True),
        (52.6, True),
        (51.4, False),
        (54.5, False),
        (90, True),
    ):
        scene.inputs.raw_temperature = raw_temperature(celsius, BITS)
        assert bool(scene.tick()[0] & alarms.TEMPERATURE_HIGH) == is_hot, celsius


@pytest.mark.requirement("TST-16")
@pytest.mark.parametrize("state", STATES)
def test_it_is_judged_as_long_as_there_is_a_programme(state: str) -> None:
    scene = Scene(state)
    scene.inputs.raw_temperature = raw_temperature(70, BITS)

    assert scene.tick()[0] == (alarms.TEMPERATURE_HIGH if state in WITH_PROGRAMME else 0)


@pytest.mark.requirement("TST-16", "OCC-10")
def test_a_temperature_that_was_not_read_yet_is_none() -> None:
    scene = Scene()
    scene.inputs.raw_temperature = 0

    assert scene.tick(10) == (0, 0)


# ---- the contact --------------------------------------------------------------------------------


@pytest.mark.requirement("KET-12")
@pytest.mark.parametrize(
    ("raw", "is_open"),
    [
        (contact(CLOSED), False),
        (contact(OPEN), True),
        (contact(CUT), True),
        (0, True),
        (5_000, True),
        (5_001, False),
        (23_699, False),
        (23_700, True),
    ],
)
def test_whatever_is_not_closed_is_open_after_60_ms(raw: int, *, is_open: bool) -> None:
    scene = Scene()
    scene.inputs.raw_contact = raw

    assert scene.ticks_until(alarms.CONTACT_OPEN) == (3 if is_open else 0)


@pytest.mark.requirement("KET-12", "OCC-10")
def test_a_contact_that_bounces_is_not_open() -> None:
    scene = Scene()
    for tick in range(300):
        scene.inputs.raw_contact = contact(CLOSED if tick % 3 == 2 else OPEN)
        assert scene.tick() == (0, 0)


@pytest.mark.requirement("KET-12")
@pytest.mark.parametrize("state", STATES)
def test_it_is_judged_from_the_confirmation_on(state: str) -> None:
    scene = Scene(state)
    scene.inputs.raw_contact = contact(OPEN)

    assert bool(scene.ticks_until(alarms.CONTACT_OPEN)) == (state in WITH_PATIENT)


@pytest.mark.requirement("KET-12")
def test_a_board_without_a_contact_has_none_to_open() -> None:
    scene = Scene(contact__is_fitted=False)
    scene.inputs.raw_contact = contact(CUT)

    assert scene.tick(100) == (0, 0)


# ---- air ----------------------------------------------------------------------------------------


def deliver(scene: Scene, ul: float) -> int:
    """Move that much past the detector; the lower word, tick by tick, in one."""
    bits = 0
    for _ in range(10):
        scene.motion.delivered_steps += int(ul * 10**8 / scene.fl)
        bits |= scene.tick()[0]
    return bits


@pytest.mark.requirement("SYR-09")
def test_air_is_counted_while_it_infuses_and_told_once() -> None:
    scene = Scene()
    scene.switches |= panel.AIR_SEEN
    assert deliver(scene, 195) == 0
    assert deliver(scene, 10) == alarms.AIR_IN_LINE
    assert deliver(scene, 100) == 0


@pytest.mark.requirement("SYR-09", "SYR-10")
@pytest.mark.parametrize("state", ["staged", "confirmed", "paused", "held", "complete"])
def test_air_in_a_purge_or_in_a_back_off_is_none(state: str) -> None:
    scene = Scene(state)
    scene.switches |= panel.AIR_SEEN

    assert deliver(scene, 1_000) == 0


@pytest.mark.requirement("SYR-10")
def test_without_a_detector_no_air_is_seen() -> None:
    scene = Scene(air__is_fitted=False)
    scene.switches |= panel.AIR_SEEN

    assert deliver(scene, 1_000) == 0


# ---- expander, driver, sounder ------------------------------------------------------------------


@pytest.mark.requirement("OVR-10")
def test_an_expander_that_is_mute_for_half_a_second_is_lost() -> None:
    """Air, driver and sounder are not watched without it."""
    scene = Scene()
    scene.switches &= ~panel.EXPANDER_ALIVE
    assert scene.tick(25) == (0, 0)
    assert scene.tick() == (0, alarms.EXPANDER_LOST_UPPER)
    scene.switches |= panel.EXPANDER_ALIVE
    assert scene.tick() == (0, 0)
    scene.switches &= ~panel.EXPANDER_ALIVE
    assert scene.tick(25) == (0, 0)


@pytest.mark.requirement("OVR-10")
@pytest.mark.parametrize("state", STATES)
def test_expander_and_driver_are_judged_as_long_as_there_is_a_programme(state: str) -> None:
    scene = Scene(state)
    scene.switches |= panel.DRIVER_FAULT
    is_judged = state in WITH_PROGRAMME
    assert scene.tick()[0] == (alarms.MOTOR_FAULT if is_judged else 0)
    scene.switches &= ~panel.EXPANDER_ALIVE & ~panel.DRIVER_FAULT
    found = scene.ticks_until(alarms.EXPANDER_LOST_UPPER, upper=True)

    assert bool(found) == is_judged


@pytest.mark.requirement("ALM-15")
def test_a_silent_sounder_is_told_in_every_state() -> None:
    for state in STATES:
        scene = Scene(state)
        for _ in range(19):
            assert scene.tick() == (0, 0)
            scene.surroundings.hear(scene.switches, TICK_MS, is_on=True)
        assert scene.tick() == (0, alarms.SOUNDER_FAULT_UPPER)
        scene.switches |= panel.SOUNDER_HEARD
        for _ in range(10):
            scene.surroundings.hear(scene.switches, TICK_MS, is_on=True)
        assert scene.tick() == (0, 0)


@pytest.mark.requirement("ALM-15")
def test_without_the_expander_nobody_listens() -> None:
    scene = Scene("idle")
    scene.switches &= ~panel.EXPANDER_ALIVE
    for _ in range(100):
        scene.surroundings.hear(scene.switches, TICK_MS, is_on=True)

    assert scene.tick() == (0, 0)


# ---- power --------------------------------------------------------------------------------------


@pytest.mark.requirement("PWR-01")
@pytest.mark.parametrize("state", STATES)
def test_mains_that_is_lost_is_told_with_a_programme_and_until_it_was_given(state: str) -> None:
    scene = Scene(state)
    scene.switches &= ~panel.MAINS_PRESENT
    is_told = STATES.index(state) >= STATES.index("staged")

    assert scene.tick() == (0, alarms.MAINS_LOST_UPPER if is_told else 0)


@pytest.mark.requirement("PWR-01", "PWR-02", "PWR-06")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("mv", "bits"),
    [
        (3_700, 0),
        (3_400, alarms.BATTERY_LOW_UPPER),
        (3_100, alarms.BATTERY_LOW_UPPER | alarms.BATTERY_DEPLETED_UPPER),
        (
            2_000,
            alarms.BATTERY_LOW_UPPER | alarms.BATTERY_DEPLETED_UPPER | alarms.BATTERY_BAD_UPPER,
        ),
    ],
)
def test_what_the_battery_is_short_of_is_told_in_every_state(
    state: str, mv: int, bits: int
) -> None:
    scene = Scene(state)
    scene.switches &= ~panel.MAINS_PRESENT
    scene.inputs.raw_battery = -(-mv * 65_535 // 9_900)
    scene.tick(499)
    assert scene.surroundings.upper & ~alarms.MAINS_LOST_UPPER == 0
    scene.tick()

    assert scene.surroundings.upper & ~alarms.MAINS_LOST_UPPER == bits


# ---- the journal --------------------------------------------------------------------------------


@pytest.mark.requirement("LOG-04")
@pytest.mark.parametrize("state", STATES)
def test_a_journal_that_cannot_be_written_is_told_in_every_state(state: str) -> None:
    scene = Scene(state)
    scene.surroundings.has_journal_failed = True
    assert scene.tick() == (0, alarms.JOURNAL_FAULT_UPPER)
    scene.surroundings.has_journal_failed = False

    assert scene.tick() == (0, 0)
