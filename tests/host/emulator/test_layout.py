"""The words that both ends of the exchange must agree about."""

import re
from itertools import pairwise
from pathlib import Path

from evenflow.emulator.controller import operations
from evenflow.emulator.overlay import (
    _layout,
    _layout_esp32,
    _layout_stm32,
    _layout_stream,
    _layout_wire,
)

OVERLAY = Path(_layout.__file__).parent


def constants(prefix: str) -> dict[str, int]:
    return {name: value for name, value in vars(_layout).items() if name.startswith(prefix)}


def test_every_operation_has_its_own_code_and_a_handler() -> None:
    codes = constants("OP_") | {
        name: value
        for layout in (_layout_esp32, _layout_stm32, _layout_stream, _layout_wire)
        for name, value in vars(layout).items()
        if name.startswith("OP_")
    }

    assert len(set(codes.values())) == len(codes)
    assert set(codes.values()) == set(operations._PLAIN) | set(operations._LOADED)


def test_the_areas_of_the_reply_do_not_overlap() -> None:
    sizes = {
        "IN_UNIQUE_ID": 2,
        "IN_MACHINE": _layout.MACHINE_COUNT,
        "IN_RX_COUNT": _layout.MACHINE_COUNT,
        "IN_DMA": _layout.DMA_COUNT,
        "IN_ADC": 4,
        "IN_RX": 8,
        "IN_I2C": _layout.I2C_WINDOW_BYTES // 4,
        "IN_UART": _layout.UART_WINDOW_BYTES // 4,
        "IN_FAULT_NAME": 15,
        "IN_SEED": 2,
    }
    starts = sorted((start, name) for name, start in constants("IN_").items())
    for (start, name), (following, _) in pairwise(starts):
        assert start + sizes.get(name, 1) <= following, name
    assert _layout.IN_WATCHDOG_REASON + 1 == _layout_wire.IN_WIRE_UART
    assert _layout_wire.IN_WIRE + _layout_wire.WIRE_WINDOW_BYTES // 4 == _layout.IN_WORDS


def test_an_esp32_s_words_are_those_of_what_it_lacks() -> None:
    assert _layout_esp32.IN_PCNT == _layout.IN_MACHINE
    assert _layout_esp32.PCNT_COUNT <= _layout.MACHINE_COUNT
    assert _layout_esp32.IN_RMT == _layout.IN_DMA
    assert _layout_esp32.RMT_COUNT <= _layout.DMA_COUNT
    assert _layout_esp32.IN_KIND == _layout.IN_RX_COUNT


def test_an_stm32_s_words_are_those_of_what_it_lacks() -> None:
    assert _layout_stm32.IN_TIMER == _layout.IN_MACHINE
    assert _layout_stm32.TIMER_COUNT <= _layout.MACHINE_COUNT
    assert _layout_stm32.IN_KIND == _layout.IN_RX_COUNT
    assert _layout_stm32.KIND_STM32 != _layout_esp32.KIND_ESP32


def test_a_request_is_written_and_read_whole() -> None:
    pipe_buf_bytes = 4096

    assert pipe_buf_bytes >= 4 * _layout.OUT_WORDS


def folded(name: str) -> dict[str, str]:
    text = (OVERLAY / name).read_text()
    return dict(re.findall(r"^(_[A-Z_]+) = const\((\w+)\)", text, re.MULTILINE))


def test_constants_that_are_folded_into_bytecode_are_those_of_the_layout() -> None:
    machine, pio = folded("_state_machine.py"), folded("_pio.py")
    shared = set(machine) & set(pio)
    assert len(shared) >= 8
    assert {name: machine[name] for name in shared} == {name: pio[name] for name in shared}
    assert int(folded("_pin.py")["_IN_LEVELS"]) == _layout.IN_LEVELS
    assert int(folded("_bus.py")["_IN_WIRE_UART"]) == _layout_wire.IN_WIRE_UART
