"""All child processes of a parent."""

import os
import time

from .serving import say


class Children:
    """The child processes that this parent has started and that have not ended."""

    def __init__(self, has_others, start_timeout):
        """`has_others` tells that this process also has children of its application. A child has
        `start_timeout` seconds until it serves."""
        self._has_others = has_others
        self._start_timeout = start_timeout
        self._by_pid = {}

    def __iter__(self):
        return iter(list(self._by_pid.values()))

    def __bool__(self):
        return bool(self._by_pid)

    def add(self, one):
        self._by_pid[one.pid] = one

    def next_time(self):
        """The times at which one that does not end is killed, or does not serve in time."""
        starts = [one.started + self._start_timeout for one in self._starting()]
        return [one.killed_at for one in self if one.is_ending] + starts

    def end(self, timeout):
        """Tells those to end that go on, and those that retire."""
        for one in self:
            if not one.is_ending or one.is_retiring:
                one.end(timeout)

    def retire(self, timeout, but=None):
        """Tells those to retire that go on, but one."""
        for one in self:
            if one is not but and not one.is_ending:
                one.retire(timeout)

    def abort(self):
        """Tells all to end at once."""
        for one in self:
            one.abort()

    def pass_on(self, number):
        """Sends a signal to those that serve."""
        for one in self:
            if one.serves and not one.is_ending:
                one.signal(number)

    def ask(self):
        """Asks those that serve whether they are alive, and returns those that do not answer."""
        return [one for one in self if one.serves and not one.is_ending and one.hears and one.ask()]

    def late_starts(self):
        """Those that do not serve in time."""
        begin = time.monotonic() - self._start_timeout
        return [one for one in self._starting() if one.started <= begin]

    def _starting(self):
        return [one for one in self if not one.serves and not one.is_ending]

    def kill_late_ones(self):
        for one in self:
            if one.is_ending and one.killed_at <= time.monotonic():
                say(f"{one.kind} {one.pid} does not end, and is killed")
                one.kill()

    def ended(self):
        """Those that have ended since the last call, with their exit codes, which are negative for
        a signal. A code is `None` if the application has it: it ignores SIGCHLD, or waits for every
        child."""
        for pid, status in self._reap():
            one = self._by_pid.pop(pid, None)
            if one is not None:
                one.close()
                yield one, None if status is None else os.waitstatus_to_exitcode(status)

    def _reap(self):
        if self._has_others:
            for pid in list(self._by_pid):
                try:
                    ended, status = os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    ended, status = pid, None
                if ended:
                    yield pid, status
            return
        while self._by_pid:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)  # also orphans, in a container
            except ChildProcessError:  # none is left
                yield from [(pid, None) for pid in self._by_pid]
                return
            if pid == 0:
                return
            yield pid, status
