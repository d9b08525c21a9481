"""The program of this process, and another run of it that takes over.

The other run has the command line, the environment and the folder that this process was started
with, and what the disk has by then: another version of the applications, of this package, or of
Python.
"""

import os
import sys

from . import parent
from .child import Child
from .parent import ALIVE, READY

# A program may have three floors: itself, with `--preload` the process that has loaded the
# applications, and the workers.
FLOORS = 3


class Command:
    """How this process was started. It is made before an application can change that."""

    def __init__(self, started_in):
        """`started_in` is the folder, which `folder` gives."""
        self._program = sys.executable
        self._arguments = sys.orig_argv[1:]
        self.environment = dict(os.environ)
        self._folder = started_in

    def start(self, sockets):
        """Starts the program with these sockets."""
        if not self._program:
            raise OSError(0, "the path of Python is not known")
        return sockets.start(self._program, self._arguments, self.environment, self._folder)


def folder():
    """The present folder, as the user named it: a deployment may exchange a symbolic link."""
    named = os.environ.get("PWD", "")
    try:
        if os.path.isabs(named) and os.path.samefile(named, "."):
            return named
    except OSError:
        pass
    return os.getcwd()


class Program(Child):
    """A program that takes over."""

    kind = "program"

    def __init__(self, successor, generation, replaces):
        super().__init__(successor.pid, successor, generation, replaces, FLOORS)

    def news(self):
        heard = self._channel.is_alive() if self.serves else self._channel.is_ready()
        if heard is None:
            self.close()
        if not heard:
            return b""
        return ALIVE if self.serves else READY

    def close(self):
        self._channel = None  # the channel of another process is not inherited

    def _tell(self, what):
        if what == parent.RETIRE:
            self._channel.retire()
        else:
            self._channel.probe()
