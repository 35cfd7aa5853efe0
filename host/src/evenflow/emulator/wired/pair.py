"""Runs a pump and a fixture to the same virtual time, and carries what their pins do.

Time goes in slices of half a millisecond, the pump first. The fixture then sees what the pump did
in it at the exact moments, so that from pump to fixture nothing is delayed. What the fixture does
reaches the pump at the end of the slice: up to 0.5 ms late, and never early.

Signals cross as levels and edges, but for two that cross whole: a conversion is handed over as a
word as soon as the pump listens (its 25 clocks, 150 us, take no time), and the encoder as a count.
"""

from collections.abc import Mapping
from typing import Self

from evenflow.emulator.board import Board
from evenflow.emulator.controller.serial_line import SerialLine
from evenflow.emulator.plant.switches import KEYS
from evenflow.emulator.wired.board import EmulatedFixture
from evenflow.emulator.wired.played import PlayedPlant
from pumpcore.fixture.messages import DIR, ENABLE, STEP

SLICE_US = 500
_NS_PER_US = 1_000
_NS_PER_S = 1_000_000_000
# As the stepper's program makes it: 25 cycles of 80 ns.
_STEP_HIGH_NS = 2_000
_CONTACTS = {
    "plunger": "seat.plunger_pin",
    "barrel": "seat.barrel_pin",
    **{key: f"panel.{key}_pin" for key in KEYS},
}


class WiredPair:
    """Both boards; `with WiredPair(...) as pair` powers the fixture, `power_pump` the pump.

    As on a bench: the pump's self-test wants to find a battery, a syringe and a converter.
    """

    def __init__(
        self,
        pump_profile: Mapping[str, object],
        fixture_profile: Mapping[str, object],
        library_json: bytes,
        *,
        runtime: str = "micropython",
        seed: int = 0,
    ) -> None:
        """`runtime` is the pump's; a fixture runs on MicroPython alone."""
        self.plant = PlayedPlant({**pump_profile, "link.emulated": True}, seed)
        self.plant.records_steps = True
        self.pump = Board(pump_profile, library_json, runtime=runtime, seed=seed, plant=self.plant)
        self.pump.own_process = True
        self.fixture = EmulatedFixture(fixture_profile, seed)
        # Every edge of STEP that the pump made: moment, direction, whether the motor was enabled.
        self.step_times: list[tuple[int, int, bool]] = []
        self._changes: list[tuple[int, int]] = []
        self._levels = 0
        self._buzzer_parts = 0
        self._step_low_at_ns = 0

    def __enter__(self) -> Self:
        self.fixture.power_on()
        return self

    def power_pump(self) -> None:
        """Switch the pump on."""
        self.pump.power_on()

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End both processes; harmless twice."""
        self.pump.close()
        self.fixture.close()

    @property
    def now_us(self) -> int:
        """Virtual time of both."""
        return self.fixture.controller.now_ns // _NS_PER_US

    def run_for(self, span_us: int) -> None:
        """Let so much time pass, in whole slices."""
        until_us = self.now_us + span_us
        while self.now_us < until_us:
            self.step()

    def step(self) -> None:
        """Let a slice pass."""
        until_us = self.now_us + SLICE_US
        while self.pump.now_us < until_us:
            self._run_pump(until_us)
        until_ns = until_us * _NS_PER_US
        self._fall(until_ns)
        self._carry_sound()
        self.fixture.controller.see(self._changes, until_ns)
        self._changes.clear()
        self.fixture.run_until(until_ns)
        self._play()

    @property
    def pump_port(self) -> "WiredPort":
        """The pump's line to its host."""
        return WiredPort(self, self.pump.controller.line)

    @property
    def fixture_port(self) -> "WiredPort":
        """The fixture's line to its host."""
        return WiredPort(self, self.fixture.controller.line)

    # ---- from the pump to the fixture ---------------------------------------------------------

    def _run_pump(self, until_us: int) -> None:
        """One exchange of the pump's, or a part of one, and what came of it at its outputs."""
        plant, controller = self.plant, self.pump.controller
        began_at_ns = plant.now_ns
        self.pump.step(until_us - self.pump.now_us)
        # DIR is set by the request that the step began with.
        direction = controller.wiring.direction
        levels = controller.output_levels & controller.output_mask
        self._set(began_at_ns, DIR, is_high=bool(levels >> direction & 1))
        steps = plant.step_times
        off_at_ns = plant.enable.enabled_until_ns()
        if off_at_ns > began_at_ns:
            self._set(began_at_ns, ENABLE, is_high=True)
        for row in steps:
            at_ns, _, is_enabled = row
            self._fall(at_ns)
            if not is_enabled:
                self._set(min(at_ns, max(off_at_ns, began_at_ns)), ENABLE, is_high=False)
            self._set(at_ns, STEP, is_high=True)
            self._step_low_at_ns = at_ns + _STEP_HIGH_NS
        self.step_times += steps
        steps.clear()
        if off_at_ns <= plant.now_ns:
            self._set(max(off_at_ns, began_at_ns), ENABLE, is_high=False)

    def _fall(self, until_ns: int) -> None:
        """STEP falls by itself."""
        if self._levels & STEP and self._step_low_at_ns <= until_ns:
            self._set(self._step_low_at_ns, STEP, is_high=False)

    def _set(self, at_ns: int, bit: int, *, is_high: bool) -> None:
        after = self._levels | bit if is_high else self._levels & ~bit
        if after != self._levels:
            self._levels = after
            if self._changes:
                # Never before what is known already.
                at_ns = max(at_ns, self._changes[-1][0])
            self._changes.append((at_ns, after))

    def _carry_sound(self) -> None:
        """Edges of the sounder's tone in this slice."""
        if self.plant.buzzer.has_current:
            pin = self.pump.controller.wiring.buzzer
            freq_hz, _ = self.pump.controller.pwm.get(pin, (0, 0))
            parts = self._buzzer_parts + freq_hz * SLICE_US * _NS_PER_US
            self.fixture.controller.buzzer_count += parts // _NS_PER_S
            self._buzzer_parts = parts % _NS_PER_S

    # ---- from the fixture to the pump ---------------------------------------------------------

    def _play(self) -> None:
        plant, fixture = self.plant, self.fixture.controller
        for name, key in _CONTACTS.items():
            plant.switches.set(name, closed=fixture.is_low(key))
        plant.supply.has_mains = fixture.is_high("mains.signal_pin")
        plant.is_air_played = fixture.is_high("air.detector_pin")
        for name in plant.shares_u16:
            plant.shares_u16[name] = fixture.share_u16(f"{name}.pwm_pin")
        if fixture.encoder is not None:
            plant.played_drive.encoder_count = fixture.encoder.count
        listener = plant.played_force.listener
        if listener is not None and fixture.converter is not None:
            word = fixture.converter.clock_out()
            if word is not None:
                listener(word)


class WiredPort:
    """One of the two lines, as a line to an emulated board needs it: time is that of both."""

    device_key: bytes | None = None

    def __init__(self, pair: WiredPair, line: SerialLine) -> None:
        """Whoever closes one of them ends both boards."""
        self._pair = pair
        self._line = line

    @property
    def now_us(self) -> int:
        """Virtual time."""
        return self._pair.now_us

    def step(self) -> None:
        """Let a slice pass."""
        self._pair.step()

    def write(self, chunk: bytes) -> None:
        """Bytes from the host."""
        self._line.host_writes(chunk)

    def read(self) -> bytes:
        """Bytes for the host since the last call."""
        return self._line.host_reads()

    def close(self) -> None:
        """End both boards."""
        self._pair.close()
