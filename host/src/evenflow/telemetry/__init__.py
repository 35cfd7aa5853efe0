"""The record: every frame and event of a session, in SQLite, durable once a second."""
