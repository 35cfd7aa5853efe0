"""The page of a board in docs/boards/: its wiring as a table, what to set, what is unverified."""

from collections.abc import Iterable, Sequence

from evenflow.boards import status, unverified
from evenflow.boards.board_file import Profile
from evenflow.boards.mechanism import whole
from evenflow.boards.wiring import (
    EXPANDER_PORTS,
    MOTOR_DRIVERS,
    bus_parts,
    controller_of,
    wires,
)

# VREF of a plain driver is that many times peak current times sense resistor (their datasheets).
_VREF_FACTORS = {"drv8825": 5, "a4988": 8}
_ORIGIN = (
    "Made from [{name}.toml](../../board_configs/{name}.toml); what its keys mean is in "
    "[board_config.md](../board_config.md). Bench and research use; **not for use on people**."
)


def markdown(profile: Profile) -> str:
    """The page, for a sound profile."""
    name = profile["board.name"]
    controller = controller_of(profile)
    facts = status.of(profile)
    parts = (
        f"# Board `{name}`",
        "<!-- from board_configs, by tools/generate_boards.py; do not edit -->",
        f"{controller.title}, as on the {controller.module}. {_ORIGIN.format(name=name)}",
        _table(("", ""), ((row.what, row.words) for row in facts)),
        f"![The wiring of {name}]({name}.svg)",
        "## Wiring",
        _table(
            ("pin", "key", "leads to", "terminal"),
            ((wire.pin, f"`{wire.key}`", wire.part, wire.terminal) for wire in wires(profile)),
        ),
        f"On I2C bus {profile['clock.i2c']}: "
        + ", ".join(f"{part} at 0x{address:02x}" for part, address in bus_parts(profile))
        + ".",
        "Behind the expander: " + "; ".join(f"{port} {use}" for port, use in EXPANDER_PORTS) + ".",
        "## Motor",
        _motor(profile),
        "## Unverified",
        "What no hardware has confirmed:",
        "\n".join(f"- {words}" for words in unverified.of(profile)),
        f"Facts of the controller are from: {controller.source}.",
    )
    return "\n\n".join(parts) + "\n"


def _motor(profile: Profile) -> str:
    driver = str(profile["motor.driver"])
    peak_ma, sense_mohm = whole(profile["motor.peak_ma"]), whole(profile["motor.sense_mohm"])
    words = (
        f"{MOTOR_DRIVERS[driver]}, {profile['plunger.microsteps']} microsteps a full step, "
        f"{peak_ma} mA peak in a phase over {sense_mohm} mΩ."
    )
    if driver in _VREF_FACTORS:
        vref_mv = _VREF_FACTORS[driver] * peak_ma * sense_mohm // 1000
        return f"{words} Strap the microsteps, and trim VREF to {vref_mv} mV."
    return f"{words} Both are set by UART; strap MS1 and MS2 to {profile['tmc2209.address']}."


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
