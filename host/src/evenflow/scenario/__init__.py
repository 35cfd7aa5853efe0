"""Scenarios: what happens to a pump and when, run in virtual time on an emulated board.

`evenflow.scenario.file.load` reads one, `evenflow.scenario.engine.run` runs it.
"""
