"""Whether each pin exists, is free, has one use, and can do its job."""

from pumpcore.board.controller import Controller
from pumpcore.board.keys import KEYS
from pumpcore.profile import Profile

# Square waves of the drivers, in Hz.
TONES = (("panel.buzzer_pin", 600),)


def problems(
    sound: Profile, controller: Controller, keys: tuple = KEYS, tones: tuple = TONES
) -> list[str]:
    """What is wrong with the pins among the sound values of those keys."""
    found = []
    refused = {
        pin: (reason, use)
        for pin, reason, key, use in controller.refused_pins
        if not key or sound.get(key) is not False
    }
    owners = {}
    for key in keys:
        if not key.kind.startswith("pin") or key.name not in sound:
            continue
        pin = sound[key.name]
        if pin not in controller.pins:
            found.append(
                "%s: an %s has no pin %s; it has %s"
                % (key.name, controller.title, pin, controller.pins_doc)
            )
            continue
        if pin in owners:
            found.append("%s: pin %s is already %s; take another" % (key.name, pin, owners[pin]))
        owners[pin] = key.name
        if pin in refused and key.name != refused[pin][1]:
            found.append("%s: pin %s %s; take another" % (key.name, pin, refused[pin][0]))
        elif key.kind == "pin_adc" and pin not in controller.adc_pins:
            found.append(
                "%s: pin %s has no analogue input; take %s"
                % (key.name, pin, listed(controller.adc_pins))
            )
    found.extend(_encoder(sound, controller))
    found.extend(pwm_clashes(sound, controller, tones))
    return found


def pwm_clashes(sound: Profile, controller: Controller, tones: tuple) -> list[str]:
    """Square waves on a pin without, and two that one unit or one channel cannot make."""
    if not controller.pwm_outputs:
        return []
    found = []
    taken = {}
    for name, hz in tones:
        if name not in sound or sound[name] not in controller.pins:
            continue
        pin = sound[name]
        unit, channel = pwm_of(pin, controller)
        if unit < 0:
            found.append("%s: pin %s has no PWM; take a pin of a timer" % (name, pin))
            continue
        for other, (its_unit, its_channel, its_hz) in taken.items():
            if unit == its_unit and (hz != its_hz or channel == its_channel):
                found.append(
                    "%s: pin %s shares PWM %d with %s; take a pin of another"
                    % (name, pin, unit, other)
                )
        taken[name] = (unit, channel, hz)
    return found


def pwm_of(pin: object, controller: Controller) -> tuple[int, int]:
    """Unit and channel of the square wave on a pin; -1 for a pin without."""
    for row in controller.pwm_outputs:
        if row[0] == pin:
            return row[1], row[2]
    return -1, -1


def _encoder(sound: Profile, controller: Controller) -> list[str]:
    pairs = controller.encoder_pairs
    pin_a, pin_b = sound.get("encoder.a_pin"), sound.get("encoder.b_pin")
    if not pairs or pin_a not in controller.pins or pin_b not in controller.pins:
        return []
    if (pin_a, pin_b) in pairs:
        return []
    if isinstance(pin_a, int):
        return ["encoder.b_pin: must be encoder.a_pin + 1; its counter reads two pins in a row"]
    choices = ["%s with %s" % pair for pair in pairs]
    return ["encoder.b_pin: not of encoder.a_pin's timer; take %s" % listed(choices)]


def listed(values: tuple | list) -> str:
    """`1, 2 or 3`."""
    texts = [str(value) for value in values]
    if len(texts) == 1:
        return texts[0]
    return ", ".join(texts[:-1]) + " or " + texts[-1]
