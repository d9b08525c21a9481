"""A meeting point of a test and an application in another process.

The test opens a gate and names its port in a request. The application knocks, and goes on when the
test lets it. So a test knows where an application is, and nobody sleeps or polls.
"""

import socket

from wire import PATIENCE


class Gate:
    """The side of the test."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.listener.settimeout(PATIENCE)
        self.visitors = []

    @property
    def port(self):
        return self.listener.getsockname()[1]

    def arrival(self):
        """Waits for a knock, and returns what it says."""
        visitor, _ = self.listener.accept()
        visitor.settimeout(PATIENCE)
        self.visitors.append(visitor)
        said = b""
        while not said.endswith(b"\n"):
            part = visitor.recv(1024)
            assert part, f"it went before it had said all: {said!r}"
            said += part
        return said[:-1].decode()

    def is_quiet(self):
        """Whether no knock waits."""
        self.listener.setblocking(False)
        try:
            self.listener.accept()[0].close()
            return False
        except BlockingIOError:
            return True
        finally:
            self.listener.settimeout(PATIENCE)

    def open(self):
        """Lets all go on who have knocked."""
        while self.visitors:
            self.visitors.pop().close()

    def close(self):
        self.open()
        self.listener.close()


def knock(port, says=""):
    """The side of the application: says something, and does not wait."""
    with socket.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE) as visitor:
        visitor.sendall(says.encode() + b"\n")


def wait(port, says=""):
    """The side of the application: says something, and waits until the test opens the gate."""
    with socket.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE) as visitor:
        visitor.sendall(says.encode() + b"\n")
        visitor.recv(1)
