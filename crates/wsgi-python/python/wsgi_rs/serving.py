"""Serving in this process."""

import select
import sys

from . import leaving
from ._wsgi_rs import Server
from .signals import Signals

DEFAULT_BIND = "127.0.0.1:8000"


def serve(app, bind=DEFAULT_BIND, **settings):
    """Serves an application until SIGINT or SIGTERM.

    `bind` is an address such as "127.0.0.1:8000" or "unix:/run/app.sock", or a list of them. The
    README lists the settings. The first signal ends the server gracefully, and the second at once.
    On another thread than the main one, Python cannot handle signals, so that only the end of the
    process ends the server.
    """
    addresses = [bind] if isinstance(bind, str) else list(bind)
    run(Server(app, addresses, **settings))


def run(server):
    """Runs a server that listens, until it has ended."""
    leaving.watch(server)
    announce(server.places)
    server.start()
    with Signals() as signals:
        count = 0
        while True:
            ready, _, _ = select.select([server, *signals.files()], [], [])
            if server in ready:
                break
            for _ in signals.received():
                count += 1
                server.shutdown() if count == 1 else server.abort()
    server.join()


def announce(places):
    """Tells on standard error where the server listens."""
    for place in places.split(", "):
        if place.startswith("http"):
            place += "/"
        print(f"wsgi-rs: serving on {place}", file=sys.stderr, flush=True)
