"""What each pin of a board leads to: parts and terminals, in words for pictures and tables."""

from collections.abc import Mapping
from dataclasses import dataclass

from evenflow.boards.board_file import Profile
from evenflow.boards.mechanism import whole
from pumpcore.board import controllers
from pumpcore.board.controller import Controller

DS3231_ADDRESS = 0x68

MOTOR_DRIVERS = {"drv8825": "DRV8825", "a4988": "A4988", "tmc2209": "TMC2209"}

# Part, and its terminals by the key of their pin. `{driver}` is the motor driver's name.
_PARTS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Motor driver {driver}",
        (
            ("plunger.step_pin", "STEP"),
            ("stm32f767.step_count_pin", "STEP, led back to be counted"),
            ("plunger.dir_pin", "DIR"),
            ("tmc2209.tx_pin", "PDN_UART by 1 kΩ"),
            ("tmc2209.rx_pin", "PDN_UART"),
        ),
    ),
    (
        "ENABLE of the motor driver",
        (("plunger.enable_pin", "charge pump"), ("plunger.gate_pin", "gate, low cuts")),
    ),
    (
        "Led nowhere, of I2S {i2s}",
        (("stream.clock_pin", "bit clock"), ("stream.select_pin", "word select")),
    ),
    ("Encoder on the lead screw", (("encoder.a_pin", "A"), ("encoder.b_pin", "B"))),
    ("HX711 force sensor", (("force.data_pin", "DOUT"), ("force.clock_pin", "SCK"))),
    ("Carriage potentiometer", (("position.adc_pin", "wiper"),)),
    ("Barrel clamp potentiometer", (("barrel.adc_pin", "wiper"),)),
    ("External contact", (("contact.adc_pin", "supervised line"),)),
    ("Battery", (("battery.adc_pin", "a third of its voltage"),)),
    ("Mains", (("mains.present_pin", "present, high"),)),
    (
        "I2C bus {i2c}",
        (
            ("clock.sda_pin", "SDA"),
            ("clock.scl_pin", "SCL"),
            ("clock.square_wave_pin", "DS3231 SQW"),
        ),
    ),
    (
        "Seat switches, to ground",
        (("seat.plunger_pin", "plunger gripped"), ("seat.barrel_pin", "barrel clamp shut")),
    ),
    (
        "Keys, to ground",
        (
            ("panel.start_pin", "START"),
            ("panel.stop_pin", "STOP"),
            ("panel.acknowledge_pin", "ACKNOWLEDGE"),
            ("panel.audio_pause_pin", "AUDIO PAUSE"),
            ("panel.prime_pin", "PRIME"),
            ("panel.check_pin", "CHECK"),
        ),
    ),
    ("First sounder", (("panel.buzzer_pin", "tone"),)),
    ("Power-loss alarm", (("panel.alive_pin", "sign of life"),)),
    ("Link, UART {uart}", (("link.tx_pin", "host's RX"), ("link.rx_pin", "host's TX"))),
)

# Bits of the MCP23017, as pumpboard.generic.expander has them.
EXPANDER_PORTS = (
    ("A0", "air detector"),
    ("A1", "motor driver's nFAULT, open drain"),
    ("A2", "current of the first sounder, held for 200 ms"),
    ("B0", "red light"),
    ("B1", "green light"),
    ("B2", "blue light"),
    ("B3", "second sounder"),
    ("B4", "latch of the power-loss alarm"),
)


@dataclass(frozen=True, slots=True)
class Wire:
    """One pin of the controller: `order` is its place among the controller's pins."""

    key: str
    pin: str
    order: int
    part: str
    terminal: str


def wires(profile: Profile) -> tuple[Wire, ...]:
    """Every pin of a sound profile, in the order of the controller's pins."""
    pins = controller_of(profile).pins
    names = {
        "driver": MOTOR_DRIVERS[str(profile["motor.driver"])],
        "i2c": profile["clock.i2c"],
        "uart": profile["link.uart"],
        "i2s": profile.get("stream.i2s"),
    }
    found = [
        Wire(key, str(profile[key]), pins.index(profile[key]), part.format(**names), terminal)
        for part, terminals in _PARTS
        for key, terminal in terminals
        if key in profile
    ]
    return tuple(sorted(found, key=lambda wire: wire.order))


def bus_parts(profile: Profile) -> tuple[tuple[str, int], ...]:
    """The parts of the I2C bus, with their addresses."""
    parts = (
        ("DS3231 clock chip", DS3231_ADDRESS),
        ("MCP23017 port expander", whole(profile["expander.address"])),
        ("FRAM of the journal", whole(profile["journal.address"])),
    )
    if not profile["display.is_fitted"]:
        return parts
    return (*parts, ("SSD1306 display", whole(profile["display.address"])))


def controller_of(profile: Mapping[str, object]) -> Controller:
    """The facts of a sound profile's controller."""
    controller = controllers.by_name(profile["board.controller"])
    if controller is None:
        raise ValueError(profile["board.controller"])
    return controller
