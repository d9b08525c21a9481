"""The applications of a configuration."""

import gc

from .loading import LoadError, load
from .options import OF_THE_COMMAND

SHUTDOWN_TIMEOUT = 30  # the default of the server
START_TIMEOUT = 60


def names(configuration):
    """The prefixes and names of the applications."""
    mounts = list(configuration.mount or ())
    if configuration.app is not None:
        mounts.append(("/", configuration.app))
    return mounts


def load_all(configuration):
    """The prefixes and applications. A `LoadError` says what cannot be loaded."""
    loaded = []
    for prefix, name in names(configuration):
        try:
            loaded.append((prefix, load(name)))
        except LoadError:
            raise
        except (Exception, SystemExit) as error:
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            failure = LoadError(f"{name!r} cannot be imported: {reason}")
            import traceback  # it costs memory

            failure.traceback = "".join(traceback.format_exception(error))
            raise failure from error
    # What the applications have made until now stays: the collector need not look at it again, and
    # does not touch the memory that processes share after a fork.
    gc.collect()
    gc.freeze()
    return loaded


def shutdown_timeout(configuration):
    """The seconds that requests have to end."""
    timeout = configuration.shutdown_timeout
    return SHUTDOWN_TIMEOUT if timeout is None else timeout


def start_timeout(configuration):
    """The seconds that a process has until it serves."""
    timeout = configuration.start_timeout
    return START_TIMEOUT if timeout is None else timeout


def ending_timeout(configuration):
    """The seconds that a process has to end."""
    return (configuration.drain_delay or 0) + shutdown_timeout(configuration)


def settings(configuration):
    """The settings of the server."""
    values = {
        key: value for key, value in configuration.values.items() if key not in OF_THE_COMMAND
    }
    if not values.get("tls_self_signed"):
        values.pop("tls_self_signed", None)
    return values
