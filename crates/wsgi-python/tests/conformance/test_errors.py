"""PEP 3333, section "Error Handling", and what "The start_response() Callable" says of exc_info."""

import gc
import sys
import weakref

import pytest

from pages import TEXT, Pages, ok

pages = Pages()


@pages.page
def hello(environ, start_response):
    ok(start_response)
    return [b"hello"]


@pages.page
def replaces(environ, start_response):
    try:
        ok(start_response, ("X-First", "1"), ("Content-Length", "1000"), status="200 Froody")
        raise ValueError("a reason to replace")
    except ValueError:
        start_response("503 Oops", TEXT + [("X-Second", "2")], sys.exc_info())
        return [b"error body"]


@pages.page
def replaces_in_the_iterator(environ, start_response):
    ok(start_response, status="200 Froody")
    yield b""
    try:
        raise ValueError("a reason to replace")
    except ValueError:
        start_response("503 Oops", TEXT, sys.exc_info())
        yield b"error body"


@pages.page
def replaces_nothing(environ, start_response):
    try:
        raise ValueError("a reason")
    except ValueError:
        start_response("503 Oops", TEXT, sys.exc_info())
        return [b"error body"]


@pages.page
def replaces_late(environ, start_response):
    """Replaces a head that is out. start_response must raise what it was given."""
    ok(start_response)
    yield b"first"
    try:
        raise ValueError("the original fault")
    except ValueError:
        start_response("503 Oops", TEXT, sys.exc_info())
        yield b"not to be sent"


@pages.page
def replaces_written(environ, start_response):
    write = ok(start_response)
    write(b"written")
    try:
        raise ValueError("the original fault")
    except ValueError as error:
        original = error
        try:
            start_response("503 Oops", TEXT, sys.exc_info())
        except ValueError as raised:
            pages.note("raised", raised is original and "replaces_written" in frames(raised))
            raise
        pages.note("raised", False)
        return []


def frames(error):
    names, step = [], error.__traceback__
    while step:
        names.append(step.tb_frame.f_code.co_name)
        step = step.tb_next
    return names


class Mark:
    """An object whose end is seen."""


def note_end(environ, start_response, late):
    """Notes whether a local object of a handler lives on after the response, without the collector
    of cycles."""
    gc.disable()
    mark = Mark()
    pages.mark = weakref.ref(mark)
    ok(start_response)
    if late:
        yield b"first"
    try:
        raise ValueError("on purpose")
    except ValueError:
        start_response("503 Oops", TEXT, sys.exc_info())
    yield b"body"


@pages.page
def cycle_before(environ, start_response):
    return note_end(environ, start_response, late=False)


@pages.page
def cycle_after(environ, start_response):
    return note_end(environ, start_response, late=True)


@pages.page
def is_mark_alive(environ, start_response):
    alive = pages.mark() is not None
    gc.enable()
    ok(start_response)
    return [str(alive).encode()]


@pages.page
def fails(environ, start_response):
    secret = "a detail in the frame"
    raise RuntimeError(f"on purpose: {secret}")


@pages.page
def fails_after_start(environ, start_response):
    ok(start_response, ("X-First", "1"))
    raise RuntimeError("on purpose: after start_response")


@pages.page
def fails_in_the_first_step(environ, start_response):
    ok(start_response)
    raise RuntimeError("on purpose: in the first step")
    yield b"never"


@pages.page
def fails_later(environ, start_response):
    ok(start_response)
    yield b"first block"
    raise RuntimeError("on purpose: in a later step")


@pages.page
def fails_later_with_a_length(environ, start_response):
    ok(start_response, ("Content-Length", "1000"))
    yield b"first block"
    raise RuntimeError("on purpose: in a later step")


class Fault(BaseException):
    """An exception that `except Exception` does not catch."""


FAULTS = {"SystemExit": SystemExit(3), "KeyboardInterrupt": KeyboardInterrupt(),
          "GeneratorExit": GeneratorExit(), "BaseException": Fault("on purpose"),
          "MemoryError": MemoryError(), "StopIteration": StopIteration("on purpose")}


@pages.page
def raises(environ, start_response):
    ok(start_response)
    raise FAULTS[environ["QUERY_STRING"]]


class raises_in_iterator:
    def __init__(self, environ, start_response):
        ok(start_response)
        self.fault = FAULTS[environ["QUERY_STRING"]]
        self.count = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.count += 1
        if self.count == 1:
            return b"first block"
        raise self.fault


pages.page(raises_in_iterator)


@pages.page
def recurses(environ, start_response):
    return recurses(environ, start_response)


class Nameless(Exception):
    """An exception that cannot be described."""

    def __str__(self):
        raise RuntimeError("no description")


@pages.page
def raises_nameless(environ, start_response):
    raise Nameless


@pages.page
def raises_surrogates(environ, start_response):
    raise ValueError("half of one: \ud83d")


def test_exc_info_replaces_a_head_that_is_not_out(visit):
    response = visit("replaces")
    assert response.status_line.endswith(b"503 Oops")
    assert response.all("X-First") == [] and response.all("X-Second") == [b"2"]
    assert response.field("Content-Length") in (None, b"10")
    assert response.body == b"error body"


@pytest.mark.parametrize("page", ["replaces_in_the_iterator", "replaces_nothing"])
def test_exc_info_replaces_as_long_as_nothing_was_sent(visit, page):
    response = visit(page)
    assert (response.status, response.body) == (503, b"error body")


def test_exc_info_raises_when_the_head_is_out(visit, logged):
    response = visit("replaces_late")
    assert response.status == 200
    assert response.body == b"first" and not response.is_whole if response.is_chunked else True
    assert b"not to be sent" not in response.body
    logged("the original fault")


@pytest.mark.should
def test_exc_info_raises_the_exception_with_its_traceback(visit, notes):
    response = visit("replaces_written")
    assert b"written" in response.body or response.status == 500
    assert notes("raised") is True


@pytest.mark.should
@pytest.mark.unwrapped
@pytest.mark.parametrize("page", ["cycle_before", "cycle_after"])
def test_exc_info_leaves_no_cycle(visit, server, page):
    from wire import Client

    visit(page)
    with Client(server.port) as client:
        assert client.exchange("/is_mark_alive").body == b"False"


@pytest.mark.parametrize("page", ["fails", "fails_after_start", "fails_in_the_first_step"])
def test_a_failure_before_the_first_block_is_a_500(visit, page):
    response = visit(page)
    assert response.status == 500 and response.all("X-First") == []


@pytest.mark.beyond
def test_a_client_sees_nothing_of_a_failure(visit):
    body = visit("fails").body
    assert b"on purpose" not in body and b"Traceback" not in body


@pytest.mark.should
@pytest.mark.parametrize("page", ["fails", "fails_in_the_first_step", "fails_later"])
def test_a_failure_is_logged_with_its_traceback(visit, logged, page):
    visit(page)
    logged(f"in {page}")
    assert "Traceback (most recent call last)" in logged("RuntimeError: on purpose")


@pytest.mark.parametrize("page", ["fails_later", "fails_later_with_a_length"])
def test_a_failure_after_the_first_block_is_seen_by_the_client(visit, page):
    response = visit(page)
    if response.status == 200:
        assert response.body == b"first block" and not response.is_whole


@pytest.mark.parametrize("page", ["fails", "fails_later", "recurses", "raises_nameless",
                                  "raises_surrogates"])
def test_the_server_goes_on_after_a_failure(visit, server, page):
    from wire import Client

    visit.client.request(f"{visit.way}/{page}", fields=[("Connection", "close")])
    visit.client.rest()
    with Client(server.port) as client:
        assert client.exchange("/hello").body == b"hello"


@pytest.mark.beyond
@pytest.mark.parametrize("page", ["raises", "raises_in_iterator"])
@pytest.mark.parametrize("name", list(FAULTS))
@pytest.mark.unwrapped
def test_no_exception_ends_more_than_its_request(visit, server, page, name):
    from wire import Client

    visit.client.request(f"/{page}?{name}", fields=[("Connection", "close")])
    answer = visit.client.rest()
    if page == "raises":
        assert answer.startswith(b"HTTP/1.1 500 "), answer
    elif name != "StopIteration":
        assert not answer.endswith(b"0\r\n\r\n"), answer
    with Client(server.port) as client:
        assert client.exchange("/hello").body == b"hello"
