"""Emulated instruments: they speak as the real ones do, and measure what a callable says.

They answer at once and hold no time of their own. Each can be made hostile, by setting its
`behaviour` to a name of its table.
"""
