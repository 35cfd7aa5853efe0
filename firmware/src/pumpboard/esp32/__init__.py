"""Drivers of the ESP32-S3's own blocks."""
