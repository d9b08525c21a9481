"""The parent of the processes that serve.

It listens, and forks workers that take the connections. A worker that dies has another one take its
place. On SIGHUP, all workers are replaced by ones that load the applications anew: each old one
retires when its successor serves, and finishes its requests. If the applications cannot be loaded,
the old workers go on.

With `--preload` there are two floors. The parent has a single child, which loads the applications
and is itself the parent of the workers. On SIGHUP, that child is replaced as a worker would be, so
that the applications are loaded anew.

On SIGUSR2, the program is started a second time, as a child. Once it serves, all former processes
retire. This process stays as its parent, also one that had no workers and served itself. Such a
process has the applications in it, so that SIGHUP means the same to it.
"""

import signal
import time

from . import site, worker
from .children import Children
from .crew import ALL, Crew
from .finishing import End
from .parent import (
    ALIVE, CHANGED, FAILED, GONE, LEAVING, PROBE, READY, REPLACE_ME, answer, leave_to_parent,
)
from .serving import join, say, say_failure, start
from .service_manager import ServiceManager
from .signals import AT_ONCE, ENDING, REOPEN, Signals, obeyed
from .starting import Starter
from .waiting import readable

INTERVAL = 0.5  # seconds between looks at the children, where an application has SIGCHLD


class Supervisor:
    """The parent."""

    def __init__(self, configuration, sockets, command=None, parent=None, applications=None,
                 own=None, numbers=None, manager=None):
        """A parent of workers that serve these applications, or load them, or of the programs of
        `command`. With an `own` server, which has the sockets, it starts without workers. `numbers`
        is there for as long as they are. `manager` is the service manager, if this is the first
        process."""
        self._starter = Starter(configuration, applications, command, below)
        self._parent = parent
        self._own = own
        self._numbers = numbers
        self._manager = manager or ServiceManager()
        self._was_own = own is not None
        self._self_signed = configuration.tls_self_signed or None
        self._timeout = site.ending_timeout(configuration)
        self._shutdown_timeout = site.shutdown_timeout(configuration)
        self._start_timeout = site.start_timeout(configuration)
        self._children = Children(has_others=applications is not None or own is not None,
                                  start_timeout=self._start_timeout)
        self._crew = Crew(self._children, self._starter, sockets,
                          0 if own else self._starter.wanted, self._timeout)
        self._has_served = own is not None
        self._has_said_why = False  # a child, which has failed before any served
        self._has_told = False  # the parent, that this process serves
        self._is_ending = False
        self._code = 0
        self.end = End()  # of this process, if it is below a parent

    def run(self):
        """Serves until a signal ends it, and returns the exit code."""
        is_last = self._parent is not None  # otherwise the next signal ends it at once
        with Signals(obeyed(self._parent, self._own), is_last) as self._signals:
            if self._own is not None:
                start(self._own, self._self_signed)
                self._manager.serving(self._own.places.split(", "))
            if self._numbers is not None:
                self._numbers.start()
            while self._own is not None or self._children or not self._is_ending:
                self._fill()
                self._wait()
                for one, code in self._children.ended():
                    self._note_end(one, code)
                self._children.kill_late_ones()
                for one in self._children.late_starts():
                    self._give_up(one)
                if self._manager.awaits_ready and self._crew.is_settled():
                    self._manager.ready()
                if self._manager.live():
                    self._ask_children()
            if self._numbers is not None and self._numbers.end(self._signals):
                self._code = 1
        if self._crew.sockets is not None:
            self._crew.sockets.close_metrics()
        return self._code

    def _fill(self):
        """Starts the children that are missing."""
        if self._is_ending:
            return
        if self._numbers is not None and self._numbers.was_replaced(self._children):
            self._reload()
        self._crew.fill([*filter(None, [self._numbers])])

    def _wait(self):
        """Waits for a signal, for news of a child, or for the next moment to act."""
        times = self._children.next_time() + self._crew.times() + self._manager.times()
        if self._numbers is not None:
            times += self._numbers.times()
        if self._was_own and self._children:
            times.append(time.monotonic() + INTERVAL)
        timeout = max(0, min(times) - time.monotonic()) if times else None
        children = [one for one in self._children if one.hears]
        others = filter(None, [self._parent, self._own, self._numbers])
        ready = readable([*self._signals.files(), *children, *others], timeout)
        for number in self._signals.received():
            self._obey(number)
        if self._own in ready:
            self._note_own_end()
        if self._parent in ready:
            self._obey_parent()
        if self._numbers in ready and self._numbers:  # a signal may have ended it
            self._numbers.hear()
        for one in ready:
            if one in children:
                self._hear(one)

    def _obey_parent(self):
        heard = self._parent.heard()
        if heard == PROBE:
            answer(self._parent)
            self._ask_children()
        elif heard == GONE:
            self._parent = None
            self._end()
        else:
            self._retire()

    def _ask_children(self):
        """Has those replaced that hang: the service manager, which asks this process, would end all
        of them."""
        for one in self._children.ask():
            say(f"{one.kind} {one.pid} does not answer, and is aborted; "
                "another one takes its place")
            self._crew.note_end(one)
            one.stop_hanging()

    def _note_own_end(self):
        own, self._own = self._own, None
        try:
            join(own)
        except (OSError, RuntimeError) as error:
            if not self._crew.has_passed_on:
                raise
            say_failure(error)
        if not self._crew.has_passed_on:
            self._end()

    def _obey(self, number):
        if number == signal.SIGUSR2 or (number == signal.SIGHUP and self._was_own):
            self._restart("restarting" if number == signal.SIGUSR2 else "reloading")
        elif number == signal.SIGHUP:
            self._reload()
        elif number == REOPEN:
            if self._own is not None:
                self._own.reopen_log()
            self._children.pass_on(REOPEN)
        elif number == AT_ONCE or (number in ENDING and self._is_ending and not self._parent):
            self._end_at_once()
        elif number in ENDING:
            self._end()

    def _restart(self, what):
        if self._is_ending:
            return
        say(what)
        self._manager.reloading()
        try:
            self._crew.sockets = self._crew.sockets or self._own.sockets()
        except OSError as error:
            return say(f"cannot restart: {error}")
        self._crew.start_program()

    def _reload(self):
        if self._is_ending:
            return
        self._manager.reloading()
        if not self._crew.has_passed_on:
            say("reloading")
        self._crew.reload()

    def _end(self):
        if not self._is_ending:
            self._manager.stopping()
        self._stop_listening()
        self.end.comes_within(self._timeout)
        if self._own is not None:
            self._own.drain()
        self._children.end(self._timeout)

    def _end_at_once(self):
        if not self._is_ending:
            self._manager.stopping()
        self._stop_listening()
        self.end.comes_at_once()
        self._code = 1
        if self._own is not None:
            self._own.abort()
        if self._numbers is not None:
            self._numbers.kill()
        self._children.abort()

    def _retire(self):
        """Ends because other processes serve. No client meets a closed connection."""
        self._stop_listening()
        self.end.comes_within(self._shutdown_timeout)
        self._children.retire(self._timeout)

    def _stop_listening(self):
        """Starts no further child. New clients are refused as soon as the workers stop listening,
        while requests finish. The page of numbers stays until then."""
        self._is_ending = True
        if self._crew.sockets is not None:
            self._crew.sockets.close()

    def _hear(self, one):
        news = one.news()
        if READY in news:
            self._note_ready(one)
        if ALIVE in news:
            one.note_answer()
        if FAILED in news and (self._has_served or not self._has_said_why):
            self._has_said_why = True
            one.let_say_why()
        if self._is_ending or one.is_ending:
            return
        if REPLACE_ME in news:
            self._crew.note_worn(one)
        if LEAVING in news:
            self._note_failure(one, "ends", is_final=False)
            one.note_leaving(self._timeout)
            return
        if CHANGED in news:
            say("a file has changed; reloading")
            self._crew.start_anew(one)

    def _note_ready(self, one):
        one.serves = True
        former, one.replaces = one.replaces, None
        if former is ALL:
            self._pass_on(one)
        elif former is not None and not former.is_ending and former in self._children:
            former.retire(self._timeout)
        if self._parent is not None:
            self._has_served = True
            if not self._has_told and all(other.serves for other in self._children):
                self._has_told = True
                self._parent.tell(READY)
        elif not self._has_served:
            self._has_served = True
            self._manager.serving(self._starter.announce(self._crew.sockets))

    def _pass_on(self, program):
        """Leaves serving to a program."""
        self._crew.pass_on(program)
        if self._own is not None:
            self._own.retire(self._timeout)
        say(f"restarted as process {program.pid}")

    def _note_end(self, one, code):
        if one.is_ending or self._is_ending:
            return
        if code is None:
            how = "ended with an unknown code"
        else:
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        self._note_failure(one, how, is_final=code in (1, worker.NOT_LOADED))

    def _give_up(self, one):
        """Ends one that does not serve in time."""
        how = f"needed more than {self._start_timeout:g} s"
        if not self._is_ending:  # as it is after the first of several
            if not self._has_served:
                say(f"error: {one.kind} {one.pid} {how} to start")
            self._note_failure(one, how, is_final=True)
        one.end(0)

    def _note_failure(self, one, how, is_final):
        """Goes on without one that has failed. If that is final, the first ones are not started
        again."""
        if one.replaces is ALL:
            say(f"program {one.pid} {how} before it served; nothing has changed")
        elif not one.serves and one.replaces is not None:
            say(f"worker {one.pid} {how} before it served; the old workers go on")
            self._crew.keep()
        elif not self._has_served and is_final:
            self._code = 1
            self._end()
        else:
            self._has_said_why = False
            say(f"{one.kind} {one.pid} {how}; another one takes its place")
            self._crew.note_end(one)


def below(configuration, sockets, parent):
    """The parent of the workers below another parent. It loads the applications for all of them."""
    leave_to_parent()
    applications = site.load_all(configuration)
    supervisor = Supervisor(configuration, sockets, parent=parent, applications=applications)
    code = supervisor.run()
    if code == 0:
        supervisor.end.wait_for_threads(parent)
    return code
