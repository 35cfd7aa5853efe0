"""Rigs: a pump and the instruments around it, emulated or on a bench, for the same tests.

`rig` says what a test may rely on; `emulated` has it of a plant, `bench` of a rig file. The pytest
plugin `evenflow.rig` (module `plugin`) gives tests a rig, a pump and their measurements.
"""
