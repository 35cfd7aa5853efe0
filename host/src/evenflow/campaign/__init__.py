"""Fault campaigns: every single fault that can be planted, drawn over rates and moments.

`faults` is the table, `case` makes scenarios of it, `judge` holds results to the rules, `report`
declares what was measured.
"""
