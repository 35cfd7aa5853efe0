"""A pump on the bench: the kernel, a stepper true to the cycle, a screw, sensors and a person.

Sensors are ideal; each can be spoilt through an attribute. Runs on MicroPython too, where a tick
makes no objects, so that the same closed loop serves the comparison of interpreters and the gate
on the heap.
"""

from pumpcore import interlock, panel, programme, syringe
from pumpcore.kernel import Kernel
from pumpcore.library import Library
from pumpcore.pacer import WORD_OVERHEAD_CYCLES
from pumpcore.tick_io import Inputs, Outputs

TICK_US = 20_000
SYRINGE_50 = 7
_QUEUE_WORDS = 1024
_KEY_TICKS = 3
_REFERENCE_HZ = 1024
_FORCE_HZ = 80


def bench_order(
    rate_ul_per_h: int = 26_250, volume_nl: int = 17_500_000, fill_nl: int = 20_000_000
) -> programme.Order:
    """A bench order for the 50 mL syringe; further fields are set by the caller."""
    order = programme.Order()
    order.programme_number = 1
    order.syringe = SYRINGE_50
    order.rate_ul_per_h = rate_ul_per_h
    order.volume_nl = volume_nl
    order.fill_nl = fill_nl
    return order


class Stepper:
    """Executes queued words; time is in half cycles of 12.5 MHz, 25 to the microsecond.

    STEP rises where a step word begins. `recorded` is None, or gathers each moment of a rise.
    """

    def __init__(self) -> None:
        """Empty, at time 0."""
        self.edge_count = 0
        self.recorded = None
        self.now = 0
        self._words = [0] * _QUEUE_WORDS
        self._first = 0
        self._count = 0
        self._left = 0

    def record(self) -> None:
        """Gather edges from now on."""
        self.recorded = []
        self.now = 0

    def queued_half_cycles(self) -> int:
        """How long the queue lasts without a further word."""
        total = self._left
        for index in range(self._count):
            total += self._span(self._words[(self._first + index) % _QUEUE_WORDS])
        return total

    def load(self, words: list, count: int) -> None:
        """Append words."""
        for index in range(count):
            assert self._count < _QUEUE_WORDS
            self._words[(self._first + self._count) % _QUEUE_WORDS] = words[index]
            self._count += 1

    def drop(self) -> None:
        """Abort: what is queued is gone, STEP is low."""
        self._first = 0
        self._count = 0
        self._left = 0

    def run(self, elapsed_us: int) -> int:
        """Let time pass; how many edges there were."""
        before = self.edge_count
        left = elapsed_us * 25
        while left > 0:
            if self._left == 0:
                if self._count == 0:
                    break
                self._begin_word(elapsed_us * 25 - left)
            span = min(left, self._left)
            self._left -= span
            left -= span
        if self.recorded is not None:
            self.now += elapsed_us * 25
        return self.edge_count - before

    def _begin_word(self, at: int) -> None:
        word = self._words[self._first]
        self._first = (self._first + 1) % _QUEUE_WORDS
        self._count -= 1
        self._left = self._span(word)
        if word & 1:
            self.edge_count += 1
            if self.recorded is not None:
                self.recorded.append(self.now + at)

    def _span(self, word: int) -> int:
        return ((word >> 1) + WORD_OVERHEAD_CYCLES) * 2


class PumpBench:
    """Kernel and surroundings; `tick` is one pass of the loop."""

    def __init__(self, profile: dict) -> None:
        """Syringe seated, gate intact, no force, powered on; not booted."""
        self.profile = profile
        self.kernel = Kernel(profile)
        self.inputs = Inputs()
        self.outputs = self.kernel.outputs
        self.stepper = Stepper()
        self.programme = None
        self.tick_count = 0
        self.elapsed_us = TICK_US
        # What a person and the surroundings do.
        self.is_seated = True
        self.is_closed = True
        self.has_gate = True
        self.keys = 0
        self.force_mn = 0
        self.is_force_frozen = False
        self.raw_force = None
        self.link_frame_count = 0
        # What is broken.
        self.is_encoder_stuck = False
        self.is_stalled = False
        self.is_step_stuck = False
        self.has_force_sensor = True
        self.has_reference = True
        self.extra_edge_count = 0
        self.extra_encoder_count = 0
        self.position_offset = 0
        # A 50 mL syringe in the clamp, the contact closed, a full battery and 25 degrees, as the
        # emulated plant shows them; mains, an expander that answers, and a sounder that is heard.
        self.raw_barrel = 47_676
        self.raw_contact = 11_496
        self.raw_battery = 27_660
        self.raw_temperature = 14_084
        self.other_switches = panel.MAINS_PRESENT | panel.EXPANDER_ALIVE | panel.SOUNDER_HEARD
        # Truth.
        self.driven_step_count = 0
        self.moves_disabled_count = 0
        self._raw_position = 30_000
        self._position_part = 0
        self._screw_part = 0
        self._reference_part = 0
        self._force_part = 0
        self._force_noise = 0
        self._steps_per_turn = profile["plunger.steps_per_turn"] * profile["plunger.microsteps"]
        num = profile["plunger.lead_um"] * 65_535
        den = self._steps_per_turn * profile["position.travel_um"]
        common = _greatest_common_divisor(num, den)
        self._position_num = num // common
        self._position_den = den // common

    def tick(self, count: int = 1, elapsed_us: int = 0) -> None:
        """Let the time pass, read the sensors, tick the kernel, and execute what it decides."""
        for _ in range(count):
            self.sense(elapsed_us or self.elapsed_us)
            self.inputs.elapsed_us = elapsed_us or self.elapsed_us
            self.inputs.link_frame_count = self.link_frame_count
            self.act(self.kernel.tick(self.inputs))

    def act(self, outputs: Outputs) -> None:
        """Do what the kernel decided."""
        if outputs.abort:
            self.stepper.drop()
        else:
            self.stepper.load(outputs.words, outputs.word_count)
        self.tick_count += 1

    def sense(self, elapsed_us: int) -> None:
        """Let the time pass, and put the readings into the inputs."""
        inputs = self.inputs
        is_enabled = self.outputs.may_enable
        edges = self.stepper.run(elapsed_us)
        if self.is_step_stuck:
            edges = 0
        edges += self.extra_edge_count
        if is_enabled:
            self.driven_step_count += edges
            self._move(edges)
        else:
            self.moves_disabled_count += edges
        inputs.step_count = (inputs.step_count + edges) & 0xFFFF
        inputs.encoder_count = (inputs.encoder_count + self.extra_encoder_count) & 0xFFFF
        self._reference_part += _REFERENCE_HZ * elapsed_us
        if self.has_reference:
            inputs.reference_count += self._reference_part // 1_000_000
            inputs.reference_count &= 0xFFFF
        self._reference_part %= 1_000_000
        self._force_part += _FORCE_HZ * elapsed_us
        if self.has_force_sensor:
            inputs.force_sample_count += self._force_part // 1_000_000
            inputs.force_sample_count &= 0xFF
        self._force_part %= 1_000_000
        inputs.raw_force = (
            self.profile["force.zero_count"]
            + self.force_mn * (self.profile["force.counts_per_n"] // 100) // 10
        )
        if not self.is_force_frozen:
            # A converter's last digit is never still.
            self._force_noise ^= 1
            inputs.raw_force += self._force_noise
        if self.raw_force is not None:
            inputs.raw_force = self.raw_force
        inputs.raw_position = min(max(self._raw_position + self.position_offset, 0), 0xFFFF)
        bits = self.keys
        if self.is_seated:
            bits |= panel.PLUNGER_SEATED
        if self.is_closed:
            bits |= panel.BARREL_CLOSED
        if self.has_gate and is_enabled:
            bits |= panel.GATE_INTACT
        inputs.raw_barrel = self.raw_barrel
        inputs.raw_contact = self.raw_contact
        inputs.raw_battery = self.raw_battery
        inputs.raw_temperature = self.raw_temperature
        inputs.switches = bits | self.other_switches

    def _move(self, edges: int) -> None:
        if self.is_stalled:
            return
        if not self.outputs.is_forward:
            edges = -edges
        if not self.is_encoder_stuck:
            self._screw_part += edges * self.profile["encoder.counts_per_turn"]
            counts = self._screw_part // self._steps_per_turn
            self._screw_part -= counts * self._steps_per_turn
            self.inputs.encoder_count = (self.inputs.encoder_count + counts) & 0xFFFF
        self._position_part += edges * self._position_num
        fallen = self._position_part // self._position_den
        self._position_part -= fallen * self._position_den
        self._raw_position -= fallen

    # What a careful person does.

    def state(self) -> str:
        """The kernel's state by name."""
        return interlock.STATES[self.kernel.state]

    def boot(self, failures: int = 0) -> None:
        """Power on and wait for the self-test to end."""
        self.kernel.boot(failures, False)
        self.tick(30)

    def press(self, key: int) -> int:
        """Press a key, let it go; the code of the kernel's answer, -1 if there was none."""
        self.kernel.events.count = 0
        self.keys |= key
        self.tick(_KEY_TICKS)
        self.keys &= ~key
        self.tick(_KEY_TICKS)
        for index in range(self.kernel.events.count):
            if self.kernel.events.values[index] == key:
                return self.kernel.events.codes[index]
        return -1

    def fit(self, residual_nl: int, syringe_ident: int = SYRINGE_50) -> None:
        """Put in a syringe that holds so much."""
        area_um2 = syringe.area_um2(syringe.by_ident(syringe_ident).bore_um)
        position_um = residual_nl * 1_000_000 // area_um2
        self._raw_position = position_um * 65_535 // self.profile["position.travel_um"]
        outer_um = syringe.by_ident(syringe_ident).bore_um + 2_400
        self.raw_barrel = outer_um * 65_535 // self.profile["barrel.full_scale_um"]

    def stage(self, order: programme.Order | None = None, library: Library | None = None) -> int:
        """Fit the syringe of an order, derive it and stage it; the kernel's answer."""
        order = order or bench_order()
        self.fit(order.fill_nl, order.syringe)
        self.programme = programme.derive(order, self.profile, library or Library())
        return self.kernel.stage(self.programme)

    def confirm(self) -> int:
        """Confirm what is staged; the kernel's answer."""
        return self.kernel.confirm(self.programme.number, self.programme.digest)

    def purge(self, ticks: int = 100) -> None:
        """Arm, hold PRIME for so long, let go, and wait for the take-up to end."""
        self.press(panel.KEY_PRIME)
        self.keys |= panel.KEY_PRIME
        self.tick(ticks)
        self.keys &= ~panel.KEY_PRIME
        self.tick(300)

    def check_all(self) -> None:
        """Check the list: purged, heard, connected."""
        self.press(panel.KEY_CHECK)
        self.tick(60)
        self.press(panel.KEY_CHECK)
        self.press(panel.KEY_CHECK)

    def prepare(self, order: programme.Order | None = None) -> None:
        """From idle to confirmed, with the checklist complete."""
        assert self.stage(order) == 0
        assert self.confirm() == 0
        self.purge()
        self.check_all()
        assert self.kernel.preparation.checklist == panel.CHECKLIST_COMPLETE

    def infuse(self, order: programme.Order | None = None) -> None:
        """From power-on to infusing."""
        self.boot()
        self.prepare(order)
        assert self.press(panel.KEY_START) == 0
        assert self.state() == "infusing"


def _greatest_common_divisor(first: int, second: int) -> int:
    while second:
        first, second = second, first % second
    return first
