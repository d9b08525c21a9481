"""The child processes of a parent."""

import os
import signal
import time

from . import parent
from .leaving import flush
from .signals import AT_ONCE, GRACEFULLY

# The seconds that a child has beyond its own deadline before it is killed.
GRACE = 5

# The seconds that a child has at least to answer whether it is alive.
PATIENCE = 10


class Child:
    """A process that serves below this one: a fork, or a program that was started."""

    # What it is in messages.
    kind = "worker"

    def __init__(self, pid, channel, generation, replaces=None, floors=1):
        """A process that tells its news through this channel. It takes the place of `replaces`
        once it serves. Below it are as many further floors of processes as `floors` says."""
        self.pid = pid
        self.generation = generation
        self.replaces = replaces
        self.started = time.monotonic()
        self.serves = False
        self.killed_at = None  # the time, once it was told to end
        self.is_retiring = False  # and was not told anything stronger
        self._asked = None  # the time of the question that it has not answered
        self._missed = 0  # the questions since that one
        self._channel = channel
        self._grace = GRACE * floors

    @property
    def is_ending(self):
        return self.killed_at is not None

    @property
    def hears(self):
        """Whether its channel is open."""
        return self._channel is not None

    def fileno(self):
        return self._channel.fileno()

    def news(self):
        """What it tells, once that can be read."""
        try:
            news = self._channel.recv(100)
        except ConnectionResetError:
            news = b""
        if not news:
            self.close()
        return news

    def close(self):
        """Closes the channel."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def retire(self, timeout):
        """Tells it that another process serves. It keeps its connections for this time at most, and
        its requests have the time again."""
        self._note_end(2 * timeout)
        self.is_retiring = True
        if self.hears:
            self._tell(parent.RETIRE)

    def end(self, timeout):
        """Tells it to end, for which its requests have this time."""
        self._note_end(timeout)
        self.signal(GRACEFULLY)

    def note_leaving(self, timeout):
        """Notes that it ends without being told, within this time."""
        self._note_end(timeout)

    def abort(self):
        """Tells it to end at once."""
        self._note_end(0)
        self.signal(AT_ONCE)

    def ask(self):
        """Asks whether it is alive, unless it has still to answer. Returns whether it is silent: it
        has not answered since the time before last, and for long enough."""
        if self._asked is None:
            self._asked, self._missed = time.monotonic(), 0
            self._tell(parent.PROBE)
            return False
        self._missed += 1
        return self._missed > 1 and time.monotonic() - self._asked >= PATIENCE

    def let_say_why(self):
        """Lets it say why it has failed."""
        self._tell(parent.SAY_WHY)

    def note_answer(self):
        """Notes that it is alive."""
        self._asked = None

    def stop_hanging(self):
        """Ends it, after it has shown what its threads do."""
        self._note_end(0)
        self.signal(parent.HANGS)

    def kill(self):
        """Kills it. The end can take a while, such as that of a process that waits for a disk."""
        self._note_end(0)
        self.killed_at = time.monotonic() + self._grace
        self.signal(signal.SIGKILL)

    def signal(self, number):
        """Sends it a signal."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass  # it has ended, and the application has collected it

    def _tell(self, what):
        try:
            self._channel.send(what)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has just died

    def _note_end(self, timeout):
        at = time.monotonic() + timeout + self._grace
        self.killed_at = at if self.killed_at is None else min(at, self.killed_at)
        self.is_retiring = False
        self.replaces = None


def fork(task, others):
    """The pid of a new process, and the channel to it. There, the task gets the `Parent`, and none
    of the channels of the other children. It ends the process."""
    import socket  # it costs memory, which a server that is alone saves

    ours, theirs = socket.socketpair()
    every = set(signal.valid_signals())
    before = signal.pthread_sigmask(signal.SIG_BLOCK, every)  # until the child has no handlers
    flush()
    try:
        pid = os.fork()
        if pid:
            theirs.close()
            return pid, ours
        try:
            parent.leave_to_parent()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            ours.close()
            for other in others:
                other.close()
        finally:
            task(parent.Parent(theirs))
            os._exit(1)
    except OSError:
        ours.close()
        theirs.close()
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
