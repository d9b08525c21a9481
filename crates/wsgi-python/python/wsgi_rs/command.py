"""The command `wsgi-rs`."""

import os

from . import _wsgi_rs, site, worker
from ._wsgi_rs import VERSION, SelfSigned, Server, Sockets, check, release_startup_pages
from .configuration import configure
from .loading import LoadError
from .options import OptionError, with_flags
from .parent import leave_to_parent, predecessor
from .pid_file import PidFile
from .program import Command, folder
from .service_manager import ServiceManager
from .serving import DEFAULT_BIND, say, say_failure
from .supervisor import Supervisor
from .variables import NUMBERS

# The exit codes beside 0.
FAILED = 1
WRONG_OPTIONS = 2


def main(arguments=None):
    """Runs the command, and returns its exit code."""
    try:
        configuration = configure(arguments)
        if getattr(configuration, "version", None) is True:
            print(f"wsgi-rs {VERSION}")
            return 0
        if getattr(configuration, "manual", None) is True:
            from . import manual  # the program needs it for nothing else

            print(manual.page(), end="")
            return 0
        return obey(configuration)
    except OptionError as error:
        say_failure(error)
        return WRONG_OPTIONS
    except LoadError as error:
        say_failure(error)
        return FAILED
    except (OSError, ValueError, RuntimeError) as error:
        say_failure(with_flags(str(error)))
        return FAILED


def obey(configuration):
    started_in = folder()
    if configuration.chdir is not None:
        change_folder(configuration.chdir)
    if configuration.tls_self_signed:
        # Workers share the certificate.
        made = SelfSigned(configuration.bind or [])
        configuration.values["tls_self_signed"] = made
    settings = site.settings(configuration)
    if configuration.check_only:
        from . import checking  # the program needs it for nothing else

        for line in checking.lines(configuration, settings):
            say(line)
        say("the configuration is valid")
        return 0
    parent = predecessor(_wsgi_rs.Predecessor)
    if parent is not None and configuration.tls_self_signed:
        say(made.note)  # another one than that of the former program
    numbers = os.environ.pop(NUMBERS, None) if parent is not None else None
    manager = ServiceManager.of(os.environ)
    command = Command(started_in)
    sockets = listen(configuration) if parent is None else parent.sockets()
    if configuration.workers or configuration.reload:
        check([], Sockets([]), **settings)
        check_log(configuration)
        if parent is not None:
            leave_to_parent()
        with PidFile(configuration.pid_file if parent is None else None):
            if numbers is not None or not sockets.metrics:
                configuration.values["numbers"] = numbers
                return Supervisor(configuration, sockets, command, parent, manager=manager).run()
            from .numbers import Numbers  # what it imports costs memory, and few need it

            with Numbers(sockets) as collecting:
                configuration.values["numbers"] = collecting.path
                command.environment[NUMBERS] = collecting.path
                return Supervisor(configuration, sockets, command, parent,
                                  numbers=collecting, manager=manager).run()
    configuration.values["numbers"] = numbers
    if parent is not None:
        worker.run(lambda: worker.work(configuration, sockets, None, None, parent), lambda: None)
    applications = site.load_all(configuration)
    release_startup_pages()  # before the server, as an access log has a thread
    server = Server(applications, sockets, **settings)
    with PidFile(configuration.pid_file):
        return Supervisor(configuration, None, command, own=server, manager=manager).run()


def change_folder(path):
    try:
        os.chdir(path)
    except OSError as error:
        raise OSError(f"cannot change to the folder {path}: {error.strerror}") from None


def listen(configuration):
    """The sockets of the configuration, or else those of a service manager, or the default one."""
    return Sockets.inherited(
        configuration.bind or [], DEFAULT_BIND, configuration.metrics, configuration.redirect_http,
        configuration.socket_mode, configuration.socket_owner, configuration.socket_group)


def check_log(configuration):
    """Opens the access log and closes it, so that a wrong path is known before anything starts."""
    path = configuration.access_log
    if path not in (None, "-"):
        try:
            open(path, "ab").close()
        except OSError as error:
            raise OSError(f"cannot open the access log {path}: {error.strerror}") from None
