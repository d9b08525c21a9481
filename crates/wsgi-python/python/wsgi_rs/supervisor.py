"""The parent of the processes that serve.

It listens, and forks workers that take the connections. A worker that dies has another one take its
place. On SIGHUP, all workers are replaced by ones that load the applications anew: each old one
ends when its successor serves, and finishes its requests. If the applications cannot be loaded, the
old workers go on.

With `--preload` there are two floors. The parent has a single child, which loads the applications
and is itself the parent of the workers. On SIGHUP, that child is replaced as a worker would be, so
that the applications are loaded anew.
"""

import os
import random
import signal
import time

from . import site, worker
from .backoff import Backoff
from .leaving import flush
from .pid_file import PidFile
from .serving import announce, say
from .signals import AT_ONCE, ENDING, GRACEFULLY, Signals, leave_to_parent
from .waiting import readable

# The seconds that a worker has beyond its own deadline before it is killed.
GRACE = 5

SHUTDOWN_TIMEOUT = 30


class Worker:
    """A child process."""

    def __init__(self, pid, news, generation, replaces=None):
        self.pid = pid
        self.news = news
        self.generation = generation
        self.replaces = replaces
        self.started = time.monotonic()
        self.serves = False
        self.killed_at = None  # the time, once it was told to end

    @property
    def is_ending(self):
        return self.killed_at is not None


class Supervisor:
    """The parent."""

    def __init__(self, configuration, sockets, applications=None, parent=None, news=None):
        """A parent of workers that serve these applications, or that load them. Below another
        parent, `parent` reads as ended when that one has died, and `news` goes to it."""
        self._configuration = configuration
        self._sockets = sockets
        self._applications = applications
        self._parent = parent
        self._news = news
        self._is_outer = configuration.preload and applications is None
        self._wanted = 1 if self._is_outer else configuration.workers or 1
        # A child that is a parent itself first kills its own.
        self._grace = 2 * GRACE if self._is_outer else GRACE
        self._workers = {}  # by their pids
        # The number of the last reload. Workers of earlier ones are replaced.
        self._generation = 0
        self._backoff = Backoff()
        self._has_served = False
        self._is_ending = False
        self._code = 0
        # The workers see the end of this when the parent dies.
        self._alive_reader, self._alive_writer = os.pipe()

    def run(self):
        """Serves until a signal ends it, and returns the exit code."""
        is_below = self._news is not None
        numbers = (GRACEFULLY, AT_ONCE) if is_below else (*ENDING, signal.SIGHUP)
        pid_file = None if is_below else self._configuration.pid_file
        with PidFile(pid_file), Signals([*numbers, signal.SIGCHLD]) as signals:
            self._signals = signals
            while not (self._is_ending and not self._workers):
                self._fill()
                self._wait()
                self._reap()
                self._kill_late_ones()
        return self._code

    def _fill(self):
        """Starts the workers that are missing."""
        if self._is_ending:
            return
        present = [one for one in self._workers.values() if not one.is_ending and not one.replaces]
        for _ in range(self._wanted - len(present)):
            if self._backoff.is_over():
                self._start()
        present.sort(key=lambda one: one.generation, reverse=True)
        for one in present[self._wanted:]:  # another one died before it could be replaced
            self._tell_to_end(one)
        is_replacing = any(one.replaces for one in self._workers.values())
        for one in present[:self._wanted]:
            if one.generation < self._generation and one.serves and not is_replacing:
                if self._backoff.is_over():
                    self._start(replaces=one)
                break

    def _start(self, replaces=None):
        try:
            reader, writer = os.pipe()
            try:
                pid = self._fork(reader, writer)
            except OSError:
                os.close(reader)
                raise
            finally:
                os.close(writer)
        except OSError as error:
            say(f"cannot start a worker: {error.strerror}")
            self._backoff.note_end(time.monotonic())
        else:
            self._workers[pid] = Worker(pid, reader, self._generation, replaces)

    def _fork(self, reader, writer):
        """The pid of a new worker."""
        most_requests = self._most_requests()
        every = set(signal.valid_signals())
        before = signal.pthread_sigmask(signal.SIG_BLOCK, every)  # until the child has no handlers
        flush()
        try:
            pid = os.fork()
            if pid:
                return pid
            try:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
                os.close(reader)
                os.close(self._alive_writer)
                for other in self._workers.values():
                    if other.news is not None:
                        os.close(other.news)
            finally:
                worker.run(self._task(most_requests, writer))  # ends the process
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _task(self, most_requests, news):
        """What a child does. It gets an exit code."""
        if self._is_outer:
            return lambda: below(self._configuration, self._sockets, self._alive_reader, news)
        return lambda: worker.work(self._configuration, self._sockets, self._applications,
                                   most_requests, self._alive_reader, news)

    def _most_requests(self):
        """The number of requests after which the next worker is replaced."""
        most = self._configuration.max_requests
        if not most:
            return None
        jitter = self._configuration.max_requests_jitter
        return most + random.randint(0, most // 10 if jitter is None else jitter)

    def _wait(self):
        """Waits for a signal, for news of a worker, or for the next moment to act."""
        times = [one.killed_at for one in self._workers.values() if one.is_ending]
        times += self._backoff.times()
        timeout = max(0, min(times) - time.monotonic()) if times else None
        readers = {one.news: one for one in self._workers.values() if one.news is not None}
        files = [*self._signals.files(), *readers]
        if self._parent is not None:
            files.append(self._parent)
        ready = readable(files, timeout)
        if self._parent in ready:
            self._parent = None
            self._end()
        for number in self._signals.received():
            self._obey(number)
        for file in ready:
            if file in readers:
                self._hear(readers[file])

    def _obey(self, number):
        if number == signal.SIGHUP:
            say("reloading")
            self._generation += 1
            for one in self._workers.values():
                if not one.serves and not one.is_ending:  # it may hang
                    self._tell_to_end(one)
        elif number == AT_ONCE or (number in ENDING and self._is_ending and self._news is None):
            self._end_at_once()
        elif number in ENDING:
            self._end()

    def _end(self):
        self._stop_listening()
        for one in self._workers.values():
            if not one.is_ending:
                self._tell_to_end(one)

    def _end_at_once(self):
        self._stop_listening()
        self._code = 1
        for one in self._workers.values():
            one.killed_at = time.monotonic() + self._grace
            os.kill(one.pid, AT_ONCE)

    def _stop_listening(self):
        """Starts no further worker. New clients are refused as soon as the workers stop listening,
        while requests finish."""
        self._is_ending = True
        self._sockets.close()

    def _tell_to_end(self, one):
        timeout = self._configuration.shutdown_timeout
        timeout = SHUTDOWN_TIMEOUT if timeout is None else timeout
        one.killed_at = time.monotonic() + timeout + self._grace
        one.replaces = None
        os.kill(one.pid, GRACEFULLY)

    def _hear(self, one):
        news = os.read(one.news, 100)
        if not news:
            os.close(one.news)
            one.news = None
        if worker.READY in news:
            self._note_ready(one)
        if self._is_ending or one.is_ending:
            return
        if worker.REPLACE_ME in news:
            one.generation = -1
        if worker.CHANGED in news:
            say("a file has changed; reloading")
            self._backoff.reset()
            for other in self._workers.values():
                if not other.is_ending:
                    self._tell_to_end(other)

    def _note_ready(self, one):
        one.serves = True
        if self._news is not None:
            self._has_served = True
            if all(other.serves for other in self._workers.values()):
                os.write(self._news, worker.READY)
        elif not self._has_served:
            self._has_served = True
            scheme = "https" if self._configuration.tls_cert else "http"
            announce([
                place if place.startswith("unix:") else f"{scheme}://{place}"
                for place in self._sockets.places
            ])
        if one.replaces is not None:
            former, one.replaces = one.replaces, None
            if former.pid in self._workers and not former.is_ending:
                self._tell_to_end(former)

    def _reap(self):
        for pid, status in self._ended():
            one = self._workers.pop(pid, None)
            if one is not None:
                self._note_end(one, os.waitstatus_to_exitcode(status))

    def _ended(self):
        """The pids of children that have ended, and how."""
        if self._applications is not None:  # which may have children of their own
            for pid in list(self._workers):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    yield pid, status
            return
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)  # also orphans, in a container
            if pid == 0:
                return
            yield pid, status

    def _note_end(self, one, code):
        if one.news is not None:
            os.close(one.news)
        if one.is_ending or self._is_ending:
            return
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        if not one.serves and one.replaces is not None:
            say(f"worker {one.pid} {how} before it served; the old workers go on")
            for other in self._workers.values():
                other.generation = self._generation
        elif not self._has_served and code in (1, worker.NOT_LOADED):
            self._code = 1
            self._end()
        else:
            say(f"worker {one.pid} {how}; another one takes its place")
            self._backoff.note_end(one.started)

    def _kill_late_ones(self):
        for one in self._workers.values():
            if one.is_ending and one.killed_at <= time.monotonic():
                say(f"worker {one.pid} does not end, and is killed")
                os.kill(one.pid, signal.SIGKILL)
                one.killed_at = time.monotonic() + GRACE


def below(configuration, sockets, parent, news):
    """The parent of the workers below another parent. It loads the applications for all of them."""
    leave_to_parent()
    applications = site.load_all(configuration)
    return Supervisor(configuration, sockets, applications, parent, news).run()
