"""Flashing: from a bare board to a verified pump.

`port` finds the board, `console` speaks to its prompt by mpremote's library, `content` is what
it shall hold, `survey` what it holds, `plan` the difference, `install` makes it so, `report_back`
asks the pump that was started; `flasher` is all of that in order. `boot_volume` is for a board
without MicroPython.
"""
