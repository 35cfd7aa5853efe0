"""What a keyframe holds: every variable of the kernel that outlives a tick, part by part.

Not in it: what is made of the board's profile once, what each tick makes anew, how much heap was
spent, and of the programme what only the ledgers ask for. The journal's failure is an input, told
by its alarm. A schedule's rows are those of the programme, for as long as it counts by them. A
test holds the table to the kernel itself, so that a variable that is added and not named is found.

One text, for objects would take three times as much of the heap; it is read once, and given back.
A line that is not indented is where a part hangs in the kernel. The programme is first, since it
is replaced. `*` is a sequence, and the most of it; the programme's rows follow by themselves.
"""

from pumpcore._compat import TYPE_CHECKING, const

if TYPE_CHECKING:
    from pumpcore.kernel import Kernel

# Names the table; a test says what it must be.
LAYOUT = const(0x3B7CFDF1)
# Of plain variables.
NAME_COUNT = const(259)

TABLE = """\
programme
    number entry volume_nl rate_ul_per_h microsteps kvo_ul_per_h kvo_microsteps
    femtolitres_per_microstep area_um2 nominal_bore_um fill_nl occlusion_mmhg near_end_ms
    presence_ms vitals_ms stop_on_link_loss is_overridden _sealed digest*8 vital_stops*5
    baseline_mmhg*4
kernel
    state _inverse_state stop_reason self_test_failures _pulses _pulses_upper _lasting
    _lasting_upper _spare_us resume_left_ms
outputs
    tone_on is_forward minimum_interval_us
motion
    job moved_steps delivered_steps purged_steps is_enabled is_forward minimum_interval_us
    _fl_per_step _steps_after _two_rates_ticks _next_interval_us _next_lag_steps _allowed_steps
    _lag_steps _account _wait_ticks _settle_ticks _has_counts _last_step_count _last_encoder_count
    _slip _slip_limit _turned_counts _furthest_counts _is_back _inverse_moved _inverse_delivered
    _inverse_job _sealed
motion.pacer
    rate_ul_per_h period_cycles issued_steps has_starved _period_remainder _accumulated
    _cycles_to_step _debt_cycles _steps_left _queued_cycles _half_cycles _is_fed
motion._schedule
    rate_ul_per_h end_steps is_next_lower microsteps _fl _row _block _block_count _before_nl
motion.delivery
    behind_us _period_us _remainder _divisor _step_part _period_part _most_behind_us
    _most_ahead_us _fl_per_step _rate_ul_per_h _at_steps _end_steps _presumed_steps
motion.delivery._schedule
    rate_ul_per_h end_steps is_next_lower microsteps _fl _row _block _block_count _before_nl
force
    filtered_mn baseline_mn _inverse_baseline_mn _previous_mn _before_mn _sum_mn _learnt_ticks
    _last_raw _same_ms _rail_ms
occurrences
    audio_pause_left_ms
occurrences.lower
    active acknowledged stopping high_mask _latching_mask stopping_mask sealed
occurrences.upper
    active acknowledged stopping high_mask _latching_mask stopping_mask sealed
conditions
    lower upper _area_um2 _tolerance_nl _empty_raw _low_raw _low_again_raw _is_low _near_end_steps
    _target_steps _empty_ticks _slow_ms _rising_bit _silent_ms _is_host_known _slip_raw
    _followed_raw _sealed
conditions.pressure
    occlusion_mn release_mn _rising_mn _rise_mn _near_mn _is_rising _window_ms _before_mn
    _earlier_mn _gripped_mn _nothing_looks
conditions._clock_check
    is_mismatched _window_ms _began_at_count _last_count
surroundings
    lower upper is_sounding _barrel_raw _barrel_tolerance_raw _waited_ms _is_hot _contact_ms
    _barrel_ms _expander_ms
surroundings.power
    has_mains permille minutes_left is_low is_depleted is_bad _mv _sample_ms _count _sum_mv
    _lowest_mv _highest_mv _mains_mv _sag_mv _is_driving _was_driving _life_min _windows
    _first_permille
surroundings.sounder
    is_faulty _deaf_ms _heard_ms
surroundings.air
    _single_steps _least_steps _window_steps _bubble_steps _last_steps _now_ms _next _ended_ms*24
    _steps*24
preparation
    checklist _armed_left_ms _take_up_left_ms _is_take_up_due _is_taken_up _test_ticks
    _slack_steps _purge_steps _purged_before_steps _purge_rate_ul_per_h _take_up_rate_ul_per_h
    _take_up_steps _fl_per_step
back_off
    _is_due _left_ms _target_mn _steps _rate_ul_per_h _fl_per_step _is_possible
keep_open
    has_begun target_steps _left_ms _sealed
attendance
    upper asked _is_overridden _is_beyond _has_baseline _presence_ms _vitals_ms _presence_left_ms
    _vitals_left_ms signs*5 _stops*5 _baseline_mmhg*4
_switches
    stable pressed _pending
_annunciator._light
    _pattern _part _left_ticks
_annunciator._sound
    _pattern _part _left_ticks
_self_test
    failures is_done _ticks _elapsed_us _first_sample _first_edge
_supervision
    _waiting_ms _interrupted_ms _last_age_ms _age_before_ms _is_locked _held_ms
_supervision._waiting
    is_on _left_ms
_supervision._interruption
    is_on _left_ms
_soundness
    _ticks
"""


class Table:
    """The table, read for one kernel."""

    def __init__(self, kernel: "Kernel") -> None:
        """Its parts, how many plain variables each has, and their names in a row."""
        self.owners: list = []
        self.counts: list = []
        # As long as it must be: a list that grows takes three times the room on its way.
        self.names: list = [""] * NAME_COUNT
        # Index of the part, name, most; for each sequence.
        self.sequences: list = []
        at = 0
        begin = 0
        while begin < len(TABLE):
            end = TABLE.index("\n", begin)
            line = TABLE[begin:end]
            if line.startswith(" "):
                at = self._read(line, at)
            else:
                self.owners.append(part(kernel, line))
                self.counts.append(0)
            begin = end + 1

    def _read(self, line: str, at: int) -> int:
        for word in line.split():
            name, _, most = word.partition("*")
            if most:
                self.sequences.append((len(self.owners) - 1, name, int(most)))
            else:
                self.names[at] = name
                self.counts[-1] += 1
                at += 1
        return at


def part(kernel: "Kernel", path: str) -> object:
    """What hangs there in the kernel."""
    found: object = kernel
    if path != "kernel":
        for name in path.split("."):
            found = getattr(found, name)
    return found
