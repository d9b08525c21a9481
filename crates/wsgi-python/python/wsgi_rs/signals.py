"""Signals as events of a file, so that a program waits for them and for other things at once."""

import os
import signal
import threading

ENDING = (signal.SIGINT, signal.SIGTERM)

# The signals with which a parent ends a child. A service manager sends SIGTERM to the child as
# well, so that a second one means no more than the first.
GRACEFULLY = signal.SIGTERM
AT_ONCE = signal.SIGQUIT

# Opens the access log again, after a rotation.
REOPEN = signal.SIGUSR1


def obeyed(parent, own):
    """The signals that are obeyed below this parent, or without one, with or without a server."""
    if parent is not None:
        return [GRACEFULLY, AT_ONCE, *parent.reloads, signal.SIGCHLD, *reopening()]
    if own is not None:
        return [*ENDING, signal.SIGHUP, signal.SIGUSR2, *reopening()]
    return [*ENDING, signal.SIGHUP, signal.SIGUSR2, signal.SIGCHLD, *reopening()]


def reopening():
    """The signal to open the access log again, unless the application has a handler for it."""
    has_none = signal.getsignal(REOPEN) in (signal.SIG_DFL, signal.SIG_IGN, _do_nothing)
    return [REOPEN] if has_none else []


def ignore(number):
    """Ignores a signal in this process alone: what it starts or forks does not inherit that, as it
    would inherit `SIG_IGN`."""
    _ignored.add(number)
    signal.signal(number, _do_nothing)
    # Most system calls of other threads go on. Some end with EINTR all the same, such as poll(2)
    # and nanosleep(2): Python repeats them, and modules in C have to.
    signal.siginterrupt(number, False)


def _do_nothing(number, frame):
    pass


class Signals:
    """Catches signals while its block runs. On another thread than the main one it catches none.

    The system may hand a signal to any thread of the process. Python's own handler then writes the
    signal's number into a pipe, and the main thread wakes up. Processes that are forked meanwhile
    catch none.
    """

    def __init__(self, numbers=ENDING, is_last=False):
        """If the process ends after the block, which `is_last` tells, it does so in its own time: a
        further signal to end gracefully is ignored."""
        self._numbers = numbers
        self._is_last = is_last
        self._former = {}
        self._reader = self._writer = None

    def __enter__(self):
        if threading.current_thread() is not threading.main_thread():
            return self
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        _catching.add(self)
        self._former_wakeup = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in self._numbers:
            self._former[number] = signal.signal(number, _do_nothing)
        return self

    def __exit__(self, *exc_info):
        if self._reader is None:
            return
        for number, handler in self._former.items():
            if self._is_last and number == GRACEFULLY:
                ignore(number)
                continue
            # `None` stands for a handler that was not set from Python, and cannot be set again.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        signal.set_wakeup_fd(self._former_wakeup)
        _catching.discard(self)
        self._close()

    def _forget(self):
        """Leaves the signals to their default actions, in a child."""
        signal.set_wakeup_fd(-1)
        for number in self._former:
            signal.signal(number, signal.SIG_DFL)
        self._close()

    def _close(self):
        os.close(self._reader)
        os.close(self._writer)
        self._reader = None

    def files(self):
        """The descriptors to wait for."""
        return [] if self._reader is None else [self._reader]

    def received(self):
        """The numbers of the signals that came since the last call, in their order."""
        if self._reader is None:
            return []
        try:
            numbers = os.read(self._reader, 4096)
        except BlockingIOError:
            return []
        return [number for number in numbers if number in self._former]


# Those whose block runs.
_catching = set()
# The numbers of those that `ignore` has ignored, unless the application has a handler by now.
_ignored = set()
_forking = threading.local()


def _hold():
    """Holds signals back until a child of this process leaves them alone. An application may end
    its child as soon as it is there."""
    numbers = {number for signals in tuple(_catching) for number in signals._numbers} | _ignored
    _forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)


def _release():
    signal.pthread_sigmask(signal.SIG_SETMASK, _forking.mask)


def _leave_alone():
    """For a child after a fork, also one of the application: it must neither ignore the signals nor
    write them into the pipe of its parent."""
    for signals in _catching:
        signals._forget()
    _catching.clear()
    for number in _ignored:
        if signal.getsignal(number) is _do_nothing:
            signal.signal(number, signal.SIG_DFL)
    _ignored.clear()
    _release()


os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_leave_alone)
