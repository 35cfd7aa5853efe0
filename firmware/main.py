"""What MicroPython runs at power-on."""

from pumpapp.main import main

main()
