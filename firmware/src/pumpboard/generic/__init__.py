"""Drivers of chips beside the controller; they know its buses by what these can do."""
