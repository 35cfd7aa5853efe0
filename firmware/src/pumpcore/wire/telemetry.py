"""One record of telemetry packed a few fields at a time, because there is one in every tick.

`codec.encode` goes from byte to byte, which for this message alone is a tenth of a controller's
tick. The table of messages stays the truth: a test holds this to it. MicroPython's struct cuts
what does not fit without a word, so the fields of a width are looked at together first.

Not all in one call: with more than eleven words for variables and stack MicroPython takes a
function's frame from the heap, and searches it for room each time.
"""

from struct import pack_into

from pumpcore._compat import const
from pumpcore.tick_io import Inputs, Outputs
from pumpcore.wire.messages import by_name

TELEMETRY = by_name("telemetry")
_NAMES = [field.name for field in TELEMETRY.fields]
# Of the fields the first is the tick's number, the last the command's; those before this one are
# the kernel's inputs.
_FIRST_OUTPUT = const(15)
_IDENT = const(0x10)


def pack(
    tick_count: int, inputs: Inputs, outputs: Outputs, last_request_id: int, buffer: bytearray
) -> bool:
    """Write ident and fields from `buffer[1]` on; False, and nothing, if a value does not fit."""
    if tick_count >> 30 or last_request_id >> 16 or not _fit_in(inputs) or not _fit_out(outputs):
        return False
    _pack_time(tick_count, inputs, buffer)
    _pack_in(inputs, buffer)
    _pack_out(outputs, buffer)
    pack_into("<H", buffer, 63, last_request_id)
    return True


def values(tick_count: int, inputs: Inputs, outputs: Outputs, last_request_id: int) -> list:
    """The same as a list in the order of the message's fields; makes objects."""
    row = [tick_count]
    row += [getattr(inputs, name) for name in _NAMES[1:_FIRST_OUTPUT]]
    row += [getattr(outputs, name) for name in _NAMES[_FIRST_OUTPUT:-1]]
    row.append(last_request_id)
    return row


def _fit_in(inputs: Inputs) -> bool:
    if (inputs.force_sample_count | inputs.link_frame_count) >> 8:
        return False
    bits = inputs.load_us | inputs.step_count | inputs.encoder_count | inputs.reference_count
    bits |= inputs.raw_position | inputs.raw_barrel | inputs.raw_contact | inputs.raw_battery
    if (bits | inputs.raw_temperature | inputs.switches) >> 16:
        return False
    # What has a sign is moved to where it has none.
    return not (inputs.elapsed_us | inputs.raw_force + 0x800000) >> 24


def _fit_out(outputs: Outputs) -> bool:
    bits = outputs.state | outputs.stop_reason | outputs.motion | outputs.checklist
    if (bits | outputs.led | outputs.sounder) >> 8 or outputs.programme_number >> 16:
        return False
    bits = outputs.force_mn + 0x800000 | outputs.baseline_mn + 0x800000
    if (bits | outputs.commanded_ul_per_h) >> 24:
        return False
    if (outputs.alarms_low | outputs.alarms_high) >> 30:
        return False
    return -1 <= outputs.delivered_microsteps >> 30 <= 0


def _pack_time(tick_count: int, inputs: Inputs, buffer: bytearray) -> None:
    pack_into("<BI", buffer, 1, _IDENT, tick_count)
    # 24 bits are a part of 16 and one of 8.
    elapsed_us = inputs.elapsed_us
    pack_into("<HB", buffer, 6, elapsed_us & 0xFFFF, elapsed_us >> 16)


def _pack_in(inputs: Inputs, buffer: bytearray) -> None:
    pack_into("<HH", buffer, 9, inputs.load_us, inputs.step_count)
    pack_into("<HH", buffer, 13, inputs.encoder_count, inputs.reference_count)
    raw_force = inputs.raw_force
    pack_into(
        "<HBB", buffer, 17, raw_force & 0xFFFF, raw_force >> 16 & 255, inputs.force_sample_count
    )
    pack_into(
        "<HHHH",
        buffer,
        21,
        inputs.raw_position,
        inputs.raw_barrel,
        inputs.raw_contact,
        inputs.raw_battery,
    )
    pack_into("<HHB", buffer, 29, inputs.raw_temperature, inputs.switches, inputs.link_frame_count)


def _pack_out(outputs: Outputs, buffer: bytearray) -> None:
    pack_into(
        "<BBII",
        buffer,
        34,
        outputs.state,
        outputs.stop_reason,
        outputs.alarms_low,
        outputs.alarms_high,
    )
    value = outputs.commanded_ul_per_h
    pack_into("<HBi", buffer, 44, value & 0xFFFF, value >> 16, outputs.delivered_microsteps)
    value = outputs.force_mn
    pack_into("<HB", buffer, 51, value & 0xFFFF, value >> 16 & 255)
    value = outputs.baseline_mn
    pack_into("<HB", buffer, 54, value & 0xFFFF, value >> 16 & 255)
    pack_into("<BBBB", buffer, 57, outputs.motion, outputs.checklist, outputs.led, outputs.sounder)
    pack_into("<H", buffer, 61, outputs.programme_number)
