"""Stimuli of the physical world: line, syringe, sensors, motor, power."""

from evenflow.scenario.stimulus import NUMBER, TEXT, Argument, Stimulus
from pumpcore.syringe import SYRINGES

_MODELS = tuple(str(row.model) for row in SYRINGES)

PLANT_STIMULI = (
    Stimulus("plant.occlude", "the line is blocked", act=lambda on, _: on.plant.occlude()),
    Stimulus(
        "plant.release_occlusion",
        "the line is open again; what it stored flows on",
        act=lambda on, _: on.plant.release_occlusion(),
    ),
    Stimulus(
        "plant.stall", "the motor stands while STEP goes on", act=lambda on, _: on.plant.stall()
    ),
    Stimulus(
        "plant.release_stall",
        "the motor follows STEP again",
        act=lambda on, _: on.plant.release_stall(),
    ),
    Stimulus(
        "plant.air",
        "a bubble comes through the line",
        (Argument("volume_ul", NUMBER, "uL", low=0.1, high=5000),),
        lambda on, given: on.plant.air(given.number("volume_ul")),
    ),
    Stimulus(
        "plant.unseat_plunger",
        "the plunger's grip opens",
        act=lambda on, _: on.plant.unseat_plunger(),
    ),
    Stimulus(
        "plant.seat_plunger",
        "the plunger is gripped where it stands",
        act=lambda on, _: on.plant.seat_plunger(),
    ),
    Stimulus(
        "plant.open_barrel", "the barrel clamp opens", act=lambda on, _: on.plant.open_barrel()
    ),
    Stimulus(
        "plant.close_barrel", "the barrel clamp shuts", act=lambda on, _: on.plant.close_barrel()
    ),
    Stimulus(
        "plant.free_flow",
        "the grip fails with its switch closed; the plunger slides by itself",
        act=lambda on, _: on.plant.free_flow(),
    ),
    Stimulus(
        "plant.back_pressure",
        "the pressure at the patient's end changes",
        (Argument("mmhg", NUMBER, "mmHg", low=-300, high=1000),),
        lambda on, given: on.plant.back_pressure(given.number("mmhg")),
    ),
    Stimulus(
        "plant.set_fill",
        "the same syringe with another content, gripped anew",
        (Argument("ml", NUMBER, "mL", low=0, high=60),),
        lambda on, given: on.plant.set_fill(given.number("ml")),
    ),
    Stimulus(
        "plant.swap_syringe",
        "another syringe is mounted, with as much in it",
        (Argument("model", TEXT, choices=_MODELS),),
        lambda on, given: on.plant.swap_syringe(given.text("model")),
    ),
    Stimulus(
        "plant.encoder_freeze",
        "the encoder's count stays",
        act=lambda on, _: on.plant.encoder_freeze(),
    ),
    Stimulus(
        "plant.encoder_release",
        "the encoder counts again",
        act=lambda on, _: on.plant.encoder_release(),
    ),
    Stimulus(
        "plant.force_freeze",
        "the force reading stays what it was",
        act=lambda on, _: on.plant.force_freeze(),
    ),
    Stimulus(
        "plant.force_open",
        "a wire of the force bridge is off",
        act=lambda on, _: on.plant.force_open(),
    ),
    Stimulus(
        "plant.force_short",
        "the signal wires of the force bridge touch",
        act=lambda on, _: on.plant.force_short(),
    ),
    Stimulus(
        "plant.force_release",
        "the force sensor measures again",
        act=lambda on, _: on.plant.force_release(),
    ),
    Stimulus(
        "plant.temperature",
        "the temperature inside changes",
        (Argument("c", NUMBER, "°C", low=-40, high=150),),
        lambda on, given: on.plant.temperature(given.number("c")),
    ),
    Stimulus(
        "plant.motor_fault",
        "the motor driver reports a fault and switches off, until its supply is cycled",
        act=lambda on, _: on.plant.motor_fault(),
    ),
    Stimulus(
        "plant.mains_off",
        "mains is lost; the battery carries the pump",
        act=lambda on, _: on.plant.mains_off(),
    ),
    Stimulus("plant.mains_on", "mains is back", act=lambda on, _: on.plant.mains_on()),
    Stimulus(
        "plant.battery",
        "the battery's charge is set",
        (Argument("percent", NUMBER, "%", low=0, high=100),),
        lambda on, given: on.plant.battery(given.number("percent")),
    ),
    Stimulus(
        "plant.battery_fade",
        "the battery's capacity is set, of that of a new one",
        (Argument("percent", NUMBER, "%", low=0, high=100),),
        lambda on, given: on.plant.battery_fade(given.number("percent")),
    ),
    Stimulus(
        "plant.power_cut",
        "all power is gone, for every board",
        act=lambda on, _: on.power.cut(),
    ),
    Stimulus("plant.power_restore", "power is back", act=lambda on, _: on.power.restore()),
    Stimulus(
        "plant.brownout",
        "the supply dips for so long",
        (Argument("ms", NUMBER, "ms", low=0.1, high=60_000),),
        lambda on, given: on.plant.brownout(given.number("ms")),
    ),
    Stimulus(
        "plant.sounder_open",
        "the sounder's wire is off",
        act=lambda on, _: on.plant.sounder_open(),
    ),
    Stimulus(
        "plant.expander_off",
        "the port expander answers no more; its outputs stay",
        act=lambda on, _: on.plant.expander_off(),
    ),
    Stimulus(
        "plant.expander_on",
        "the port expander answers again",
        act=lambda on, _: on.plant.expander_on(),
    ),
    Stimulus(
        "plant.memory_off",
        "the journal's memory answers no more",
        act=lambda on, _: on.plant.memory_off(),
    ),
    Stimulus(
        "plant.memory_on",
        "the journal's memory answers again, with what it held",
        act=lambda on, _: on.plant.memory_on(),
    ),
)
