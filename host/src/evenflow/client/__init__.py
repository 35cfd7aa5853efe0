"""Speaking to a pump."""
