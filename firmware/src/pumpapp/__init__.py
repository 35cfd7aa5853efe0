"""The application: boot, commands, and the loop that never waits for anyone."""

FIRMWARE_VERSION = "0.1.0"
NOT_FOR_USE = "NOT FOR USE ON PEOPLE: bench and research equipment"
