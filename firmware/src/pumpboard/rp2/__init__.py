"""Drivers for the RP2040: PIO for everything that has a time in it."""
