"""The difference between applications of WSGI and asynchronous ones."""

from types import FunctionType, MethodType


def is_asynchronous(app):
    """Whether a call gives a coroutine or an asynchronous generator.

    Only a function is asked for its code. Another object may stand for one that is not there before
    the first request, and answer in its place, or not at all.
    """
    try:
        flags = _function(app).__code__.co_flags
    except Exception:
        return False
    # `inspect` has these as CO_COROUTINE and CO_ASYNC_GENERATOR. It costs memory.
    return bool(flags & (0x80 | 0x200))


def _function(app):
    """The function that a call runs, or `None` if it is not one of Python."""
    if type(app) not in (FunctionType, MethodType):
        app = type(app).__call__
    while type(app) is MethodType:
        app = app.__func__
    return app if type(app) is FunctionType else None
