"""Doses: quantities, the drug library, order files, and the plan that a pump is asked to agree to.

`evenflow.dose.order.load` reads an order file, `evenflow.dose.plan.plan` makes the plan of it.
"""
