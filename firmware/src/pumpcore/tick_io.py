"""What goes into a tick and what comes out; objects are made once and reused."""

# 60 ms of motion at the highest step rate, with room for idle words.
MAX_WORDS = 320


class Inputs:
    """One tick's readings. Counters are modulo their width; the kernel takes differences."""

    def __init__(self) -> None:
        """All readings as at rest, gate intact, syringe absent."""
        self.elapsed_us = 0
        self.load_us = 0
        self.step_count = 0
        self.encoder_count = 0
        self.reference_count = 0
        self.raw_force = 0
        self.force_sample_count = 0
        self.raw_position = 0
        self.raw_barrel = 0
        self.raw_contact = 0
        self.raw_battery = 0
        self.raw_temperature = 0
        self.switches = 0
        self.link_frame_count = 0


class Outputs:
    """One tick's decisions. `words[:word_count]` go to the stepper queue, unless `abort`."""

    def __init__(self) -> None:
        """Standing still, silent and dark."""
        self.abort = True
        # The kernel came to its end; whoever counts on it clears it.
        self.is_decided = False
        self.words = [0] * MAX_WORDS
        self.word_count = 0
        self.is_forward = True
        self.may_enable = False
        self.minimum_interval_us = 0
        self.tone_on = False
        self.second_tone_on = False
        self.red_on = False
        self.green_on = False
        self.blue_on = False
        self.led = 0
        self.sounder = 0
        self.state = 0
        self.stop_reason = 0
        self.alarms_low = 0
        self.alarms_high = 0
        self.commanded_ul_per_h = 0
        self.delivered_microsteps = 0
        self.force_mn = 0
        self.baseline_mn = 0
        self.motion = 0
        self.checklist = 0
        self.programme_number = 0
