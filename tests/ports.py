"""A server of our own on a free port of this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar


class Talks(Protocol):
    port: int

    def talk(self, connection: socket.socket) -> None: ...


Server = TypeVar("Server", bound=Talks)


@contextmanager
def on_a_port(server: Server) -> Iterator[Server]:
    """`server.talk` gets each connection to `server.port`, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                server.talk(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
