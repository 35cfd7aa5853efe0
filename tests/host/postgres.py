"""A real PostgreSQL for tests: one server a worker on a socket of its own, a new database each.

It comes from PyPI, needs no root, listens on no network port, and ends with the worker.
"""

import functools
import os
import tempfile
from itertools import count

import pgserver

_numbers = count(1)


def new_database() -> str:
    """The URL, as SQLAlchemy takes it, of an empty database that nobody else uses."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    server = _server()
    server.psql(f"CREATE DATABASE {name};")
    return server.get_uri(name).replace("postgresql:", "postgresql+psycopg:", 1)


@functools.cache
def _server() -> "pgserver.PostgresServer":
    # A path of its own, and short: a socket's may not exceed about 100 characters.
    place = tempfile.mkdtemp(prefix="pg-")
    return pgserver.get_server(place, cleanup_mode="delete")
