"""Models of what the microcontroller's hardware does by itself between two exchanges.

Moments are nanoseconds of the controller's own crystal since power-on, whole numbers throughout,
so that nothing drifts: a PIO cycle must be a whole number of nanoseconds.
"""
