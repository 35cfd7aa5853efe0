"""Instruments of a bench: what they measure and do, and the drivers of those that we know.

A driver is one class with the methods of its kind in `instrument`; it opens nothing by itself, so
that the same dialogue runs over a serial port, a socket, or a pseudo-terminal of its emulator.
"""
