"""Alarm conditions without a kernel: everything in order, and a test spoils one thing."""

from core import pico
from core.pump_bench import bench_order

from pumpcore import panel, syringe
from pumpcore.conditions import Conditions
from pumpcore.force import Force, threshold_mn
from pumpcore.interlock import INFUSE, STATES
from pumpcore.library import Library
from pumpcore.motion import Motion
from pumpcore.occurrence import Word
from pumpcore.programme import derive
from pumpcore.tick_io import MAX_WORDS, Inputs

SEATED = panel.PLUNGER_SEATED | panel.BARREL_CLOSED
AREA = syringe.area_um2(26_700)
LIMIT_MN = threshold_mn(300, AREA)


class Scene:
    """Conditions of a 50 mL programme with everything in order; a test spoils one thing."""

    def __init__(self, state: str = "infusing", job: int = INFUSE) -> None:
        """Adopt, and drive the motion past its enable ticks if there is a job."""
        profile = pico.profile()
        self.profile = profile
        self.programme = derive(bench_order(), profile, Library())
        self.motion = Motion(profile)
        self.force = Force(0, 10_000)
        self.word = Word(0)
        self.conditions = self.fresh_conditions()
        self.conditions.adopt(self.programme)
        self.inputs = Inputs()
        self.inputs.elapsed_us = 20_000
        self.inputs.raw_position = 30_000
        self.inputs.switches = SEATED | panel.GATE_INTACT
        self.switches = SEATED
        self.state = state
        self.active = 0
        self._elapsed_ms = 0
        self.motion.observe(0, 0, 20_000)
        if job:
            self.motion.begin(job, 26_250, self.programme.femtolitres_per_microstep, 100_000)
            for _ in range(4):
                self.motion.drive(20_000, [0] * MAX_WORDS)

    def fresh_conditions(self) -> Conditions:
        """Conditions of this motion and force, without a programme."""
        return Conditions(self.profile, self.motion, self.force, self.word)

    def bits(self, elapsed_ms: int = 20) -> int:
        self._elapsed_ms += elapsed_ms
        self.inputs.reference_count = self._elapsed_ms * 1_024 // 1_000 & 0xFFFF
        self.word.active = self.active
        state = STATES.index(self.state)
        self.conditions.evaluate(self.inputs, state, self.switches, elapsed_ms)
        return self.conditions.lower
