"""Every message, declared once: codec, protocol docs and host records are derived from here.

One text, for objects would take a quarter of a Pico's heap. A message has a line: its ident in
hexadecimal, its name, `>` from host to device or `<` from device to host, and what it is for. Then
a line for each field, in order: name, kind and what it holds. Kinds are those of
pumpcore.wire.messages. `request_id` is chosen by the host and echoed in the answer. Idents are
never reused.
"""

TABLE = """\
01 hello > Opens a session; the device answers with hello_reply.
    request_id
    schema b8 the host's SCHEMA
02 hello_reply < Who the device is. Sent even when the schema differs, so that the host can say so.
    request_id
    schema b8 the device's SCHEMA
    firmware t16 firmware version
    board t32 name in the board file
    interpreter t32 what runs the firmware, and its version
    unique_id b8 of the microcontroller
    library b8 hash of the installed drug library; zeros if none
    library_version t16 of the installed drug library; empty if none
    reset_cause u8 index in RESET_CAUSES
    link_flags u8 bits: 0 commands accepted, 1 bench, 2 emulated, 3 has a key, 4 needs it
    self_test_failures u30 bit per failed test; 0 when all passed
    self_test_notes u8 bits of SELF_TEST_NOTES: found, and no failure
    state u8 index in STATES
    banner t64 what everyone must know
03 ping > Says that the host is there. Changes nothing.
    request_id
10 telemetry < One a tick: every kernel input of the tick, and what the kernel made of it.
    tick_count u30 ticks since boot
    elapsed_us u24 input: time since the tick before
    load_us u16 input: time that the tick before took, saturated
    step_count u16 input: edges on STEP, modulo 2^16
    encoder_count u16 input: quadrature counts, modulo 2^16
    reference_count u16 input: edges of the clock chip's square wave
    raw_force i24 input: last force conversion, sensor counts
    force_sample_count u8 input: force conversions, modulo 2^8
    raw_position u16 input: carriage position, ADC counts
    raw_barrel u16 input: diameter of the barrel in its clamp, ADC counts
    raw_contact u16 input: line of the external contact, ADC counts
    raw_battery u16 input: a third of the battery's voltage, ADC counts
    raw_temperature u16 input: the controller's own sensor, ADC counts
    switches u16 input: bit per switch, see pumpcore.panel.SWITCHES
    link_frame_count u8 input: valid frames received since the tick before
    state u8 index in STATES
    stop_reason u8 index in STOP_REASONS; the first wins and is kept
    alarms_low u30 bit per active alarm, idents 0-29
    alarms_high u30 bit per active alarm, idents 30-59
    commanded_ul_per_h u24 rate that the pacer paces now
    delivered_microsteps i31 audited steps of the programme, forward less back
    force_mn i24 filtered force
    baseline_mn i24 running friction learnt in take-up
    motion u8 bits, see pumpcore.report.MOTION_*
    checklist u8 bits, see pumpcore.panel.CHECKLIST_ITEMS and PRESENCE_ASKED
    led u8 index in LED_PATTERNS
    sounder u8 index in SOUNDER_PATTERNS
    programme_number u16 the programme held; 0 for none
    last_request_id u16 the last command that was executed or refused, its tag being right
11 answer < Answers a command that has no answer of its own, or refuses one.
    request_id
    command u8 ident of the command
    refusal u8 index in REFUSALS; 0 for done
    tick_count u30 the tick before which it took effect
    bound u64 the bound that was passed, in the unit of the refusal; else 0
12 event < Something that telemetry bits alone would not tell, such as a refused key.
    tick_count u30 when
    kind u8 index in EVENT_KINDS
    code u16 what, by kind: key, refusal, alarm or state
    value i32 a figure, by kind; else 0
13 inspection < How the controller itself is doing.
    request_id
    heap_bytes u30 size of the heap; 0 where there is no bound
    heap_free_bytes u30 free now, or when last looked while nothing moved
    heap_lowest_bytes u30 least that was ever free before a collection
    longest_load_us u16 longest tick since boot, saturated
    frame_count u30 valid frames received
    frame_error_count u30 frames refused: CRC, length, ident or range
14 therapy < Once a second while a programme is at hand: what is given, of what, and how far it is.
    tick_count u30 ticks since boot
    delivered_microsteps i31 audited steps of the programme, forward less back
    commanded_ul_per_h u24 rate that the pacer paces now
    infused_s u24 time in `infusing`, pauses left out
    state u8 index in STATES
    programme_number u16
    digest b8 of the programme
    entry u16 of the library; 0 for bench
    drug t32 of the entry; empty for bench
    concentration_ng_per_ml u64
    weight_ng u64 of the patient; 0 where the order has none
    mass_ng u64 ordered, floored to 1 ng
    volume_nl u30 ordered
    rate_ul_per_h u30 of steps the highest
    microsteps u30 whole steps that stay within the volume
    femtolitres_per_microstep u30
20 stage > Offers a programme in the order's own quantities; the device derives the rest itself.
    request_id
    programme_number u16 1 and up; the same number again is the same programme
    library b8 hash of the library that the host planned with; zeros for bench
    entry u16 ident of the library entry; 0 for bench
    dose_form u8 index in DOSE_FORMS
    dose_value u64 ng/kg, ng, ng/kg/h or ng/h by form; 0 for rate and volume
    weight_ng u64 body weight in ng (10^-12 kg); 0 only for bench
    concentration_ng_per_ml u64 0 only for bench
    duration_ms u30 0 only for the form rate and volume
    rate_ul_per_h u30 for the form rate and volume; else 0
    volume_nl u30 for the form rate and volume; else 0
    syringe u8 ident in SYRINGES
    bore_um u16 calibrated bore; 0 for the nominal one
    fill_nl u30 in the syringe before the purge
    stop_on_link_loss u8 1: link_lost stops the infusion; 0: it only alarms
    override u8 1: soft limits passed were confirmed by a person with a reason
    occlusion_mmhg u16 pressure limit; 0 for the entry's, or the project's
    step_count u8 steps sent before by stage_step; 0 for a single rate
    kvo_ul_per_h u16 flow after the end, to keep the vein open; 0 for none
    vitals_hold u8 1: stops where vital signs are not entered in time; 0: not
    patient b8 names the patient by a hash; zeros if nobody is named
21 staged < What the device understood, by its own arithmetic.
    request_id
    programme_number u16
    mass_ng u64 floored; 0 for bench
    volume_nl u30 floored to 1 nL
    rate_ul_per_h u30 floored to 1 uL/h; of steps the highest
    microsteps u30 whole steps that stay within the volume
    femtolitres_per_microstep u30
    digest b8 of the programme; the person confirms this
22 confirm > A person agrees to the staged programme by its digest.
    request_id
    programme_number u16
    digest b8
23 cancel > Drops a programme that is not running.
    request_id
    programme_number u16
24 stop > Stops the plunger. Always accepted; harmless when it stands.
    request_id
25 acknowledge > Acknowledges every active alarm, like the key on the panel.
    request_id
26 audio_pause > Pauses the sound of active alarms for at most two minutes, like the key.
    request_id
27 inspect > Asks for an inspection. Changes nothing.
    request_id
28 read_journal > Asks for a page of the journal. Changes nothing.
    request_id
    first_sequence u30 of the first record; an older one is the oldest
29 journal_page < Records of the journal, as they lie in the memory; see pumpcore.journal_record.
    request_id
    oldest_sequence u30 the oldest record there is
    next_sequence u30 one past the newest
    first_sequence u30 of the first record here
    record_count u8 how many of the records here count
    record_0 b32
    record_1 b32
    record_2 b32
    record_3 b32
    record_4 b32
2a read_ledger > Asks for the totals of doses and the last programme. Changes nothing.
    request_id
2b ledger < What the patient was given, and the last programme: after a reset, what it gave.
    request_id
    generation u30 of the totals; new_patient repeats it
    flags u8 bit 0 memory failed, bit 1 totals lost, bit 2 programme at hand
    total_ng u64 mass of drug since NEW PATIENT
    window_ng u64 of it, in the last 24 hours
    episode_count u30 doses counted, ever
    clock_s u30 the clock chip's, since 2020-01-01; 0 if it lost its time
    boot_count u30
    next_sequence u30 of the journal: one past the newest record
    failure_count u30 writes that the memory did not answer, since boot
    programme_number u16 the last programme; 0 if there was none yet
    entry u16 of the library; 0 for bench
    digest b8 of the programme
    library b8 hash of the library it was checked with
    last_state u8 index in STATES; before the reset, if one ended it
    stop_reason u8 index in STOP_REASONS
    ended_by u8 1 + index in RESET_CAUSES of the reset that ended it; 0 if none did
    volume_low_nl u30 given, at least
    volume_high_nl u30 given, at most; they differ if a reset cut motion short
    alarms_low u30 bit per active alarm at the last check-point, idents 0-29
    alarms_high u30 idents 30-59
2c new_patient > Clears the totals: for another patient only. Refused while a programme is at hand.
    request_id
    generation u30 of the totals, as read in ledger
2d stage_step > One step of the programme that the next stage offers; index 0 begins anew.
    request_id
    programme_number u16 of the stage that follows
    index u8 from 0 on, in order; the same step again changes nothing
    rate_ul_per_h u30 at the step's beginning
    to_rate_ul_per_h u30 at its end; the same for a constant rate
    volume_nl u30 given in this step
2e presence > Somebody is with the patient, like the key CHECK while it infuses.
    request_id
2f vitals > Vital signs of the patient, 0 where not measured. Beyond their limits the pump holds.
    request_id
    systolic_mmhg u16
    diastolic_mmhg u16
    heart_rate_per_min u16
    oxygen_percent u8 saturation, SpO2
    sedation u8 index in pumpcore.vital_signs.SEDATION
    override u8 1: a pressure above the soft baseline was confirmed, with a reason
30 library_part > A part of a drug library that is to be installed; offset 0 begins anew.
    request_id
    offset u16 of the part: how many bytes came before
    length u8 how many bytes of the part count; less than all only in the last
    part_0 b64
    part_1 b64
31 install_library > Takes the parts as the drug library, if they are one and newer than the installed one.
    request_id
    size_bytes u16 of all parts
    digest b8 that it bears
32 read_sessions > Asks for the last sessions by the pump's own ledger. Changes nothing.
    request_id
33 session_page < The last sessions of drugs, the newest first: starts by the pump's own clock.
    request_id
    session_count u30 sessions begun, ever; counts on across NEW PATIENT
    cleared_count u30 of them, those before the last NEW PATIENT
    row_count u8 how many of the rows here count
    row_0 b32 see pumpcore.session_ledger
    row_1 b32
    row_2 b32
    row_3 b32
    row_4 b32
34 open_session > Asks for a session under the board's key. The first command with its tag begins it.
    request_id
    role u8 index in pumpcore.wire.tag.ROLES
    nonce b16 chance of the host
35 session < What the tags of commands need; see pumpcore.wire.tag.
    request_id
    number u8 of the session
    key b8 names the board's key
    nonce b16 chance of the pump
    proof b16 that the pump has the key
40 read_keyframe > Asks for the kernel's whole state, now instead of within 10 s. Changes nothing.
    request_id
41 keyframe < A part of the kernel's whole state after a tick; see pumpcore.keyframe.
    tick_count u30 the tick
    index u8 of the part; the first is 0, and comes with the telemetry of that tick
    values b64 sixteen figures of four bytes, with a sign
"""
