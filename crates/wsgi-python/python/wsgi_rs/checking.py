"""A check of the configuration, which neither listens nor creates anything."""

import errno
import os
import socket
import stat
import sys

from . import site
from ._wsgi_rs import Sockets, check
from .service_manager import ServiceManager
from .serving import DEFAULT_BIND

# The longest path by which clients can name a socket, in bytes.
LONGEST_PATH = 103 if sys.platform == "darwin" else 107

# The first port that the system leaves to everybody, unless it was told otherwise.
FIRST_FREE_PORT = 1024

# The bit of the capability to give files to others (capabilities(7)).
CAP_CHOWN = 1 << 0

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
    for address in configuration.bind or []:
        _check_access(configuration, address)
    ServiceManager.of(dict(os.environ))
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
    """Checks that an address belongs to this machine, and that this process may use its port, or
    that there is room for its socket."""
    if address.startswith("unix:"):
        _check_path(address, address[len("unix:"):])
        return
    host, _, port = address.rpartition(":")
    host, port = host.removeprefix("[").removesuffix("]"), int(port)
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_DGRAM,
                                   flags=0 if host else socket.AI_PASSIVE)
    except OSError as error:
        raise OSError(f"cannot listen on {address}: {error.strerror}") from None
    problem = None
    for family, kind, protocol, _, place in found:
        # Nobody can connect to a socket for datagrams. Another one may have this port.
        number = port if port < FIRST_FREE_PORT else 0
        try:
            with socket.socket(family, kind, protocol) as trying:
                trying.bind((place[0], number, *place[2:]))
                return
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return
            problem = error
    raise OSError(f"cannot listen on {address}: {problem.strerror}")


def _check_path(address, path):
    """Checks that a socket can be made at a path."""
    length = len(os.path.join(os.getcwd(), path.removeprefix("./")).encode())
    if length > LONGEST_PATH:
        raise OSError(f"cannot listen on {address}: the path has {length} bytes, but clients can "
                      f"name at most {LONGEST_PATH}")
    if os.path.lexists(path) and not stat.S_ISSOCK(os.lstat(path).st_mode):
        raise OSError(f"cannot listen on {address}: it is not a socket and is not replaced")
    _check_folder(f"cannot listen on {address}", path)


def _check_access(configuration, address):
    """Checks that a socket can have its owner and group, and that proxies can connect to it if they
    have to."""
    is_unix = address.startswith("unix:")
    if configuration.proxy_protocol:
        if not any((one == "unix") == is_unix for one in configuration.trust_proxy):
            raise OSError(f"{address} expects the PROXY protocol, but trusts no proxy there")
    if not is_unix or _may_give_files():
        return
    owner, group = configuration.socket_owner, configuration.socket_group
    if owner not in (None, os.geteuid()):
        raise OSError(f"cannot listen on {address}: only root can make {owner} its owner")
    if group is not None and group not in (os.getegid(), *os.getgroups()):
        raise OSError(f"cannot listen on {address}: this process is not in the group {group}")


def _may_give_files():
    """Whether this process may give a file to another owner, or to a group that it is not in."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            for line in status:
                name, _, value = line.partition(":")
                if name == "CapEff":
                    return bool(int(value, 16) & CAP_CHOWN)
    except OSError:
        pass
    return os.geteuid() == 0


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
