"""What MicroPython runs at boot."""

from pumpapp.main import main

main()
