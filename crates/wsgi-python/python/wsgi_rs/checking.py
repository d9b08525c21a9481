"""A check of the configuration, which neither listens nor creates anything."""

import errno
import os
import socket
import stat

from . import site
from ._wsgi_rs import Sockets, check
from .serving import DEFAULT_BIND

PROTOCOLS = {"fastcgi": "FastCGI", "scgi": "SCGI", "uwsgi": "uwsgi"}


def lines(configuration, settings):
    """Checks what the command would load, read, open and write, and returns lines about what it
    would do. Raises the first error."""
    has_page, has_address = configuration.metrics is not None, bool(configuration.bind)
    check(site.load_all(configuration), Sockets([]), has_page, has_address, **settings)
    further = [configuration.redirect_http, configuration.metrics]
    binds = configuration.bind or [DEFAULT_BIND]
    for address in [*binds, *filter(None, further)]:
        _check_address(address)
    told = [_served(configuration, binds)]
    if configuration.workers:
        told.append(f"workers: {configuration.workers}")
    for what, path in [("access log", configuration.access_log),
                       ("pid file", configuration.pid_file)]:
        if path not in (None, "-"):
            _check_file(what, path)
            told.append(f"{what}: {path}")
    if configuration.metrics:
        told.append(f"numbers: {configuration.metrics}")
    if configuration.tls_self_signed:
        told.append(configuration.tls_self_signed.note)
    return told


def _served(configuration, binds):
    secure = configuration.tls_cert or configuration.tls_self_signed
    by = PROTOCOLS.get(configuration.protocol, "https" if secure else "http")
    unless = "" if configuration.bind else ", unless it inherits a socket"
    names = ", ".join(name for _, name in site.names(configuration))
    return f"would serve {names} on {', '.join(binds)} by {by}{unless}"


def _check_address(address):
    """Checks that an address belongs to this machine, or that there is room for its socket."""
    if address.startswith("unix:"):
        path = address[len("unix:"):]
        if os.path.lexists(path) and not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise OSError(f"cannot listen on {address}: it is not a socket and is not replaced")
        _check_folder(f"cannot listen on {address}", path)
        return
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host:
        return
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)
    except OSError as error:
        raise OSError(f"cannot listen on {address}: {error.strerror}") from None
    problem = None
    for family, kind, protocol, _, place in found:
        # Nobody can connect to a socket for datagrams at any port.
        try:
            with socket.socket(family, kind, protocol) as trying:
                trying.bind((place[0], 0, *place[2:]))
                return
        except OSError as error:
            problem = error
    raise OSError(f"cannot listen on {address}: {problem.strerror}")


def _check_file(what, path):
    """Checks that this process may write a file, or create it if it is missing."""
    if os.path.isdir(path):
        raise OSError(f"cannot write the {what} {path}: it is a folder")
    if not os.path.exists(path):
        _check_folder(f"cannot write the {what} {path}", path)
    elif not os.access(path, os.W_OK):
        raise OSError(f"cannot write the {what} {path}: {os.strerror(errno.EACCES)}")


def _check_folder(problem, path):
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise OSError(f"{problem}: there is no folder {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OSError(f"{problem}: {os.strerror(errno.EACCES)}")
