"""The site of the soak, and the numbers of its process."""

import gc
import io
import json
import os
import resource
import sys
import threading
import time
import tracemalloc

TEXT = [("Content-Type", "text/plain")]
BLOCK = b"0123456789abcdef" * 1024


def hello(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"Hello world!\n"]


def post(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", TEXT)
    return [str(len(body)).encode()]


def lines(environ, start_response):
    count = sum(1 for _ in environ["wsgi.input"])
    start_response("200 OK", TEXT)
    return [str(count).encode()]


def generator(environ, start_response):
    start_response("200 OK", TEXT)
    for _ in range(50):
        yield BLOCK


def file(environ, start_response):
    start_response("200 OK", TEXT)
    return environ["wsgi.file_wrapper"](open(__file__, "rb"))


def memory_file(environ, start_response):
    start_response("200 OK", TEXT)
    return environ["wsgi.file_wrapper"](io.BytesIO(BLOCK))


def fails(environ, start_response):
    raise RuntimeError("on purpose")


def fails_late(environ, start_response):
    start_response("200 OK", TEXT)
    yield b"first"
    raise RuntimeError("on purpose")


def exc_info(environ, start_response):
    start_response("200 OK", TEXT)
    try:
        raise ValueError("on purpose")
    except ValueError:
        start_response("503 Oops", TEXT, sys.exc_info())
    return [b"replaced"]


def late_exc_info(environ, start_response):
    write = start_response("200 OK", TEXT)
    write(b"first")
    try:
        raise ValueError("on purpose")
    except ValueError:
        start_response("503 Oops", TEXT, sys.exc_info())
    return [b"not reached"]


def written(environ, start_response):
    write = start_response("200 OK", TEXT)
    for _ in range(10):
        write(BLOCK)
    return [b"returned"]


def waits(environ, start_response):
    time.sleep(0.01)
    start_response("200 OK", TEXT)
    return [b"waited"]


def numbers(environ, start_response):
    for _ in range(3):
        gc.collect()
    start_response("200 OK", [("Content-Type", "application/json")])
    has_references = hasattr(sys, "gettotalrefcount")  # in a debug build
    return [json.dumps({
        **({"references": sys.gettotalrefcount()} if has_references else {}),
        "traced bytes": tracemalloc.get_traced_memory()[0],
        "objects": len(gc.get_objects()),
        "resident bytes": resident(),
        "threads": len(os.listdir("/proc/self/task")) if has_proc() else threading.active_count(),
        "descriptors": len(os.listdir("/proc/self/fd" if has_proc() else "/dev/fd")),
    }).encode()]


def has_proc():
    return os.path.exists("/proc/self/task")


def resident():
    if not has_proc():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


PAGES = {f"/{page.__name__}": page for page in (
    hello, post, lines, generator, file, memory_file, fails, fails_late, exc_info, late_exc_info,
    written, waits, numbers)}


def app(environ, start_response):
    return PAGES[environ["PATH_INFO"]](environ, start_response)


tracemalloc.start()
