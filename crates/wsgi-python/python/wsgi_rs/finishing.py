"""The end of a process below a parent, without the interpreter's own end, which threads of the
application that go on could hold up."""

import atexit
import math
import os
import sys
import threading
import time

from .leaving import flush
from .parent import LEAVING
from .serving import say
from .signals import AT_ONCE, Signals
from .waiting import readable

# Held by the thread that ends the process.
_leaving = threading.Lock()


# The seconds that threads have at least, and after which a line tells that they are waited for.
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
        """Notes that threads have this number of seconds from now on, or what is left of a former
        time."""
        by = time.monotonic() + timeout
        self._by = by if self._by is None else min(by, self._by)

    def comes_at_once(self):
        """Notes that the parent does not wait."""
        self._by = -math.inf

    def wait_for_threads(self, parent):
        """Waits as the interpreter would: for the jobs of executors, and for threads that are not
        daemons. The parent need not wait for them with another process in the place of this one.
        When the time is over, or on the signal to end at once, the process ends without them."""
        if self._by == -math.inf:
            return
        if _threads():
            parent.tell(LEAVING)
        signals = Signals([AT_ONCE])
        signals.__enter__()  # until the process ends
        threading.Thread(target=self._leave_late, args=(signals,), daemon=True).start()
        threading._shutdown()

    def _leave_late(self, signals):
        by = -math.inf if self._by is None else self._by
        if _is_told(signals, LEAST):
            leave(1)
        left = by - time.monotonic()
        if left > 0:
            if names := ", ".join(repr(thread.name) for thread in _threads()):
                say(f"worker {os.getpid()} waits up to {left:.0f} s for its threads: {names}")
            if _is_told(signals, left):
                leave(1)
        leave(0)


def _threads():
    """The threads that hold up the end of the interpreter."""
    return [thread for thread in threading.enumerate()
            if not thread.daemon and thread is not threading.main_thread()]


def _is_told(signals, seconds):
    """Whether one of the signals comes within this time."""
    by = time.monotonic() + seconds
    while (left := by - time.monotonic()) > 0:
        readable(signals.files(), left)
        if signals.received():
            return True
    return False


def leave(code):
    """Ends the process. What was registered with `atexit` runs."""
    _leaving.acquire()  # for ever, if another thread ends it already
    try:
        atexit._run_exitfuncs()
    except BaseException:
        sys.excepthook(*sys.exc_info())
    flush()
    os._exit(code)
