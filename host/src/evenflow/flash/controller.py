"""Controllers that can be flashed: how they show themselves, and where their MicroPython is."""

from dataclasses import dataclass

from evenflow.errors import Refused

OLDEST = (1, 28, 0)


@dataclass(frozen=True, slots=True)
class Controller:
    """`machine` stands in what MicroPython says of itself, `usb_ids` are vendor and product.

    `boot_id` is what its boot loader's volume says, empty if it has none: MicroPython gets onto
    it by `tool`. `reads_uf2`: a file for it can be checked before it is copied.
    """

    name: str
    machine: str
    usb_ids: tuple[tuple[int, int], ...]
    boot_id: str
    uf2_from: str
    reads_uf2: bool = False
    tool: str = ""

    @property
    def advice(self) -> str:
        """How a person puts MicroPython onto it."""
        if self.boot_id:
            return f"give --uf2 PATH of a MicroPython {self.uf2_from}"
        return f"put a MicroPython {self.uf2_from} onto it by {self.tool}, see docs/flashing.md"


CONTROLLERS = (
    Controller(
        "rp2040",
        "RP2040",
        ((0x2E8A, 0x0005),),
        "RPI-RP2",
        "1.28 or later for RPI_PICO, from https://micropython.org/download/RPI_PICO/",
        reads_uf2=True,
    ),
    Controller(
        "rp2350",
        "RP2350",
        ((0x2E8A, 0x0005),),
        "RP2350",
        "1.28 or later for RPI_PICO2, from https://micropython.org/download/RPI_PICO2/",
    ),
    Controller(
        "esp32s3",
        "ESP32S3",
        # MicroPython's own USB, and the chip's while it has none.
        ((0x303A, 0x4001), (0x303A, 0x1001)),
        "",
        "1.28 or later for ESP32_GENERIC_S3, from "
        "https://micropython.org/download/ESP32_GENERIC_S3/",
        tool="esptool",
    ),
    Controller(
        "stm32f767",
        "STM32F767",
        ((0xF055, 0x9800), (0xF055, 0x9801), (0xF055, 0x9802)),
        "",
        "1.28 or later for PYBD_SF6, from https://micropython.org/download/PYBD_SF6/",
        tool="DFU",
    ),
)


def by_name(name: str) -> Controller:
    """Refused if nobody knows how such a controller is flashed."""
    for controller in CONTROLLERS:
        if controller.name == name:
            return controller
    known = ", ".join(controller.name for controller in CONTROLLERS)
    raise Refused(
        "controller_unknown",
        f"board.controller: {name} cannot be flashed yet",
        f"boards with one of these can: {known}",
    )


def check_version(text: str, where: str, controller: Controller) -> None:
    """Refused if that MicroPython is too old."""
    parts = text.removeprefix("v").split("-")[0].split(".")
    numbers = tuple(int(part) for part in parts if part.isdecimal())
    if numbers < OLDEST[: max(2, len(numbers))]:
        raise Refused(
            "micropython_too_old",
            f"{where}: MicroPython {text} is older than 1.28",
            controller.advice
            + ("; hold BOOTSEL while you plug the board in" if controller.boot_id else ""),
        )
