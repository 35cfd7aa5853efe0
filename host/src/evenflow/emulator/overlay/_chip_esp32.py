"""What an esp32 has in place of `_chip`: its clock, as MicroPython starts an ESP32-S3."""

FREQ_HZ = 160_000_000
