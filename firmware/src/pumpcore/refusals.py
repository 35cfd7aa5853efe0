"""Why the device says no: one row a reason, with a hint that says what to do.

A row's place is the wire's code; append only. Row 0 means done. One text, for objects would take
5 KB more of a Pico's heap; on a board the words after the names are empty. Those who tell people
have them from pumpcore.refusal_words.
"""

# Name, reason and hint.
TABLE = """
none | done |
link_locked | this pump takes no commands over a link without keys | use a board file with link.bench = true on the bench, or an emulated port
wrong_state | not possible in the pump's present state | see the state in `evenflow info`
wrong_number | the pump holds another programme | stage again, then confirm what the pump answers
wrong_digest | the digest is not that of the staged programme | stage again, and compare what the pump answers with the order
unknown_entry | the drug library has no such entry | install the library that the order was planned with
wrong_library | the pump's drug library differs from the one the order was planned with | install the library on the pump again
unknown_syringe | no such syringe | see `evenflow order show`
bore_calibration | the calibrated bore is too far from the nominal one | check the syringe model
dose_form | unknown form of dose | update host or firmware
weight_hard | weight outside the hard limits | check weight and unit
dose_hard | dose by weight outside the hard limits | check dose, weight and unit
duration_hard | duration outside the hard limits | check the duration
dose_rate_hard | dose rate by weight above the hard limit | give the dose over a longer time
mass_hard | mass of drug above the hard limit | check dose and weight
loaded_mass_hard | mass of drug loaded in the syringe above the hard limit | fill the syringe with less, or dilute it
concentration | concentration is not one that the entry allows | use a concentration of the entry
fill_short | the syringe holds less than the volume and the reserve | fill it with more, or lower the volume
fill_over | fill above the syringe's nominal capacity | use a larger syringe
rate_range | rate outside what this pump can give | change duration or concentration
step_rate | rate above what this mechanism can follow with this syringe | use a larger syringe
volume_range | volume outside what this pump can give | change dose or concentration
bench_only | rate and volume without a drug are for the care area bench | order from the drug library
not_confirmed | the programme is not confirmed | confirm its digest at the host
not_seated | syringe not seated | grip the plunger and shut the barrel clamp
checklist | checklist not complete | purge, hear the alarm test, connect the line; press CHECK for each
alarm_active | an alarm stops the pump | remove its cause and acknowledge it
patient_connected | purge is impossible while the patient is connected | disconnect, and start the checklist again
purge_limit | the purge limit is reached | check line and syringe; stage the programme again
purge_first | no purge yet, so slack is not taken up | hold PRIME until fluid leaves the line
press_again | a running rate changes only by two presses | press the key again within ten seconds
fill_mismatch | the carriage position does not match the fill of the order | measure the fill and order again
number_zero | programme number 0 means none | number programmes from 1
busy | the pump is purging | wait until the purge has ended
friction | the plunger's running friction is implausible | open the line and purge again; if it returns, change the syringe
stop_held | STOP is held down | release STOP
pause_too_long | the dose was interrupted for more than 30 minutes | note the volume given, cancel, and order the rest anew
sounder | the main sounder is silent | take the pump out of use
window_dose_hard | with what this patient was given in the last 24 hours, above the hard limit | see the totals in `evenflow info`; NEW PATIENT clears them, for another patient only
ledger_lost | what this patient was given is not known: the pump's memory lost it | for another patient, give NEW PATIENT; else take another pump
wrong_generation | the totals have changed since they were read | read the totals again, then repeat NEW PATIENT
new_patient_busy | NEW PATIENT is not possible while a programme is at hand | end or cancel the programme first
no_journal | this board has no memory for a journal | use a board with an FRAM
memory_failed | the pump's memory does not answer | switch off and on; if it returns, take the pump out of use
lead_coarse | this screw is too coarse for a syringe of 50 mL and more | order a smaller syringe, or use a board with a finer screw
asked_too_often | more long questions than the pump can answer while it moves | ask again after the answer before
occlusion_limit | pressure limit outside what the drug's entry, or the bench, allows | choose one between 50 mmHg and the entry's own; on the bench, up to 750 mmHg
steps_not_permitted | this drug's entry allows no programme of several steps | order a single rate
step_count | more steps than a programme may have | order at most eight steps
step_order | a step that is not the next one | send the steps again, from index 0 on
step_number | the steps at hand are of another programme number | send the steps again, from index 0 on
step_missing | fewer or more steps are at hand than the programme says | send the steps again, then stage
library_expired | the drug library on the pump is no longer valid | install one that is; bench orders go on
kvo_not_permitted | this drug's entry allows no flow after the end | leave it out
kvo_rate | flow after the end outside 0.1 to 1 mL/h, above the last rate, or above what the entry allows | lower it
syringe_not_permitted | this drug's entry does not allow this syringe | use one of the entry's syringes
vitals_range | vital signs that nobody has, or one pressure without the other | check the figures and enter them again
baseline_missing | the order asks for vital signs before START | enter them
baseline_hard | blood pressure above the hard limit for a start | wait, measure again, or call it off
baseline_soft | blood pressure above the soft limit for a start | measure again, or override it with a reason
vitals_hold | this drug's entry has no interval of vital signs to hold to | leave it out
spacing | too soon after this patient's session before | see `evenflow course status` for the earliest time
spacing_unknown | the pump does not know the time, and the drug's entry spaces sessions | set its clock, or use a board with a clock chip
remaining_dose | more than what is left of the dose that this session began with | order no more than the rest
library_invalid | not a drug library as this pump takes it, or not as it was compiled | compile it again with this host; the installed one stays
library_version | not newer than the drug library that is installed | raise its version; the installed one stays
library_part | a part of a drug library that is not the next one | send it again from the beginning
library_memory | a drug library too large for the memory of this board | leave out entries; the installed one stays
library_storage | the board's flash did not take a drug library | look at its files; the installed one stays
vitals_missing | vital signs were due, and are still missing | measure and enter them
programme_at_hand | not possible while a programme is at hand | end or cancel the programme first
auth_missing | this pump takes commands only under its key | use the host that has the key: see `evenflow keys`
auth_session | not of the session that counts: another host has begun one, or the pump was restarted | connect again; only one host gives commands
auth_replayed | a command that was sent before, or overtaken by another | send it anew, not again
auth_stale | a command that was more than five seconds on its way | look at the line, and send it anew
auth_busy | more commands than the pump checks in a tick | send it again
auth_wrong | a command that was changed, or made with another key | see `evenflow keys`
auth_pause | too many commands under a wrong key: the pump takes none for a while | wait a minute; STOP and the pump's own keys work meanwhile
auth_role | not for this role | use a key of the role that may: see docs/protocol.md
no_keyframes | this board has no room for keyframes | fit less to it, or use one with more memory
"""


def code(name: str) -> int:
    """The wire code of a refusal; KeyError if there is none of that name."""
    at = TABLE.find("\n" + name + " |")
    if at < 0:
        raise KeyError(name)
    return TABLE.count("\n", 0, at + 1) - 1


def name_of(code: int) -> str:
    """The name of a wire code."""
    begin = 1
    for _ in range(code):
        begin = TABLE.index("\n", begin) + 1
    return TABLE[begin : TABLE.index(" |", begin)]
