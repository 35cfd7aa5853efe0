"""What goes wrong at a rig's pump, apart from its key STOP."""

from app.rig import Rig


def occlude(rig: Rig) -> None:
    rig.plant.occlude()


def empty(rig: Rig) -> None:
    rig.plant.set_fill(0.4)


def unseat(rig: Rig) -> None:
    rig.plant.unseat_plunger()


def open_barrel(rig: Rig) -> None:
    rig.plant.open_barrel()


def stall(rig: Rig) -> None:
    rig.plant.stall()


def run_away(rig: Rig) -> None:
    # The screw turns 30 full steps that nobody commanded.
    rig.plant.drive.screw_microsteps += 480


def fall_silent(rig: Rig) -> None:
    rig.is_pinging = False
