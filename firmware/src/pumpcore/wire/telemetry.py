"""One record of telemetry packed at once, because there is one in every tick.

`codec.encode` goes from field to field, which for this message alone is a tenth of a controller's
tick. The table of messages stays the truth: a test holds this to it. MicroPython's struct cuts
what does not fit without a word, so the fields of a width are looked at together first.
"""

from struct import pack_into

# The ident, then the fields of the table in order; 24 bits are a part of 16 and one of 8.
_FORMAT = "<BIHBHHHHHBBHHHHHHBBBIIHBIHBHBBBBBHH"
_IDENT = 0x10


def pack(values: list, buffer: bytearray, offset: int) -> bool:
    """Write ident and fields from `offset` on; False if a value does not fit, nothing written."""
    (
        tick_count,
        elapsed_us,
        load_us,
        step_count,
        encoder_count,
        reference_count,
        raw_force,
        force_sample_count,
        raw_position,
        raw_barrel,
        raw_contact,
        raw_battery,
        raw_temperature,
        switches,
        link_frame_count,
        state,
        stop_reason,
        alarms_low,
        alarms_high,
        commanded_ul_per_h,
        delivered_microsteps,
        force_mn,
        baseline_mn,
        motion,
        checklist,
        led,
        sounder,
        programme_number,
        last_request_id,
    ) = values
    bytewide = force_sample_count | link_frame_count | state | stop_reason | motion | checklist
    bits16 = load_us | step_count | encoder_count | reference_count | raw_position | raw_barrel
    bits16 |= raw_contact | raw_battery | raw_temperature | switches | programme_number
    bits24 = elapsed_us | commanded_ul_per_h
    # With a sign: moved to where it has none.
    bits24 |= raw_force + 0x800000 | force_mn + 0x800000 | baseline_mn + 0x800000
    bits30 = tick_count | alarms_low | alarms_high | delivered_microsteps
    if (
        (bytewide | led | sounder) >> 8
        or (bits16 | last_request_id) >> 16
        or bits24 >> 24
        or bits30 >> 30
    ):
        return False
    pack_into(
        _FORMAT,
        buffer,
        offset,
        _IDENT,
        tick_count,
        elapsed_us & 0xFFFF,
        elapsed_us >> 16,
        load_us,
        step_count,
        encoder_count,
        reference_count,
        raw_force & 0xFFFF,
        raw_force >> 16 & 0xFF,
        force_sample_count,
        raw_position,
        raw_barrel,
        raw_contact,
        raw_battery,
        raw_temperature,
        switches,
        link_frame_count,
        state,
        stop_reason,
        alarms_low,
        alarms_high,
        commanded_ul_per_h & 0xFFFF,
        commanded_ul_per_h >> 16,
        delivered_microsteps,
        force_mn & 0xFFFF,
        force_mn >> 16 & 0xFF,
        baseline_mn & 0xFFFF,
        baseline_mn >> 16 & 0xFF,
        motion,
        checklist,
        led,
        sounder,
        programme_number,
        last_request_id,
    )
    return True
