"""Serving in this process."""

import sys

from . import leaving
from ._wsgi_rs import Server, Sockets
from .signals import ENDING, Signals
from .waiting import readable

DEFAULT_BIND = "127.0.0.1:8000"


def serve(app, bind=DEFAULT_BIND, mount=None, metrics=None, socket_mode=None, socket_owner=None,
          socket_group=None, **settings):
    """Serves an application until SIGINT or SIGTERM.

    `bind` is an address such as "127.0.0.1:8000" or "unix:/run/app.sock", or a list of them.
    `mount` has further applications by their prefixes. `metrics` is the address of the page of
    numbers; it needs a host, so that the page is not public by accident. `socket_mode`, such as
    0o660, `socket_owner` and `socket_group` are numbers for Unix sockets. The README lists the
    settings. The first signal ends the server gracefully, and the second at once. On another thread
    than the main one, Python cannot handle signals, so that only the end of the process ends the
    server.
    """
    addresses = [bind] if isinstance(bind, str) else list(bind)
    applications = [*(mount or {}).items(), ("/", app)]
    sockets = Sockets(addresses, metrics, socket_mode, socket_owner, socket_group)
    run(Server(applications, sockets, **settings))


def run(server):
    """Runs a server that listens, until it has ended."""
    ends = 0
    with Signals(ENDING) as signals:
        start(server)
        while not is_ready(server, [server, *signals.files()]):
            for _ in signals.received():
                ends += 1
                end(server, ends)
    join(server)


def start(server):
    """Begins to serve, and tells where."""
    server.start()
    leaving.watch(server)
    announce(server.places.split(", "))
    if server.metrics:
        say(f"numbers on {server.metrics}")


def is_ready(server, files, timeout=None):
    """Waits until one of the files can be read, and returns whether the server has ended."""
    return server in readable(files, timeout)


def end(server, times):
    """Ends a server gracefully, and at once when it is told so again."""
    if times == 1:
        server.drain()
    else:
        server.abort()


def join(server):
    """Waits for the end of a server, and raises the error that ended it."""
    try:
        server.join()
    finally:
        leaving.forget(server)


def announce(places):
    """Tells on standard error where the server listens."""
    for place in places:
        if place.startswith("http"):
            place += "/"
        say(f"serving on {place}")


def say(text):
    """Writes a line to standard error."""
    _write(f"wsgi-rs: {text}\n")


def say_failure(error):
    """Says what failed, with its traceback if it has one to show."""
    _write(getattr(error, "traceback", ""))
    say(f"error: {error}")


def _write(text):
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except Exception:
        pass  # nobody reads it, and the server goes on
