"""What a controller is to a board file: which pins it has, and what each of them can do."""

from collections import namedtuple

# pins           as a board file names them; `pins_doc` says which in a few words
# refused_pins   (pin, reason, key, use) of pins to leave alone; with a key, unless that is false;
#                with a use, but for that key
# adc_pins       those with an analogue input that the drivers may use
# uarts, i2cs    (number, pins of TX or SDA, pins of RX or SCL, what else takes it); no pins: any
# i2ss           (number, pins of SD, pins of CK, pins of WS, what else takes it); no pins: any
# spis           (number, pins of MOSI, pins of MISO, pins of SCK, what else takes it); as above,
#                and without a pin SCK is led nowhere
# encoder_pairs  (A, B) that its counter can take; none: any two
# timer_inputs   (pin, timer, channel) of pins whose edges a timer can count; none: any pin, by a
#                block of its own
# pwm_outputs    (pin, unit, channel); a unit has one frequency; none: any pin, of its own
# resources      (name, how many there are)
# needs          (key, resource, how many its driver takes)
# ram_bytes      all of its static memory
# flash_bytes    on the chip or its usual module
# source         of all these figures
Controller = namedtuple(
    "Controller",
    (
        "name",
        "title",
        "module",
        "source",
        "pins",
        "pins_doc",
        "refused_pins",
        "adc_pins",
        "uarts",
        "i2cs",
        "i2ss",
        "spis",
        "encoder_pairs",
        "timer_inputs",
        "pwm_outputs",
        "resources",
        "needs",
        "ram_bytes",
        "flash_bytes",
    ),
)
