"""The end of a process below a parent, without the interpreter's own end, which threads of the
application that go on could hold up."""

import atexit
import math
import os
import sys
import threading
import time

from .leaving import flush

# Held by the thread that ends the process.
_leaving = threading.Lock()


# The seconds that threads have at least.
LEAST = 1


class End:
    """The time of the end."""

    def __init__(self):
        self._by = None

    @property
    def is_near(self):
        """Whether the process was told to end."""
        return self._by is not None

    def comes_within(self, timeout):
        """Notes that the parent waits this number of seconds."""
        by = time.monotonic() + timeout
        self._by = by if self._by is None else min(by, self._by)

    def comes_at_once(self):
        """Notes that the parent does not wait."""
        self._by = -math.inf

    def wait_for_threads(self):
        """Waits as the interpreter would: for the jobs of executors, and for threads that are not
        daemons. When the time is over, the process ends without them."""
        if self._by == -math.inf:
            return
        threading.Thread(target=self._leave_late, daemon=True).start()
        threading._shutdown()

    def _leave_late(self):
        by = time.monotonic() if self._by is None else self._by
        time.sleep(max(LEAST, by - time.monotonic()))
        leave(0)


def leave(code):
    """Ends the process. What was registered with `atexit` runs."""
    _leaving.acquire()  # for ever, if another thread ends it already
    try:
        atexit._run_exitfuncs()
    except BaseException:
        sys.excepthook(*sys.exc_info())
    flush()
    os._exit(code)
