"""The applications that are measured."""

import tempfile
import time

TEXT = [("Content-Type", "text/plain")]


def hello(environ, start_response):
    start_response("200 OK", TEXT + [("Content-Length", "13")])
    return [b"Hello, world!"]


def post(environ, start_response):
    size = len(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    body = str(size).encode()
    start_response("200 OK", TEXT + [("Content-Length", str(len(body)))])
    return [body]


MEGABYTE = b"x" * (1 << 20)


def body(environ, start_response):
    start_response("200 OK", TEXT + [("Content-Length", str(len(MEGABYTE)))])
    return [MEGABYTE]


# Without a name, so that nothing is left of it however the server ends.
FILE = tempfile.TemporaryFile()
FILE.write(b"x" * (3 << 20))
FILE.flush()


def file(environ, start_response):
    start_response("200 OK", TEXT + [("Content-Length", str(3 << 20))])
    file = open(f"/proc/self/fd/{FILE.fileno()}", "rb")
    if "wsgi.file_wrapper" in environ:
        return environ["wsgi.file_wrapper"](file, 65536)
    return iter(lambda: file.read(65536), b"")


def generator(environ, start_response):
    start_response("200 OK", TEXT)
    for _ in range(10):
        yield b"x" * 1000


def sleep(environ, start_response):
    time.sleep(0.01)
    return hello(environ, start_response)


def compute(seconds, environ, start_response):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    return hello(environ, start_response)


PAGES = {
    "/hello": hello, "/post": post, "/body": body, "/file": file, "/generator": generator,
    "/sleep": sleep,
    "/compute800": lambda *call: compute(0.0008, *call),
    "/compute4000": lambda *call: compute(0.004, *call),
}


def app(environ, start_response):
    return PAGES[environ["PATH_INFO"]](environ, start_response)
