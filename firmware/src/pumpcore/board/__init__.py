"""Whether a board file can work: its keys, the facts of its controller, and the rules between.

The board needs all this once, at boot, and drops it then; nothing of the core imports it.
"""
