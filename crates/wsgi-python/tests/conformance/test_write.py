"""PEP 3333, section "The write() Callable"."""

import threading

import pytest

from gate import knock, wait
from pages import Pages, argument, ok

pages = Pages()


@pages.page
def alone(environ, start_response):
    write = ok(start_response)
    write(b"written ")
    write(b"twice")
    return []


@pages.page
def mixed(environ, start_response):
    write = ok(start_response)
    write(b"written, ")
    write(b"")
    write(b"again, ")
    return [b"and ", b"returned"]


@pages.page
def mixed_with_an_iterator(environ, start_response):
    def body():
        yield b"and "
        yield b"iterated"

    ok(start_response)(b"written, ")
    return body()


@pages.page
def with_a_length(environ, start_response):
    write = ok(start_response, ("Content-Length", "10"))
    write(b"01234")
    return [b"56789"]


@pages.page
def at_once(environ, start_response):
    write = ok(start_response)
    write(b"early")
    wait(argument(environ, "gate"))
    write(b" late")
    return []


@pages.page
def large(environ, start_response):
    write = ok(start_response)
    for _ in range(100):
        write(b"x" * 30_000)
    return [b"end"]


@pages.page
def of_text(environ, start_response):
    write = ok(start_response)
    try:
        write("text")
    except Exception:
        return [b"refused"]
    return [b"taken"]


@pages.page
def of_others(environ, start_response):
    """Writes what is neither bytes nor text."""
    write = ok(start_response)
    taken = []
    for data in [None, 1, [b"list"], {}, object()]:
        try:
            write(data)
        except Exception:
            continue
        taken.append(repr(data))
    return [", ".join(taken).encode()]


@pages.page
def fails_after(environ, start_response):
    ok(start_response)(b"written")
    raise RuntimeError("on purpose: after a write")


@pages.page
def keeps(environ, start_response):
    """Keeps its callables for later requests."""
    pages.kept = ok(start_response), start_response
    return [b"kept"]


@pages.page
def uses_kept(environ, start_response):
    """Calls what an earlier request left, and answers which calls raised."""
    write, start = pages.kept
    raised = []
    for call in [lambda: write(b"evil"), lambda: start("200 OK", []),
                 lambda: start("200 OK", [], (ValueError, ValueError("kept"), None))]:
        try:
            call()
        except Exception:
            raised.append("raised")
    ok(start_response)
    return [" ".join(raised).encode()]


@pages.page
def writes_from_threads(environ, start_response):
    """Lets threads write during the call and long after."""
    write = ok(start_response)
    port = argument(environ, "gate")

    def work():
        try:
            for _ in range(20_000):
                write(b"x")
        except Exception as error:
            knock(port, type(error).__name__)
        else:
            knock(port, "done")

    for _ in range(4):
        threading.Thread(target=work).start()
    return [b"returned"]


@pages.page
def starts_from_threads(environ, start_response):
    """Lets threads call start_response while the application returns."""
    def work():
        try:
            for _ in range(1_000):
                start_response("201 Created", [("X", "y")])
        except Exception:
            pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        ok(start_response)
    except Exception:
        pass
    return [b"returned"]


@pages.page
def in_the_iterator(environ, start_response):
    """Writes while it is iterated, which PEP 3333 forbids to an application."""
    write = ok(start_response)
    yield b"first "
    try:
        write(b"written ")
    except Exception:
        pass
    yield b"last"


def test_what_is_written_is_the_body(visit):
    response = visit("alone")
    assert (response.status, response.body) == (200, b"written twice")


def test_what_is_written_comes_before_what_is_returned(visit):
    assert visit("mixed").body == b"written, again, and returned"


def test_what_is_written_comes_before_what_is_iterated(visit):
    assert visit("mixed_with_an_iterator").body == b"written, and iterated"


def test_what_is_written_counts_for_the_length(visit):
    response = visit("with_a_length")
    assert (response.field("Content-Length"), response.body) == (b"10", b"0123456789")


@pytest.mark.parametrize("page", ["alone", "mixed", "large"])
def test_what_is_written_is_no_body_of_head(visit, page):
    client = visit.client
    client.request(f"{visit.way}/{page}", "HEAD", fields=[("Connection", "close")])
    answer = client.rest()
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"\r\n\r\n"), answer
    assert answer.count(b"\r\n\r\n") == 1, answer


def test_what_is_written_ends_with_the_connection_in_http_1_0(visit):
    response = visit("mixed", version="1.0")
    assert response.field("Transfer-Encoding") is None
    assert response.body == b"written, again, and returned"


def test_what_is_written_is_sent_while_the_application_works(visit, gate):
    client = visit.client
    client.request(f"{visit.way}/at_once?gate={gate.port}")
    gate.arrival()
    response = client.head()
    assert client.chunk(response) if response.is_chunked else client.exactly(5) == b"early"
    gate.open()
    client.read_body(response)
    assert response.body.endswith(b" late")


def test_much_can_be_written(visit):
    assert visit("large").body == b"x" * 3_000_000 + b"end"


@pytest.mark.unwrapped
def test_text_cannot_be_written(visit):
    assert visit("of_text").body == b"refused"


@pytest.mark.unwrapped
def test_other_objects_cannot_be_written(visit):
    assert visit("of_others").body == b""


@pytest.mark.unwrapped
def test_a_failure_after_a_write_is_seen_by_the_client(visit):
    client = visit.client
    client.request("/fails_after")
    answer = client.rest()
    # Either the head was not out, or the end of the body is missing.
    assert answer.startswith(b"HTTP/1.1 500") or not answer.endswith(b"0\r\n\r\n"), answer


@pytest.mark.beyond
@pytest.mark.unwrapped
def test_callables_that_are_kept_raise_after_their_request(visit):
    assert visit("keeps").body == b"kept"
    visit.client.reconnect()
    assert visit("uses_kept").body == b"raised raised raised"


@pytest.mark.beyond
@pytest.mark.unwrapped
def test_callables_that_are_kept_do_not_reach_the_next_response(visit):
    visit("keeps")
    for _ in range(3):
        visit.client.reconnect()
        answer = visit("uses_kept").body
        assert b"evil" not in answer and answer.startswith(b"raised"), answer


@pytest.mark.beyond
@pytest.mark.unwrapped
def test_threads_that_write_harm_only_their_own_response(server, gate):
    from wire import Client

    for _ in range(3):
        with Client(server.port) as client:
            client.request(f"/writes_from_threads?gate={gate.port}",
                           fields=[("Connection", "close")])
            answer = client.rest()
            assert answer.startswith(b"HTTP/1.1 200 "), answer[:100]
        for _ in range(4):
            gate.arrival()
        with Client(server.port) as client:
            assert client.exchange("/alone").body == b"written twice"


@pytest.mark.beyond
@pytest.mark.unwrapped
def test_threads_that_start_responses_harm_only_their_own(server):
    from wire import Client

    for _ in range(10):
        with Client(server.port) as client:
            client.request("/starts_from_threads", fields=[("Connection", "close")])
            assert client.rest()[:10] in (b"HTTP/1.1 2", b"HTTP/1.1 5")
        with Client(server.port) as client:
            assert client.exchange("/alone").body == b"written twice"


@pytest.mark.beyond
@pytest.mark.unwrapped
def test_a_write_in_the_iterator_is_not_out_of_order(visit):
    assert visit("in_the_iterator").body in (b"first last", b"first written last")
