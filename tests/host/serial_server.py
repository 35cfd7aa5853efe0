"""A server of serial ports as RFC 2217 has them, on loopback."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import serial
from serial.rfc2217 import PortManager


class _Sender:
    """What PortManager writes its own replies to."""

    def __init__(self, connection: socket.socket) -> None:
        """Over that."""
        self._connection = connection

    def write(self, content: bytes) -> None:
        self._connection.sendall(content)


@contextmanager
def serial_server(heard: Callable[[bytes], bytes]) -> Iterator[str]:
    """A server of RFC 2217, of pyserial's own parts, with whatever answers behind it."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, serial.serial_for_url("loop://") as settings:
            manager = PortManager(settings, _Sender(connection))
            while received := connection.recv(1024):
                answer = heard(b"".join(manager.filter(received)))
                connection.sendall(b"".join(manager.escape(answer)))

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"rfc2217://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(10.0)
    finally:
        listening.close()
