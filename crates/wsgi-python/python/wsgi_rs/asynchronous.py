"""The difference between applications of WSGI and asynchronous ones."""


def is_asynchronous(app):
    """Whether a call gives a coroutine or an asynchronous generator."""
    code = getattr(app, "__code__", None) or getattr(type(app).__call__, "__code__", None)
    # `inspect` has these as CO_COROUTINE and CO_ASYNC_GENERATOR. It costs memory.
    return bool(getattr(code, "co_flags", 0) & (0x80 | 0x200))
