"""A trace of what happens to a pump on the bench, as numbers: made up anywhere, played anywhere.

Runs on MicroPython too, where it continues the text of pump_bench. A step is a tuple of a verb's
number in VERBS, a choice and a span.
"""

from core.pump_bench import PumpBench, bench_order

from pumpcore import panel
from pumpcore.library import Library
from pumpcore.programme import derive

VERBS = ("press", "hold", "spoil", "mend", "wait", "say", "prepare", "resume")
KEYS = (4, 8, 16, 32, 64, 128, 12, 20)
SAID = ("stage", "confirm", "cancel", "stop", "acknowledge", "audio_pause")
# Attribute of the bench, as it should be, as it should not be.
SPOILT = (
    ("is_seated", True, False),
    ("is_closed", True, False),
    ("has_gate", True, False),
    ("force_mn", 3_000, 60_000),
    ("force_mn", 3_000, 15_000),
    ("force_mn", 3_000, 0),
    ("is_force_frozen", False, True),
    ("raw_force", None, 0x7FFFFF),
    ("link_frame_count", 1, 0),
    ("is_encoder_stuck", False, True),
    ("is_stalled", False, True),
    ("is_step_stuck", False, True),
    ("has_reference", True, False),
    ("position_offset", 0, -50_000),
    ("raw_barrel", 47_676, 30_000),
    ("raw_contact", 11_496, 40_000),
    ("raw_contact", 11_496, 900),
    ("raw_battery", 27_660, 19_900),
    ("raw_battery", 27_660, 23_000),
    ("raw_temperature", 14_084, 12_900),
)
# Levels of further switches: mains, sounder and expander are there, air and driver's fault not.
TOGGLED = (
    panel.MAINS_PRESENT,
    panel.EXPANDER_ALIVE,
    panel.SOUNDER_HEARD,
    panel.AIR_SEEN,
    panel.DRIVER_FAULT,
)
_USUAL = panel.MAINS_PRESENT | panel.EXPANDER_ALIVE | panel.SOUNDER_HEARD
_LATE_US = (20_000, 20_000, 5_000, 35_000, 60_000)


class Player:
    """Does the steps of a trace to a bench; `tick` is what passes one tick of so many us."""

    def __init__(self, bench: PumpBench) -> None:
        """Two programmes, one that stops when the host is silent."""
        self.bench = bench
        order = bench_order(1_200_000, 1_000_000, 3_000_000)
        self.programmes = [derive(order, bench.profile, Library())]
        order = bench_order(600_000, 2_000_000, 6_000_000)
        order.programme_number = 2
        order.stop_on_link_loss = 1
        self.programmes.append(derive(order, bench.profile, Library()))

    def tick(self, count: int, elapsed_us: int = 20_000) -> None:
        """Let so many ticks pass."""
        for _ in range(count):
            self.bench.kernel.events.count = 0
            self.bench.tick(1, elapsed_us)

    def do(self, verb: int, choice: int, span: int) -> None:
        """One step; every number means something."""
        bench = self.bench
        name = VERBS[verb % len(VERBS)]
        if name == "press":
            self.press(KEYS[choice % len(KEYS)], 2 + span % 4)
        elif name == "hold":
            bench.keys ^= KEYS[choice % len(KEYS)]
            self.tick(span % 30)
        elif name == "spoil":
            self.spoil(choice)
            self.tick(1 + span % 60)
        elif name == "mend":
            bench.keys = 0
            bench.other_switches = _USUAL
            for attribute, usual, _ in SPOILT:
                setattr(bench, attribute, usual)
            self.tick(1 + span % 10)
        elif name == "wait":
            self.tick(1 + span % 40, _LATE_US[choice % len(_LATE_US)])
        elif name == "say":
            self.say(SAID[choice % len(SAID)], span)
        elif name == "prepare":
            self.prepare(span % 40)
        else:
            self.press(panel.KEY_ACKNOWLEDGE, 3)
            self.press(panel.KEY_START, 3)
            self.press(panel.KEY_START, 3)

    def spoil(self, choice: int) -> None:
        """Something is not as it should be from now on, or is again."""
        bench = self.bench
        choice %= len(SPOILT) + len(TOGGLED)
        if choice < len(SPOILT):
            attribute, _, spoilt = SPOILT[choice]
            setattr(bench, attribute, spoilt)
        else:
            bench.other_switches ^= TOGGLED[choice - len(SPOILT)]

    def press(self, key: int, ticks: int) -> None:
        """Press a key for so long, and let it go."""
        self.bench.keys |= key
        self.tick(ticks)
        self.bench.keys &= ~key
        self.tick(3)

    def say(self, name: str, span: int) -> None:
        """A command of the host."""
        kernel = self.bench.kernel
        if name == "stage":
            programme = self.programmes[span % 2]
            if kernel.stage(programme) == 0:
                self.bench.programme = programme
        elif name == "confirm":
            kernel.confirm(kernel.programme.number, kernel.programme.digest)
        elif name == "cancel":
            kernel.cancel(kernel.programme.number)
        elif name == "stop":
            kernel.stop()
        elif name == "acknowledge":
            kernel.acknowledge()
        else:
            kernel.audio_pause()
        self.tick(1)

    def prepare(self, purge_ticks: int) -> None:
        """What a careful person does from idle to START, whether or not it is possible now."""
        bench = self.bench
        programme = self.programmes[purge_ticks % 2]
        if bench.kernel.stage(programme) == 0:
            bench.fit(programme.fill_nl)
        bench.kernel.confirm(programme.number, programme.digest)
        self.press(panel.KEY_PRIME, 3)
        self.press(panel.KEY_PRIME, 10 + purge_ticks)
        self.tick(270)
        self.press(panel.KEY_CHECK, 3)
        self.tick(60)
        self.press(panel.KEY_CHECK, 3)
        self.press(panel.KEY_CHECK, 3)
        self.press(panel.KEY_START, 3)


def made_up(seed: int, count: int) -> list:
    """A trace by a small generator that is the same everywhere; it begins with a preparation."""
    steps = [(6, 0, seed)]
    for _ in range(count):
        numbers = []
        for _ in range(3):
            seed = (seed * 8_121 + 28_411) % 134_456
            numbers.append(seed >> 3)
        # Most faults are mended soon, or there would be little else.
        steps.append((numbers[0], numbers[1], numbers[2]))
        if numbers[0] % len(VERBS) == VERBS.index("spoil") and numbers[2] % 3:
            steps.append((VERBS.index("mend"), 0, 1))
            steps.append((VERBS.index("resume"), 0, 0))
    return steps
