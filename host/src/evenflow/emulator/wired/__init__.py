"""A pump and a fixture, each on its own MicroPython, with their pins wired together."""
