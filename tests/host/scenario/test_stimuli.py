"""The one table of stimuli: names of the interface, arguments, and what they do."""

import re

import pytest

from evenflow.scenario.stimuli import BY_NAME, STIMULI, markdown

pytestmark = pytest.mark.requirement("DES-09")

# The vocabulary of the interface, with the arguments that it gives in brackets.
PROMISED = re.split(
    r"\s+",
    """
plant.occlude plant.release_occlusion plant.stall plant.release_stall plant.air(volume_ul)
plant.unseat_plunger plant.seat_plunger plant.open_barrel plant.close_barrel plant.free_flow
plant.back_pressure(mmhg) plant.set_fill(ml) plant.swap_syringe(model) plant.encoder_freeze
plant.encoder_release plant.force_freeze plant.force_open plant.force_short plant.force_release
plant.temperature(c) plant.motor_fault plant.mains_off plant.mains_on plant.battery(percent)
plant.battery_fade(percent) plant.power_cut plant.power_restore plant.brownout(ms)
plant.sounder_open
controller.hang controller.hang_task(name) controller.reset controller.raise(error)
controller.clock_skew(percent) controller.corrupt(variable) controller.step_source(times)
controller.step_pin_stuck controller.dir_flip controller.preset_ticks(ms_before_wrap)
monitor.hang monitor.reset monitor.raise(error) monitor.clock_skew(percent)
monitor.corrupt(variable) monitor.power_cut
operator.acknowledge operator.audio_pause operator.hold_audio_pause(s) operator.stop
operator.start operator.confirm operator.resume operator.prime_hold(s) operator.purge_confirm
operator.patient_connected(yes) operator.override(reason)
operator.vitals(sbp,dbp,hr,spo2,sedation) operator.presence operator.new_patient
operator.power_cycle operator.press(button,bounce_ms)
contact.open contact.close contact.cut
link.unplug link.replug link.flood(frames) link.corrupt(rate) link.delay(ms) link.drop(rate)
link.duplicate(rate) link.replay(what) link.send(hex) link.kill_host link.restart_host
host.submit(order) host.set_clock(offset_s) host.install_library(file) host.request(command)
""".strip(),
)


@pytest.mark.parametrize("promise", PROMISED)
def test_every_stimulus_of_the_interface_has_its_row_and_arguments(promise: str) -> None:
    name, _, arguments = promise.rstrip(")").partition("(")

    found = [argument.name for argument in BY_NAME[name].arguments]
    assert found == (arguments.split(",") if arguments else [])


def test_names_are_unique_and_every_row_has_words() -> None:
    assert len({row.name for row in STIMULI}) == len(STIMULI)
    assert all(row.words and row.source and row.short_name for row in STIMULI)


def test_the_documentation_s_table_has_every_row_and_says_what_is_missing() -> None:
    lines = markdown().splitlines()

    assert len(lines) == len(STIMULI) + 2
    assert [("not yet emulated" in line) for line in lines[2:]] == [
        row.act is None for row in STIMULI
    ]
