"""Serving in this process."""

import select
import sys

from . import leaving
from ._wsgi_rs import SelfSigned, Server, Sockets
from .asynchronous import is_asynchronous
from .conflicts import Conflicts
from .signals import ENDING, Signals
from .waiting import readable

DEFAULT_BIND = "127.0.0.1:8000"

# The milliseconds that a line waits for a reader of standard error that has stopped reading.
PATIENCE = 1000

# The number of characters that a pipe takes without a wait once it takes any (`select.PIPE_BUF`
# bytes, with up to four for each).
PIECE = select.PIPE_BUF // 4


def serve(app, bind=DEFAULT_BIND, *, mount=None, metrics=None, redirect_http=None,
          socket_mode=None, socket_owner=None, socket_group=None, tls_self_signed=False,
          **settings):
    """Serves an application until SIGINT or SIGTERM.

    `bind` is an address such as "127.0.0.1:8000" or "unix:/run/app.sock", or a list of them.
    `mount` has further applications by their prefixes. `metrics` is the address of the page of
    numbers; it needs a host, so that the page is not public by accident. Clients by http at
    `redirect_http` are redirected to https. `socket_mode`, such as 0o660, `socket_owner` and
    `socket_group` are numbers for Unix sockets. The README lists the settings. The first signal
    ends the server gracefully, and the second at once. On another thread than the main one, Python
    cannot handle signals, so that only the end of the process ends the server.
    """
    addresses = [bind] if isinstance(bind, str) else list(bind)
    own = {"app": app, "mount": mount, "bind": addresses, "metrics": metrics,
           "redirect_http": redirect_http, "socket_mode": socket_mode,
           "socket_owner": socket_owner, "socket_group": socket_group,
           "tls_self_signed": tls_self_signed}
    conflict = Conflicts({**settings, **own}, lambda key: f"`{key}`").first()
    if conflict is not None:
        raise ValueError(conflict)
    if socket_mode is not None and not 0 <= socket_mode <= 0o777:
        raise ValueError(f"`socket_mode` is a number from 0 to 0o777, such as 0o660, not "
                         f"{socket_mode}, which is {socket_mode:#o}")
    applications = [*(mount or {}).items(), ("/", app)]
    for prefix, one in applications:
        if is_asynchronous(one):
            raise TypeError(f"the application at {prefix!r} is asynchronous, such as one of ASGI, "
                            "and not one of WSGI")
    if tls_self_signed:
        settings["tls_self_signed"] = SelfSigned(addresses)
    sockets = Sockets(addresses, metrics, redirect_http, socket_mode, socket_owner, socket_group)
    run(Server(applications, sockets, **settings), settings.get("tls_self_signed"))


def run(server, self_signed=None):
    """Runs a server that listens, until it has ended."""
    ends = 0
    with Signals(ENDING) as signals:
        start(server, self_signed)
        while not is_ready(server, [server, *signals.files()]):
            for _ in signals.received():
                ends += 1
                end(server, ends)
    join(server)


def start(server, self_signed):
    """Begins to serve, and tells where, and with which certificate if it was made here."""
    server.start()
    leaving.watch(server)
    announce(server.places.split(", "), server.metrics, self_signed, server.running_requests)


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


def announce(places, metrics, self_signed, running_requests=None):
    """Tells on standard error where the server listens."""
    for place in places:
        if "://" in place:
            place += "/"
        say(f"serving on {place}")
    if metrics:
        say(f"numbers on {metrics}")
    if running_requests:
        say(f"running requests on {running_requests}")
    if self_signed is not None:
        say(self_signed.note)


def say(text):
    """Writes a line to standard error."""
    _write(f"wsgi-rs: {text}\n")


def say_failure(error):
    """Says what failed, with its traceback if it has one to show."""
    _write(getattr(error, "traceback", ""))
    say(f"error: {error}")


def _write(text):
    """Writes to standard error, unless it is closed, or nobody reads it. This process may be the
    one that ends the others and starts them, so it does not wait for a reader that hangs."""
    try:
        for start in range(0, len(text), PIECE):
            if not _takes_more(sys.stderr):
                break
            sys.stderr.write(text[start:start + PIECE])
            sys.stderr.flush()
    except Exception:
        pass  # nobody reads it, and the server goes on


def _takes_more(stream):
    """Whether a stream takes text in time."""
    try:
        descriptor = stream.fileno()
    except (AttributeError, OSError, ValueError):
        return True  # an object of the application
    waiting = select.poll()
    waiting.register(descriptor, select.POLLOUT)
    return bool(waiting.poll(PATIENCE))
