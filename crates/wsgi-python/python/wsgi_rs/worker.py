"""A process that serves, below its parent."""

import os
import resource
import sys
import time

from . import changes, site
from ._wsgi_rs import Server, release_startup_pages
from .finishing import End, leave
from .loading import LoadError
from .options import with_flags
from .parent import CHANGED, GONE, PROBE, READY, REPLACE_ME, answer, leave_to_parent
from .serving import is_ready, join, say, say_failure
from .signals import AT_ONCE, GRACEFULLY, REOPEN, Signals, reopening
from .waiting import readable

# The exit code of a worker whose applications cannot be loaded.
NOT_LOADED = 3

# The seconds between two looks at the limits and at the files.
INTERVAL = 0.5

# The seconds after which a worker that is to be replaced says so again.
PATIENCE = 30


def run(task, wait_for_turn):
    """Runs what a child process does, which returns an exit code, and ends the process. It waits
    for its turn to say why it fails."""
    code = 1
    try:
        code = task()
    except LoadError as error:
        wait_for_turn()
        say_failure(error)
        code = NOT_LOADED
    except (OSError, ValueError) as error:
        wait_for_turn()
        say_failure(with_flags(str(error)))
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        leave(code)


def work(configuration, sockets, applications, limit, parent, rewrites=None, generation=0):
    """Serves below this parent. Without `applications`, they are loaded here. After `limit`
    requests, another worker shall take the place of this one. `rewrites` are the files that the
    loads of earlier generations have changed."""
    leave_to_parent()
    watched = changes.Changes() if configuration.reload else None
    if applications is None:
        applications = load(configuration, watched, rewrites, generation)
    settings = site.settings(configuration)
    release_startup_pages()  # before the server, as an access log has a thread
    server = Server(applications, sockets, multiprocess=True, **settings)
    most_memory = configuration.max_rss
    asked = None  # the time
    timeout = site.ending_timeout(configuration)
    end = End()
    with Signals([GRACEFULLY, AT_ONCE, *reopening()], is_last=True) as signals:
        server.start()
        parent.tell(READY)
        files = [server, *signals.files(), parent]
        looks = watched is not None or limit or most_memory
        while not is_ready(server, files, INTERVAL if looks else None):
            for number in signals.received():
                if number == REOPEN:
                    server.reopen_log()
                    continue
                if number == AT_ONCE:
                    end.comes_at_once()
                    server.abort()
                else:
                    end.comes_within(timeout)
                    server.drain()
            heard = parent.heard() if parent in readable(files, 0) else None
            if heard == PROBE:
                answer(parent)
            elif heard == GONE:
                files.remove(parent)
                if not end.is_near:
                    say(f"the parent of worker {os.getpid()} has ended; the worker ends too")
                end.comes_within(timeout)
                server.shutdown()
            elif heard is not None:
                end.comes_within(site.shutdown_timeout(configuration))
                server.retire(site.shutdown_timeout(configuration))
            if end.is_near or (asked is not None and time.monotonic() - asked < PATIENCE):
                continue
            if watched is not None and rewrites.found(watched, say):
                end.comes_within(timeout)
                server.shutdown()  # first, so that the next request has the new page
                parent.tell(CHANGED)
            elif (limit and server.requests >= limit) or (
                most_memory and resident_memory() > most_memory
            ):
                asked = time.monotonic()
                parent.tell(REPLACE_ME)
        join(server)
    end.wait_for_threads(parent)
    return 0


def load(configuration, watched, rewrites, generation):
    """The applications. If changes are watched, those of this load are part of them, and a page
    shows why it fails."""
    if watched is None:
        return site.load_all(configuration)
    rewrites.begin(generation)
    try:
        applications = site.load_all(configuration)
    except LoadError as error:
        say_failure(error)
        applications = [("/", failure_page(error))]
        watched.add_failure(error)
    for line in rewrites.end(watched):
        say(line)
    return applications


def most_requests(configuration):
    """The number of requests after which the next worker is replaced."""
    most = configuration.max_requests
    if not most:
        return None
    import random  # it costs memory

    jitter = configuration.max_requests_jitter
    return most + random.randint(0, most // 10 if jitter is None else jitter)


def resident_memory():
    """The bytes of memory that this process has now, or its maximum where the system does not tell
    more."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def failure_page(error):
    """An application that shows why the real one cannot be loaded."""
    text = f"{error}\n\n{getattr(error, 'traceback', '')}".encode("utf-8", "backslashreplace")

    def app(environ, start_response):
        start_response("500 Internal Server Error", [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
        ])
        return [text]

    return app
