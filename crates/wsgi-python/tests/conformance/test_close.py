"""PEP 3333, section "Specification Details": the server calls `close()` of the iterable, however
the request ends."""

import itertools

import pytest

from gate import knock
from pages import Pages, argument, ok
from wire import Client

pages = Pages()


class Body:
    """An iterable that counts the calls of its `close`, and says each through the gate."""

    def __init__(self, environ, blocks):
        self.port = argument(environ, "gate")
        self.blocks = iter(blocks)
        self.calls = 0

    def __iter__(self):
        return self

    def __next__(self):
        block = next(self.blocks)
        if isinstance(block, Exception):
            raise block
        return block

    def close(self):
        self.calls += 1
        knock(self.port, f"closed {self.calls}")


class Sequence(list):
    """A list with a `close`."""

    def __init__(self, environ, blocks):
        super().__init__(blocks)
        self.port, self.calls = argument(environ, "gate"), 0

    close = Body.close


class Uniterable:
    def __init__(self, environ):
        self.port, self.calls = argument(environ, "gate"), 0

    def __iter__(self):
        raise RuntimeError("on purpose: no iterator")

    close = Body.close


class WithIterator:
    """An iterable whose iterator is another object. Its own `close` is what counts."""

    def __init__(self, environ):
        self.port, self.calls = argument(environ, "gate"), 0

    def __iter__(self):
        return iter([b"a", b"b"])

    close = Body.close


def page(name, make, starts=True):
    def application(environ, start_response):
        if starts:
            ok(start_response, *([("Content-Length", argument(environ, "length"))]
                                 if argument(environ, "length") else []),
               status=argument(environ, "status", "200 OK"))
        return make(environ)

    application.__name__ = name
    pages.page(application)


page("iterated", lambda environ: Body(environ, [b"a", b"", b"b"]))
page("empty", lambda environ: Body(environ, []))
page("sequence", lambda environ: Sequence(environ, [b"a", b"b"]))
page("single", lambda environ: Sequence(environ, [b"ab"]))
page("fails_first", lambda environ: Body(environ, [RuntimeError("on purpose")]))
page("fails_later", lambda environ: Body(environ, [b"a", RuntimeError("on purpose")]))
page("text", lambda environ: Body(environ, [b"a", "text"]))
page("uniterable", Uniterable)
page("unstarted", lambda environ: Body(environ, [b"a"]), starts=False)
page("endless", lambda environ: Body(environ, itertools.repeat(b"x" * 50_000)))
page("with_iterator", WithIterator)


@pages.page
def generator(environ, start_response):
    ok(start_response)
    try:
        while True:
            yield b"x" * 50_000
    finally:
        knock(argument(environ, "gate"), "finally")


@pages.page
def fails_to_close(environ, start_response):
    class Faulty(Body):
        def close(self):
            super().close()
            raise RuntimeError("on purpose: close fails")

    ok(start_response)
    return Faulty(environ, [b"a", b"b"])


@pages.page
def of_instance(environ, start_response):
    """`close` as an attribute of an instance, as middleware forwards it."""
    class Plain:
        def __iter__(self):
            return iter([b"ab"])

    body = Plain()
    body.close = lambda: knock(argument(environ, "gate"), "closed 1")
    ok(start_response)
    return body


@pages.page
def written(environ, start_response):
    ok(start_response)(b"written")
    return Body(environ, [])


@pages.page
def hello(environ, start_response):
    ok(start_response)
    return [b"hello"]


def assert_closed_once(gate, server):
    assert gate.arrival() == "closed 1"
    with Client(server.port) as other:
        assert other.exchange("/hello").body == b"hello"
    assert gate.is_quiet()


NORMAL = ["iterated", "empty", "sequence", "single", "with_iterator", "written", "of_instance"]


@pytest.mark.parametrize("page", NORMAL)
def test_a_body_is_closed_at_its_end(visit, server, gate, page):
    assert visit(f"{page}?gate={gate.port}").status == 200
    assert_closed_once(gate, server)


@pytest.mark.parametrize("page", ["iterated", "single", "sequence"])
def test_a_body_is_closed_after_head(visit, server, gate, page):
    assert visit(f"{page}?gate={gate.port}", "HEAD").status == 200
    assert_closed_once(gate, server)


@pytest.mark.unwrapped
@pytest.mark.parametrize("status", ["204+No+Content", "304+Not+Modified"])
def test_a_body_is_closed_after_a_status_without_a_body(visit, server, gate, status):
    visit(f"iterated?gate={gate.port}&status={status}")
    assert_closed_once(gate, server)


def test_a_body_is_closed_in_http_1_0(visit, server, gate):
    assert visit(f"iterated?gate={gate.port}", version="1.0").body == b"ab"
    assert_closed_once(gate, server)


@pytest.mark.parametrize("page", ["fails_first", "fails_later"])
def test_a_body_is_closed_after_a_failure(visit, server, gate, page):
    visit(f"{page}?gate={gate.port}")
    assert_closed_once(gate, server)


@pytest.mark.unwrapped
@pytest.mark.parametrize("page", ["text", "uniterable", "unstarted"])
def test_a_body_that_is_wrong_is_closed(visit, server, gate, page):
    visit.client.request(f"/{page}?gate={gate.port}", fields=[("Connection", "close")])
    visit.client.rest()
    assert_closed_once(gate, server)


@pytest.mark.parametrize("page", ["iterated", "single"])
@pytest.mark.parametrize("length", [1, 3])
def test_a_body_of_a_wrong_length_is_closed(visit, server, gate, page, length):
    visit.client.request(f"{visit.way}/{page}?gate={gate.port}&length={length}",
                         fields=[("Connection", "close")])
    visit.client.rest()
    assert_closed_once(gate, server)


@pytest.mark.parametrize("way_to_go", ["close", "reset"])
def test_a_body_is_closed_when_the_client_goes(visit, server, gate, way_to_go):
    client = visit.client
    client.request(f"{visit.way}/endless?gate={gate.port}")
    client.head()
    getattr(client, way_to_go)()
    assert_closed_once(gate, server)


def test_a_generator_is_closed_when_the_client_goes(visit, server, gate):
    client = visit.client
    client.request(f"{visit.way}/generator?gate={gate.port}")
    client.head()
    client.close()
    assert gate.arrival() == "finally"


def test_a_generator_is_closed_after_a_request_of_http_1_0_that_goes(visit, server, gate):
    client = visit.client
    client.request(f"{visit.way}/generator?gate={gate.port}", version="1.0")
    client.head()
    client.reset()
    assert gate.arrival() == "finally"


def test_a_failure_of_close_does_not_harm_the_response(visit, server, gate):
    response = visit(f"fails_to_close?gate={gate.port}")
    assert (response.status, response.body, response.is_whole) == (200, b"ab", True)
    assert_closed_once(gate, server)


@pytest.mark.should
def test_a_failure_of_close_is_logged(visit, gate, logged):
    visit(f"fails_to_close?gate={gate.port}")
    logged("RuntimeError: on purpose: close fails")
