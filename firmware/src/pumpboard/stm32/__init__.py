"""Drivers for the STM32: timers for what is counted, one pin each."""
