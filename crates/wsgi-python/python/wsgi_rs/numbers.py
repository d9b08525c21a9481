"""The process that shows the numbers of all workers on one page.

The workers tell it their numbers, through a socket in a folder that only this user can enter. It
loads nothing of the applications, and its threads need nothing of Python. The parent starts it
before the workers, and ends it after them, so that the page is there for as long as they are.
"""

import os
import shutil
import signal
import socket
import tempfile
import time

from . import _wsgi_rs, worker
from .backoff import Backoff
from .child import fork
from .parent import GONE, READY
from .serving import say
from .signals import AT_ONCE, ENDING
from .waiting import readable


class Numbers:
    """The process, as its parent sees it. At the end of its block, the folder is removed."""

    def __init__(self, sockets):
        """Binds the socket. The process is started with these listening sockets."""
        self._sockets = sockets
        self._folder = tempfile.mkdtemp(prefix="wsgi-rs-")
        self.path = os.path.join(self._folder, "numbers")
        try:
            self._native = _wsgi_rs.Numbers(self.path)
        except BaseException:
            self._remove_folder()
            raise
        self._pid = self._channel = None
        self._backoff = Backoff()
        self._is_missing = False  # another process shall take its place

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._remove_folder()

    def _remove_folder(self):
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self, others=()):
        """Starts the process, which has none of the channels of others. Its channel can be read
        from when it has ended."""
        self._pid, self._channel = fork(self._task, others)
        self._started = time.monotonic()
        self._has_served = self._is_missing = False

    def __bool__(self):
        """Whether the process is there."""
        return self._channel is not None

    def fileno(self):
        return self._channel.fileno()

    def close(self):
        """Closes the channel, in a child."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def end(self, signals):
        """Ends the process. The next signal to end does so at once; returns whether one came."""
        if not self:
            return False
        self._channel.shutdown(socket.SHUT_WR)
        while True:
            if self in readable([self, *signals.files()]) and self._heard() == GONE:
                self.close()
                self._collect()
                return False
            if not {*ENDING, AT_ONCE}.isdisjoint(signals.received()):
                self.kill()
                return True

    def kill(self):
        """Ends the process at once."""
        if self:
            self.close()
            try:
                os.kill(self._pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has just ended, and was collected with others
            self._collect()

    def hear(self):
        """Hears the process, once its channel can be read from. After its end, another one shall
        take its place, unless it has never served."""
        if self._heard():
            self._has_served = True
            return
        self.close()
        self._collect()
        say(f"process {self._pid}, which showed the numbers, has ended")
        self._is_missing = self._has_served
        self._backoff.note_end(self._started)

    def was_replaced(self, others):
        """Starts another process in place of one that has ended, after a pause. All workers must
        tell it their numbers."""
        if not self._is_missing or not self._backoff.is_over():
            return False
        try:
            self.start(others)
        except OSError as error:
            say(f"cannot start a process for the numbers: {error.strerror}")
            self._backoff.note_end(time.monotonic())
            return False
        return True

    def times(self):
        """The end of the pause, if there is one."""
        return self._backoff.times() if self._is_missing else []

    def _heard(self):
        try:
            return self._channel.recv(1)
        except ConnectionResetError:
            return GONE

    def _collect(self):
        try:
            os.waitpid(self._pid, 0)
        except ChildProcessError:
            pass  # it was collected with others

    def _task(self, channel):
        worker.run(lambda: self._work(channel), lambda: None)

    def _work(self, channel):
        # Only the parent ends it, which a service manager's signals reach as well.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._native.start(self._sockets)
        channel.tell(READY)
        while readable([channel]) and channel.heard() != GONE:
            pass
        self._native.end()
        self._remove_folder()  # the parent may have been killed
        return 0
