"""The start of the children of a parent."""

from . import worker
from .child import Child, fork
from .program import Program
from .rewrites import Rewrites
from .serving import announce, say


class Starter:
    """Starts the children of a parent: workers that serve these applications, or that load them, or
    processes that `below` makes parents of workers themselves, or the program of a command."""

    def __init__(self, configuration, applications, command, below):
        self._configuration = configuration
        self._applications = applications
        self._command = command
        self._below = below if configuration.preload and applications is None else None
        # The number of children that are not programs.
        self.wanted = 1 if self._below else configuration.workers or 1
        self._rewrites = Rewrites() if configuration.reload else None

    def worker(self, sockets, generation, replaces, others):
        """A worker, or a parent of workers; `None` if the system refuses it."""
        limit = worker.most_requests(self._configuration)

        def task(parent):
            worker.run(lambda: self._work(sockets, generation, limit, parent),
                       parent.wait_for_turn)

        try:
            pid, channel = fork(task, others)
        except OSError as error:
            say(f"cannot start a worker: {error.strerror}")
            return None
        return Child(pid, channel, generation, replaces, 2 if self._below else 1)

    def _work(self, sockets, generation, limit, parent):
        if self._below:
            return self._below(self._configuration, sockets, parent)
        return worker.work(self._configuration, sockets, self._applications, limit, parent,
                           self._rewrites, generation)

    def program(self, sockets, generation, replaces):
        """The program of the command; `None` if the system refuses it."""
        try:
            return Program(self._command.start(sockets), generation, replaces)
        except OSError as error:
            say(f"cannot start the program: {error.strerror or error}")
            return None

    def announce(self, sockets):
        """Tells where the children serve, and returns that."""
        of = self._configuration
        secure = bool(of.tls_cert or of.tls_self_signed)
        places = sockets.places(of.protocol or "http", secure, bool(of.proxy_protocol))
        announce(places, sockets.metrics, of.tls_self_signed)
        return places
