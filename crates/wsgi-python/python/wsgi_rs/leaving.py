"""The end of a process whose servers have not ended.

Python's interpreter cannot end while threads of a server are inside the application: they would go
on in an interpreter that is gone. The process then ends without it.
"""

import atexit
import os
import sys

_servers = set()

# The status of a process that leaves calls of the application behind.
STATUS = 1


def watch(server):
    """Ends this server with the process, if it has not ended before."""
    _servers.add(server)


def forget(server):
    """Does so no longer, unless its calls go on."""
    if not server.calls():
        _servers.discard(server)


def _leave():
    for server in list(_servers):
        server.abort()
        try:
            server.join()
        except Exception:
            pass  # who started it was told, or does not wait any more
    if not any(server.calls() for server in _servers):
        return
    flush()
    os._exit(STATUS)


def end_fork(exception):
    """Ends a process that a request has forked, and that leaves the application with this
    exception, or with `None`. The exit code is that of a program."""
    status = STATUS
    try:
        status = _status(exception)
    finally:
        flush()
        os._exit(status)


def _status(exception):
    """The exit code of a program that ends with this exception, which is shown."""
    if exception is None:
        return 0
    if not isinstance(exception, SystemExit):
        sys.excepthook(type(exception), exception, exception.__traceback__)
        return 1
    if exception.code is None or isinstance(exception.code, int):
        return (exception.code or 0) & 0xFF
    print(exception.code, file=sys.stderr)
    return 1


def flush():
    """Writes the text that this process holds back."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass  # nobody is left to be told


# Handlers run in reverse order. Those of the application are registered later, and so run before.
atexit.register(_leave)

# The servers of a process have no threads in its forks, so that nobody could wait for their end.
os.register_at_fork(after_in_child=_servers.clear)
