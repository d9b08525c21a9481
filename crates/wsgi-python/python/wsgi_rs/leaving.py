"""The end of a process whose application does not return.

Python's interpreter cannot end while threads of the server are inside the application: they would
go on in an interpreter that is gone. The process then ends without it.
"""

import atexit
import os
import sys
import weakref

_servers = weakref.WeakSet()

# The status of a process that leaves calls of the application behind, unless it is set.
status = 1


def watch(server):
    """Looks at the end of the process whether calls of this server go on."""
    _servers.add(server)


def _leave():
    if not any(server.calls() for server in _servers):
        return
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass  # nobody is left to be told
    os._exit(status)


# Handlers run in reverse order. Those of the application are registered later, and so run before.
atexit.register(_leave)
