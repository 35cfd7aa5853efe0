"""Whether each UART, I2C, I2S and SPI exists, is free, reaches its pins; one part an address."""

from pumpcore.board.controller import Controller
from pumpcore.board.keys import KEYS
from pumpcore.board.pins import listed
from pumpcore.profile import Profile

_DS3231 = 0x68
# A bus's number, and what stands at its two ends.
_UARTS = (
    ("link.uart", (("link.tx_pin", "TX"), ("link.rx_pin", "RX"))),
    ("tmc2209.uart", (("tmc2209.tx_pin", "TX"), ("tmc2209.rx_pin", "RX"))),
)
_I2C = ("clock.i2c", (("clock.sda_pin", "SDA"), ("clock.scl_pin", "SCL")))
_I2S = (
    "stream.i2s",
    (("plunger.step_pin", "SD"), ("stream.clock_pin", "CK"), ("stream.select_pin", "WS")),
)
_SPI = (
    "force_bus.spi",
    (("force.clock_pin", "MOSI"), ("force.data_pin", "MISO")),
)
_ADDRESSES = ("expander.address", "journal.address")


def problems(sound: Profile, controller: Controller) -> list[str]:
    """What is wrong with the buses among the sound values."""
    found = []
    owners = {}
    for name, ends in _UARTS:
        if name not in sound:
            continue
        number = sound[name]
        if number in owners:
            free = [row[0] for row in controller.uarts if not row[-1] and row[0] not in owners]
            remedy = "take %s" % listed(free) if free else "this controller has no other"
            found.append("%s: UART %d is already %s; %s" % (name, number, owners[number], remedy))
            continue
        owners[number] = name
        found.extend(_bus(sound, controller, "UART", controller.uarts, name, ends))
    for kind, buses, row in (
        ("I2C bus", controller.i2cs, _I2C),
        ("I2S", controller.i2ss, _I2S),
        ("SPI", controller.spis, _SPI),
    ):
        if row[0] in sound:
            found.extend(_bus(sound, controller, kind, buses, row[0], row[1]))
    found.extend(_spi_clock(sound, controller))
    return found


def _spi_clock(sound: Profile, controller: Controller) -> list[str]:
    """Who stands on the pin that the force sensor's SPI drives as its clock, led nowhere."""
    number = sound.get(_SPI[0])
    for row in controller.spis:
        if row[0] == number and row[3]:
            return [
                "%s: pin %s is the clock of SPI %d, which drives it; take another"
                % (key.name, sound[key.name], number)
                for key in KEYS
                if key.kind.startswith("pin") and sound.get(key.name) in row[3]
            ]
    return []


def addressed_twice(values: dict[str, object]) -> list[str]:
    """Parts of the one bus with the same address, in bounds or not."""
    found = []
    owners = {_DS3231: "the clock chip's"}
    for name in _ADDRESSES:
        address = values.get(name)
        if isinstance(address, bool) or not isinstance(address, int):
            continue
        if address in owners:
            found.append(
                "%s: address %d on the bus is already %s; strap the part to another"
                % (name, address, owners[address])
            )
        owners[address] = name
    return found


def _bus(
    sound: Profile, controller: Controller, kind: str, buses: tuple, name: str, ends: tuple
) -> list[str]:
    number = sound[name]
    free = listed([row[0] for row in buses if not row[-1]])
    for row in buses:
        if row[0] == number:
            break
    else:
        return [
            "%s: an %s has no %s %d here; take %s" % (name, controller.title, kind, number, free)
        ]
    if row[-1]:
        return ["%s: %s %d is %s's; take %s" % (name, kind, number, row[-1], free)]
    found = []
    for place in range(len(ends)):
        key, role = ends[place]
        able = row[1 + place]
        if key in sound and able and sound[key] not in able:
            found.append(
                "%s: pin %s cannot be %s of %s %d; take %s"
                % (key, sound[key], role, kind, number, listed(able))
            )
    return found
