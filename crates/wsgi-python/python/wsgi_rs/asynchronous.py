"""The difference between applications of WSGI and asynchronous ones."""

from functools import partial
from types import FunctionType, MethodType

# The names of the types of functions that Cython compiles. Each module may have its own types.
COMPILED = ("cython_function_or_method", "fused_cython_function")

# What `inspect.markcoroutinefunction`, and before Python 3.12 that of `asgiref`, leaves at a
# function that returns a coroutine.
MARKS = ("_is_coroutine_mark", "_is_coroutine")


def is_asynchronous(app):
    """Whether a call gives a coroutine or an asynchronous generator.

    Only a function is asked for its code. Another object may stand for one that is not there before
    the first request, and answer in its place, or not at all. A function around an asynchronous one
    may run it, so what `__wrapped__` names tells nothing.
    """
    try:
        function = _function(app)
        # `inspect` has these as CO_COROUTINE and CO_ASYNC_GENERATOR. It costs memory.
        return bool(function.__code__.co_flags & (0x80 | 0x200)) or _is_marked(function)
    except Exception:
        return False


def _is_marked(function):
    """Whether the function has a mark of its own. `functools.wraps` copies all attributes, so one
    that what it wraps has as well tells nothing."""
    own = vars(function)
    wrapped = getattr(own.get("__wrapped__"), "__dict__", {})  # one of C has none
    return any(own.get(mark) and mark not in wrapped for mark in MARKS)


def _function(app):
    """The function that a call runs, or `None` if it is not one of Python or Cython."""
    app = _bare(app)
    if not _is_function(app):
        app = _bare(type(app).__call__)
    return app if _is_function(app) else None


def _bare(app):
    """A callable without the objects and arguments that it was bound to."""
    while True:
        if type(app) is MethodType:
            app = app.__func__
        elif type(app) is partial:
            app = app.func
        else:
            return app


def _is_function(app):
    return type(app) is FunctionType or type(app).__name__ in COMPILED
