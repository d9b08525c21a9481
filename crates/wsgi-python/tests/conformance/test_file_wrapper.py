"""PEP 3333, section "Optional Platform-Specific File Handling". A server without it fails here, and
breaks no rule."""

import gzip
import io
import os
import tempfile

import pytest

from gate import knock
from pages import Pages, argument, ok

pytestmark = pytest.mark.beyond

pages = Pages()

CONTENT = b"".join(b"line %06d\n" % number for number in range(30_000))


def temporary(content=CONTENT):
    file = tempfile.TemporaryFile()
    file.write(content)
    file.flush()
    file.seek(0)
    return file


def wrapped(environ, start_response, file, *block):
    length = argument(environ, "length")
    ok(start_response, *([("Content-Length", length)] if length else []))
    return environ["wsgi.file_wrapper"](file, *block)


@pages.page
def file(environ, start_response):
    file = temporary()
    file.seek(int(argument(environ, "at", "0")))
    file.read(int(argument(environ, "read", "0")))  # leaves bytes in Python's buffer
    return wrapped(environ, start_response, file)


@pages.page
def raw_file(environ, start_response):
    with tempfile.NamedTemporaryFile() as named:
        named.write(CONTENT)
        named.flush()
        return wrapped(environ, start_response, open(named.name, "rb", buffering=0))


@pages.page
def memory(environ, start_response):
    file = io.BytesIO(CONTENT)
    file.seek(int(argument(environ, "at", "0")))
    return wrapped(environ, start_response, file, 7000)


@pages.page
def empty(environ, start_response):
    return wrapped(environ, start_response, temporary(b""))


@pages.page
def compressed(environ, start_response):
    """A file whose descriptor has other bytes than its `read`."""
    file = temporary(b"")
    with gzip.GzipFile(fileobj=file, mode="wb") as writer:
        writer.write(CONTENT)
    file.seek(0)
    return wrapped(environ, start_response, gzip.GzipFile(fileobj=file, mode="rb"))


@pages.page
def pipe(environ, start_response):
    """A descriptor that is not of a file, and has no position."""
    reader, writer = os.pipe()
    os.write(writer, b"through a pipe")
    os.close(writer)
    return wrapped(environ, start_response, open(reader, "rb"))


class Simple:
    """The least that is file-like: `read`, and here a `close` that is seen."""

    def __init__(self, port=None, fails=False):
        self.blocks = [b"first ", b"second ", b"third"]
        self.sizes = []
        self.port, self.fails, self.calls = port, fails, 0

    def read(self, size):
        self.sizes.append(size)
        if self.fails and len(self.blocks) < 3:
            raise OSError("on purpose: the disk is gone")
        return self.blocks.pop(0) if self.blocks else b""

    def close(self):
        self.calls += 1
        knock(self.port, f"closed {self.calls}")


class Bare:
    """A file-like object without a `close`."""

    def __init__(self):
        self.blocks = [b"bare"]

    def read(self, size=-1):
        return self.blocks.pop() if self.blocks else b""


@pages.page
def simple(environ, start_response):
    return wrapped(environ, start_response, Simple(argument(environ, "gate")), 6)


@pages.page
def bare(environ, start_response):
    return wrapped(environ, start_response, Bare())


@pages.page
def failing(environ, start_response):
    return wrapped(environ, start_response, Simple(argument(environ, "gate"), fails=True))


class Lying:
    """A file-like object whose `fileno` is of no use."""

    def __init__(self, lie):
        self.lie, self.blocks = lie, [b"read"]

    def fileno(self):
        if isinstance(self.lie, Exception):
            raise self.lie
        return self.lie

    read = Bare.read


LIES = {"raises": OSError("no descriptor"), "minus": -1, "text": "1", "none": None,
        "huge": 1 << 40, "closed": 1 << 20}


@pages.page
def lying(environ, start_response):
    return wrapped(environ, start_response, Lying(LIES[argument(environ, "lie")]))


@pages.page
def watched(environ, start_response):
    """A real file whose `close` is seen."""

    class Watched(io.FileIO):
        def close(self):
            if not self.closed:
                knock(argument(environ, "gate"), "closed")
            super().close()

    file = temporary()
    return wrapped(environ, start_response, Watched(os.dup(file.fileno()), "rb"))


@pages.page
def through_middleware(environ, start_response):
    """Middleware iterates the wrapper, and gives a body of its own."""
    ok(start_response)
    wrapper = environ["wsgi.file_wrapper"](Simple(argument(environ, "gate")), 6)
    try:
        return [b"<" + block + b">" for block in wrapper]
    finally:
        wrapper.close()


@pages.page
def discarded(environ, start_response):
    """A wrapper that is made and not returned sends nothing."""
    environ["wsgi.file_wrapper"](temporary())
    ok(start_response)
    return [b"something else"]


@pages.page
def moved_after(environ, start_response):
    """Sending begins at the position when it begins, not when the wrapper was made."""
    file = temporary()
    body = wrapped(environ, start_response, file)
    file.seek(len(CONTENT) - 12)
    return body


@pages.page
def written_before(environ, start_response):
    ok(start_response)(b"written, ")
    return environ["wsgi.file_wrapper"](temporary(b"and filed"))


@pages.page
def late(environ, start_response):
    """A wrapper before start_response: a failure."""
    return environ["wsgi.file_wrapper"](temporary())


def test_a_file_arrives_whole(visit):
    response = visit("file")
    assert (response.status, response.body) == (200, CONTENT)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("at, read", [(0, 0), (5, 0), (0, 5), (100, 12), (len(CONTENT) - 1, 0),
                                      (len(CONTENT), 0)])
def test_a_file_is_sent_from_its_position(visit, at, read, version):
    response = visit(f"file?at={at}&read={read}", version=version)
    assert response.body == CONTENT[at + read:]


def test_a_file_is_sent_from_its_position_when_sending_begins(visit):
    assert visit("moved_after").body == CONTENT[-12:]


@pytest.mark.parametrize("page", ["file", "raw_file", "memory"])
def test_a_file_is_sent_up_to_the_declared_length(visit, page):
    response = visit(f"{page}?length=1000")
    assert (response.field("Content-Length"), response.body) == (b"1000", CONTENT[:1000])


def test_a_part_of_a_file_is_sent(visit):
    assert visit("file?at=500&length=100").body == CONTENT[500:600]


def test_a_file_without_a_buffer_arrives_whole(visit):
    assert visit("raw_file").body == CONTENT


@pytest.mark.parametrize("at", [0, 77])
def test_an_object_without_a_descriptor_arrives_whole(visit, at):
    assert visit(f"memory?at={at}").body == CONTENT[at:]


def test_an_empty_file_is_empty(visit):
    response = visit("empty")
    assert (response.status, response.body) == (200, b"")


@pytest.mark.unwrapped
def test_a_file_has_its_length(visit):
    assert visit("file").field("Content-Length") == str(len(CONTENT)).encode()


def test_an_object_is_read_in_blocks_and_closed(visit, gate):
    assert visit(f"simple?gate={gate.port}").body == b"first second third"
    assert gate.arrival() == "closed 1"


def test_an_object_needs_no_close(visit):
    assert visit("bare").body == b"bare"


def test_a_failure_of_read_is_seen_by_the_client(visit, gate):
    response = visit(f"failing?gate={gate.port}")
    assert response.status == 500 or (response.body == b"first " and not response.is_whole)
    assert gate.arrival() == "closed 1"


@pytest.mark.parametrize("lie", list(LIES))
def test_a_descriptor_of_no_use_is_not_used(visit, lie):
    assert visit(f"lying?lie={lie}").body == b"read"


def test_a_file_whose_descriptor_has_other_bytes_arrives_as_it_reads(visit):
    assert visit("compressed").body == CONTENT


def test_a_pipe_arrives_whole(visit):
    assert visit("pipe").body == b"through a pipe"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_file_is_closed(visit, gate, method):
    assert visit(f"watched?gate={gate.port}", method).status == 200
    assert gate.arrival() == "closed"


def test_a_file_is_closed_when_the_client_goes(visit, gate):
    client = visit.client
    client.request(f"{visit.way}/watched?gate={gate.port}")
    client.reset()
    assert gate.arrival() == "closed"


def test_head_of_a_file_has_no_body(visit):
    client = visit.client
    client.request(f"{visit.way}/file", "HEAD", fields=[("Connection", "close")])
    answer = client.rest()
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"\r\n\r\n"), answer
    assert answer.count(b"\r\n\r\n") == 1


def test_middleware_can_iterate_a_wrapper(visit, gate):
    response = visit(f"through_middleware?gate={gate.port}")
    assert response.body == b"<first ><second ><third>"
    assert gate.arrival() == "closed 1"


def test_a_wrapper_that_is_not_returned_sends_nothing(visit):
    assert visit("discarded").body == b"something else"


def test_a_file_follows_what_was_written(visit):
    assert visit("written_before").body == b"written, and filed"


@pytest.mark.unwrapped
def test_a_wrapper_without_a_started_response_fails(visit):
    assert visit("late").status == 500


def test_a_file_leaves_the_connection_open(visit):
    for _ in range(3):
        target = f"{visit.way}/file?length={len(CONTENT)}"
        assert visit.client.exchange(target).body == CONTENT
