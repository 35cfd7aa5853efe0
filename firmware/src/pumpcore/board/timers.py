"""Whether each pin whose edges are counted has a timer that counts them, and that to itself."""

from pumpcore.board.controller import Controller
from pumpcore.board.pins import listed, pwm_of
from pumpcore.profile import Profile

# The encoder's second pin is of the first one's timer, which pins.py has looked at.
_COUNTED = ("encoder.a_pin", "stm32f767.step_count_pin", "clock.square_wave_pin")
_BUZZER = "panel.buzzer_pin"


def problems(sound: Profile, controller: Controller) -> list[str]:
    """What is wrong with them among the sound values; nothing where no timer counts."""
    if not controller.timer_inputs:
        return []
    found = []
    owners = {}
    for name in _COUNTED + (_BUZZER,):
        if sound.get(name) not in controller.pins:
            continue
        pin = sound[name]
        timer = pwm_of(pin, controller)[0] if name == _BUZZER else timer_of(pin, controller)[0]
        if timer < 0:
            if name != _BUZZER:
                able = [row[0] for row in controller.timer_inputs]
                found.append(
                    "%s: pin %s has no timer that counts; take %s" % (name, pin, listed(able))
                )
        elif timer in owners:
            found.append(
                "%s: pin %s is of timer %d, which is already %s; take a pin of another"
                % (name, pin, timer, owners[timer])
            )
        else:
            owners[timer] = name
    return found


def timer_of(pin: object, controller: Controller) -> tuple[int, int]:
    """Timer and channel that count the edges at a pin; -1 for a pin without."""
    for row in controller.timer_inputs:
        if row[0] == pin:
            return row[1], row[2]
    return -1, -1
