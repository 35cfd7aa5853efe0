"""Motor, lead screw and carriage.

Each STEP edge while the motor is enabled turns the screw by one microstep; the nut follows with
play (backlash): carriage in [screw - backlash, screw], moved only by the face that touches.

    travel_um = microsteps * lead_um / microsteps_per_turn

Above `stall_force_n` the motor stands while STEP goes on: steps are lost, screw and encoder stay.
A screw that wobbles adds a cyclic error, once a turn; it moves the carriage as if it were there:

    screw_um = travel_um + cyclic_um * sin(2 pi turns),   rate error up to 2 pi cyclic_um / lead_um

A motor driver that is set to other microsteps than the board file turns by its own: the screw's
microsteps are still the board file's, and what is no whole one is kept for the next edge.

All of it is exact for any number of steps. The encoder sits on the screw, behind the coupling:
floor(microsteps * counts / per turn).
"""

import math
from collections.abc import Mapping


class Drive:
    """Screw and carriage; positions count forward (towards an empty syringe) from power-on."""

    def __init__(self, profile: Mapping[str, object], backlash_um: float, stall_n: float) -> None:
        """`profile` is the flat board profile; the gap of the nut is wholly open at first."""
        self._microsteps = _int(profile, "plunger.microsteps")
        self.microsteps_per_turn = _int(profile, "plunger.steps_per_turn") * self._microsteps
        self.um_per_microstep = _int(profile, "plunger.lead_um") / self.microsteps_per_turn
        self.backlash_um = backlash_um
        self.stall_n = stall_n
        self.cyclic_um = 0.0
        self.is_stalled = False
        # Signed STEP edges while enabled, what the motor was told to do.
        self.step_count = 0
        # What it did.
        self.screw_microsteps = 0
        self.carriage_um = 0.0
        self.is_encoder_frozen = False
        # Of a full step, as the motor driver makes them; 0 while its bridges are off.
        self._driver_microsteps = self._microsteps
        self._spare_parts = 0
        self._counts_per_turn = _int(profile, "encoder.counts_per_turn")
        self._frozen_count = 0

    def step(self, microsteps: int, force_n: float) -> float:
        """Turn by signed microsteps against that force; the carriage's movement in um."""
        self.step_count += microsteps
        if self.is_stalled or (force_n > self.stall_n and microsteps > 0):
            return 0.0
        if self._driver_microsteps != self._microsteps:
            microsteps = self._turned(microsteps)
        self.screw_microsteps += microsteps
        screw_um = self.screw_microsteps * self.um_per_microstep
        if self.cyclic_um:
            turns = self.screw_microsteps / self.microsteps_per_turn
            screw_um += self.cyclic_um * math.sin(2 * math.pi * turns)
        before_um = self.carriage_um
        if before_um < screw_um - self.backlash_um:
            self.carriage_um = screw_um - self.backlash_um
        elif before_um > screw_um:
            self.carriage_um = screw_um
        else:
            return 0.0
        return self.carriage_um - before_um

    def take_microsteps(self, microsteps: int) -> None:
        """So many of a full step by the motor driver from now on; 0: the motor does not turn."""
        if microsteps != self._driver_microsteps:
            self._driver_microsteps = microsteps
            self._spare_parts = 0

    def _turned(self, microsteps: int) -> int:
        """Whole microsteps of the board file that so many of the driver's are."""
        if not self._driver_microsteps:
            return 0
        parts = self._spare_parts + microsteps * self._microsteps
        whole = parts // self._driver_microsteps
        self._spare_parts = parts - whole * self._driver_microsteps
        return whole

    @property
    def encoder_count(self) -> int:
        """Quadrature counts since power-on, signed."""
        if self.is_encoder_frozen:
            return self._frozen_count
        return self.screw_microsteps * self._counts_per_turn // self.microsteps_per_turn

    def freeze_encoder(self) -> None:
        """The encoder's disc is loose: its count stays."""
        self._frozen_count = self.encoder_count
        self.is_encoder_frozen = True


def _int(profile: Mapping[str, object], name: str) -> int:
    value = profile[name]
    if not isinstance(value, int):
        raise TypeError(f"{name}: {value!r} is not a whole number")
    return value
