"""The way from a child process to its parent, and back."""

import faulthandler
import os
import signal

from .signals import REOPEN, ignore

# What a child tells its parent.
READY = b"r"
REPLACE_ME = b"o"
CHANGED = b"c"
ALIVE = b"a"
FAILED = b"f"
LEAVING = b"l"  # it serves no longer, and only waits for threads of the application

# What a parent tells a child: another one serves in its place, it shall say that it is alive, or it
# shall say why it has failed.
RETIRE = b"e"
PROBE = b"p"
SAY_WHY = b"w"

# A parent that has ended tells nothing.
GONE = b""

# Ends a child that hangs. By default the system does with it what it does with SIGABRT, which
# `faulthandler` catches together with signals that libraries use, such as SIGSEGV.
HANGS = signal.SIGXCPU

# The signals that a terminal or a service manager may send to every process.
OF_THE_PARENT = (signal.SIGINT, signal.SIGHUP, signal.SIGUSR2)


def leave_to_parent():
    """Ignores the signals that the parent obeys, and until there is a log the one to open it."""
    for number in OF_THE_PARENT:
        ignore(number)
    if signal.getsignal(REOPEN) == signal.SIG_DFL:
        ignore(REOPEN)


def answer(parent):
    """Tells the parent that this process is alive. If a later answer stays away, the parent sends
    `HANGS`, and the process shows what its threads do before it ends."""
    parent.tell(ALIVE)
    try:
        # The descriptor, as the application may have another object in `sys.stderr`.
        faulthandler.register(HANGS, file=2, all_threads=True, chain=True)
    except (OSError, RuntimeError, ValueError):
        pass  # it ends without


class Parent:
    """The parent of a process that it has forked."""

    # Such a process is replaced on SIGHUP, and does not obey it.
    reloads = ()

    def __init__(self, channel):
        self._channel = channel

    def fileno(self):
        return self._channel.fileno()

    def tell(self, news):
        """Tells the parent, unless it has ended: that can be heard."""
        try:
            os.write(self._channel.fileno(), news)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def wait_for_turn(self):
        """Waits until this process may say why it does not serve. Of several that cannot start, one
        says it, and the parent ends the others."""
        self.tell(FAILED)
        while self.heard() not in (SAY_WHY, GONE):
            pass

    def heard(self):
        """What the parent tells, once that can be read."""
        try:
            return self._channel.recv(1)
        except ConnectionResetError:
            return GONE


class Predecessor:
    """The parent of a program that it has started in its own place."""

    # The parent passes it on.
    reloads = (signal.SIGHUP,)

    def __init__(self, found):
        self._found = found

    def fileno(self):
        return self._found.fileno()

    def sockets(self):
        """The listening sockets of the parent, which every program of it has."""
        return self._found.sockets()

    def tell(self, news):
        if news == READY:
            self._found.tell_ready()

    def heard(self):
        """What the parent tells. To a probe, this has answered already."""
        shall_retire = self._found.heard()
        return GONE if shall_retire is None else RETIRE if shall_retire else PROBE


def predecessor(native):
    """The parent that has started this program in its own place, if one has."""
    found = native.from_environment()
    # What this process starts is not such a program.
    os.environ.pop("WSGI_PREDECESSOR", None)
    return None if found is None else Predecessor(found)
