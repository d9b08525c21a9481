"""A server in this process."""

from wsgi_rs._wsgi_rs import Server, Sockets


def start(application, port=0):
    """A server of an application, which serves on threads of its own, and its port."""
    server = Server([("/", application)], Sockets([f"127.0.0.1:{port}"]))
    server.start()
    return server, int(server.places.rsplit(":", 1)[1])
