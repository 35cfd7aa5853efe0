"""Freezes the firmware into MicroPython: `make BOARD=RPI_PICO FROZEN_MANIFEST=<this file>`.

The board file and the drug library are not frozen: they lie as `board.json` and `library.json` in
the device's file system.
"""

include("$(PORT_DIR)/boards/manifest.py")
package("pumpcore", base_path="src")
package("pumpboard", base_path="src")
package("pumpapp", base_path="src")
module("main.py")
